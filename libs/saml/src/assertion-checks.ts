import type { HubError } from '@ozg-hub/core';
import type { XmlTree } from '@ozg-hub/xml';
import { childrenOf, instantOf, onlyChild, optionalChild } from './elements.ts';
import { samlErrors } from './errors.ts';
import { ASSERTION, BEARER } from './names.ts';

/** What the words of a response are compared with. */
export interface Expectations {
  readonly idpEntityId: string;
  readonly spEntityId: string;
  readonly requestId: string;
  readonly assertionConsumerUrl: string;
  readonly authnContexts: readonly string[] | undefined;
  readonly authenticatedAfter: Date | undefined;
  readonly now: Date;
  readonly clockSkewMs: number;
  readonly maxAgeMs: number;
}

/** What the assertion says of the login. */
export interface Login {
  readonly nameId: XmlTree;
  readonly sessionIndex: string | undefined;
  readonly authnContext: string;
  readonly authnInstant: Date;
  readonly notOnOrAfter: Date;
}

const KNOWN_CONDITIONS = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction']);

/**
 * Whether a response is one to this request, from this provider to this address (SAML profiles §4.1.4.3).
 * @throws HUB_SAML_ISSUER, HUB_SAML_DESTINATION, HUB_SAML_UNSOLICITED, HUB_SAML_IN_RESPONSE_TO
 */
export function checkResponse(response: XmlTree, expected: Expectations): void {
  checkIssuer(response, expected);
  if (response.attributes['Destination'] !== expected.assertionConsumerUrl) throw samlErrors.HUB_SAML_DESTINATION();
  refuse(answerError(response, expected));
}

/**
 * Whether an assertion is for us, now, and good enough (SAML core §2.3 to §2.7, profiles §4.1.4.2).
 * @throws HUB_SAML_ISSUER, HUB_SAML_AUDIENCE, HUB_SAML_CONDITION, HUB_SAML_RECIPIENT, HUB_SAML_UNSOLICITED,
 * HUB_SAML_IN_RESPONSE_TO, HUB_SAML_EXPIRED, HUB_SAML_NOT_YET_VALID, HUB_SAML_SUBJECT, HUB_SAML_OLD_LOGIN, HUB_SAML_LEVEL,
 * HUB_SAML_MALFORMED
 */
export function checkAssertion(assertion: XmlTree, expected: Expectations): Login {
  if (assertion.attributes['Version'] !== '2.0') throw samlErrors.HUB_SAML_MALFORMED();
  checkIssuer(assertion, expected);
  const issued = instantOf(assertion.attributes['IssueInstant']);
  const oldest = new Date(issued.getTime() + expected.maxAgeMs);
  refuse(timeError(issued, oldest, expected));
  const conditions = checkConditions(assertion, expected);
  const { nameId, notOnOrAfter } = checkSubject(assertion, expected);
  return { nameId, ...checkStatement(assertion, expected), notOnOrAfter: earliest(oldest, conditions, notOnOrAfter) };
}

function checkIssuer(tree: XmlTree, { idpEntityId }: Expectations): void {
  const issuer = optionalChild(tree, ASSERTION, 'Issuer');
  if (issuer?.text !== idpEntityId) throw samlErrors.HUB_SAML_ISSUER();
}

/** What is wrong with the request that is answered. */
function answerError({ attributes }: XmlTree, { requestId }: Expectations): HubError | undefined {
  const answered = attributes['InResponseTo'];
  if (answered === undefined) return samlErrors.HUB_SAML_UNSOLICITED();
  return answered === requestId ? undefined : samlErrors.HUB_SAML_IN_RESPONSE_TO();
}

/** What is wrong with now. */
function timeError(
  from: Date | undefined,
  until: Date | undefined,
  { now, clockSkewMs }: Expectations,
): HubError | undefined {
  if (from !== undefined && now.getTime() + clockSkewMs < from.getTime()) return samlErrors.HUB_SAML_NOT_YET_VALID();
  if (until !== undefined && now.getTime() - clockSkewMs >= until.getTime()) return samlErrors.HUB_SAML_EXPIRED();
  return undefined;
}

function refuse(error: HubError | undefined): void {
  if (error !== undefined) throw error;
}

function checkConditions(assertion: XmlTree, expected: Expectations): Date | undefined {
  const conditions = onlyChild(assertion, ASSERTION, 'Conditions');
  const until = optionalInstant(conditions, 'NotOnOrAfter');
  refuse(timeError(optionalInstant(conditions, 'NotBefore'), until, expected));
  const known = conditions.children.every(
    ({ namespace, local }) => namespace === ASSERTION && KNOWN_CONDITIONS.has(local),
  );
  if (!known) throw samlErrors.HUB_SAML_CONDITION();
  const restrictions = childrenOf(conditions, ASSERTION, 'AudienceRestriction');
  const isForUs = restrictions.every((restriction) =>
    childrenOf(restriction, ASSERTION, 'Audience').some(({ text }) => text === expected.spEntityId),
  );
  if (restrictions.length === 0 || !isForUs) throw samlErrors.HUB_SAML_AUDIENCE();
  return until;
}

function checkSubject(assertion: XmlTree, expected: Expectations): { nameId: XmlTree; notOnOrAfter: Date } {
  const subject = optionalChild(assertion, ASSERTION, 'Subject');
  const nameId = subject && optionalChild(subject, ASSERTION, 'NameID');
  if (subject === undefined || nameId === undefined || nameId.text.trim() === '' || nameId.children.length > 0) {
    throw samlErrors.HUB_SAML_SUBJECT();
  }
  const bearers = childrenOf(subject, ASSERTION, 'SubjectConfirmation').filter(
    ({ attributes }) => attributes['Method'] === BEARER,
  );
  const outcomes = bearers.map((bearer) => confirm(bearer, expected));
  const confirmed = outcomes.find((outcome): outcome is Date => outcome instanceof Date);
  if (confirmed !== undefined) return { nameId, notOnOrAfter: confirmed };
  throw outcomes[0] ?? samlErrors.HUB_SAML_SUBJECT();
}

/** One bearer is enough, so what is wrong with another is no refusal yet. */
function confirm(bearer: XmlTree, expected: Expectations): Date | HubError {
  const data = optionalChild(bearer, ASSERTION, 'SubjectConfirmationData');
  if (data === undefined) return samlErrors.HUB_SAML_SUBJECT();
  if (data.attributes['Recipient'] !== expected.assertionConsumerUrl) return samlErrors.HUB_SAML_RECIPIENT();
  const until = optionalInstant(data, 'NotOnOrAfter');
  if (until === undefined) return samlErrors.HUB_SAML_SUBJECT();
  return answerError(data, expected) ?? timeError(optionalInstant(data, 'NotBefore'), until, expected) ?? until;
}

function checkStatement(assertion: XmlTree, expected: Expectations): Omit<Login, 'nameId' | 'notOnOrAfter'> {
  const statement = onlyChild(assertion, ASSERTION, 'AuthnStatement');
  const authnInstant = instantOf(statement.attributes['AuthnInstant']);
  refuse(timeError(authnInstant, optionalInstant(statement, 'SessionNotOnOrAfter'), expected));
  const { authenticatedAfter, authnContexts, clockSkewMs } = expected;
  if (authenticatedAfter !== undefined && authnInstant.getTime() + clockSkewMs < authenticatedAfter.getTime()) {
    throw samlErrors.HUB_SAML_OLD_LOGIN();
  }
  const context = onlyChild(statement, ASSERTION, 'AuthnContext');
  const authnContext = onlyChild(context, ASSERTION, 'AuthnContextClassRef').text.trim();
  if (authnContexts !== undefined && !authnContexts.includes(authnContext)) throw samlErrors.HUB_SAML_LEVEL();
  return { sessionIndex: statement.attributes['SessionIndex'], authnContext, authnInstant };
}

function optionalInstant({ attributes }: XmlTree, name: string): Date | undefined {
  return attributes[name] === undefined ? undefined : instantOf(attributes[name]);
}

function earliest(...instants: readonly (Date | undefined)[]): Date {
  return new Date(Math.min(...instants.flatMap((instant) => (instant === undefined ? [] : [instant.getTime()]))));
}
