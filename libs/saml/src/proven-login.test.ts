import { describe, expect, test } from '@jest/globals';
import type { HubError } from '@ozg-hub/core';
import {
  type ResponseLayout,
  type SaidLogin,
  acs,
  element,
  idp,
  now,
  plainResponse,
  requestId,
  sp,
} from '@ozg-hub/testing/saml';
import type { Expectations } from './assertion-checks.ts';
import { onlyChild } from './elements.ts';
import { SamlStatus, type VerifiedResponse } from './index.ts';
import { ASSERTION } from './names.ts';
import { provenLogin } from './proven-login.ts';
import { readDocument } from './read-document.ts';

const OTHER = 'https://other.example.org/';
const expectations: Expectations = {
  idpEntityId: idp,
  spEntityId: sp,
  requestId,
  assertionConsumerUrl: acs,
  authnContexts: undefined,
  authenticatedAfter: undefined,
  now,
  clockSkewMs: 60_000,
  maxAgeMs: 600_000,
};

/** What is read of a response as if it were signed. That a signed one is read so is for the tests of the verifier. */
async function proven(
  said: Partial<SaidLogin> = {},
  expected: Partial<Expectations> = {},
  changeAssertion?: ResponseLayout['changeAssertion'],
): Promise<VerifiedResponse> {
  const response = readDocument(plainResponse(said, changeAssertion));
  const assertion = said.hasAssertion === false ? undefined : onlyChild(response, ASSERTION, 'Assertion');
  return provenLogin(response, assertion, { ...expectations, ...expected });
}

/** The code it is refused by; what it proves where it is not. */
async function refusal(...given: Parameters<typeof proven>): Promise<string | VerifiedResponse> {
  return proven(...given).catch((error: HubError) => error.code);
}

const at = (time: string) => ({ now: new Date(`2026-11-22T${time}Z`) });

describe('A response that was meant otherwise is refused, whoever signed it', () => {
  test.each<[string, Partial<SaidLogin>, string]>([
    ['from another issuer', { issuer: OTHER }, 'HUB_SAML_ISSUER'],
    ['with an assertion of another issuer', { assertionIssuer: OTHER }, 'HUB_SAML_ISSUER'],
    ['to another destination', { destination: OTHER }, 'HUB_SAML_DESTINATION'],
    ['for another recipient', { recipient: OTHER }, 'HUB_SAML_RECIPIENT'],
    ['for another audience', { audience: OTHER }, 'HUB_SAML_AUDIENCE'],
    ['for an audience that is nearly ours', { audience: 'https://sp.example.org/identity/' }, 'HUB_SAML_AUDIENCE'],
    ['for two audiences of which we are one', { conditions: [restriction(OTHER)] }, 'HUB_SAML_AUDIENCE'],
    ['under a condition nobody knows', { conditions: [element('Condition')] }, 'HUB_SAML_CONDITION'],
    ['unsolicited', { inResponseTo: undefined, confirmedRequest: undefined }, 'HUB_SAML_UNSOLICITED'],
    ['to another request', { inResponseTo: '_other' }, 'HUB_SAML_IN_RESPONSE_TO'],
    ['with an assertion to another request', { confirmedRequest: '_other' }, 'HUB_SAML_IN_RESPONSE_TO'],
    ['with an assertion to no request', { confirmedRequest: undefined }, 'HUB_SAML_UNSOLICITED'],
    ['without a name', { nameId: ' ' }, 'HUB_SAML_SUBJECT'],
    ['with a time that is none', { issueInstant: '22.11.2026' }, 'HUB_SAML_MALFORMED'],
    ['with a failure beside the assertion', { statusCodes: ['Responder'] }, 'HUB_SAML_PROVIDER_FAILED'],
  ])('%s', async (_, said, code) => {
    expect(await refusal(said)).toBe(code);
  });

  test.each<[string, (xml: string) => string, string]>([
    ['not confirmed by a bearer', (xml) => xml.replace('cm:bearer', 'cm:sender-vouches'), 'HUB_SAML_SUBJECT'],
    [
      'confirmed for ever',
      (xml) => xml.replace(/(<saml2:SubjectConfirmationData) NotOnOrAfter="[^"]*"/, '$1'),
      'HUB_SAML_SUBJECT',
    ],
    [
      'for no audience',
      (xml) => xml.replace(/<saml2:AudienceRestriction>.*<\/saml2:AudienceRestriction>/s, ''),
      'HUB_SAML_AUDIENCE',
    ],
    ['without conditions', (xml) => xml.replace(/<saml2:Conditions .*<\/saml2:Conditions>/s, ''), 'HUB_SAML_MALFORMED'],
    [
      'without statement',
      (xml) => xml.replace(/<saml2:AuthnStatement .*<\/saml2:AuthnStatement>/s, ''),
      'HUB_SAML_MALFORMED',
    ],
    ['with an encrypted name', (xml) => xml.replaceAll('saml2:NameID', 'saml2:EncryptedID'), 'HUB_SAML_SUBJECT'],
    ['with two names', (xml) => xml.replace(/<saml2:NameID .*<\/saml2:NameID>/s, '$&$&'), 'HUB_SAML_MALFORMED'],
    ['without an ID', (xml) => xml.replace(' ID="_assertion"', ''), 'HUB_SAML_MALFORMED'],
    [
      'with a session that is over',
      (xml) => xml.replace('SessionIndex=', 'SessionNotOnOrAfter="2026-11-22T09:00:00Z" $&'),
      'HUB_SAML_EXPIRED',
    ],
  ])('%s', async (_, changeAssertion, code) => {
    expect(await refusal({}, {}, changeAssertion)).toBe(code);
  });

  test('one of several confirmations is enough', async () => {
    const other = '<saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/>';
    const changeAssertion = (xml: string) => xml.replace('<saml2:SubjectConfirmation ', `${other}$&`);
    await expect(proven({}, {}, changeAssertion)).resolves.toMatchObject({ nameId: 'ek-mustermann' });
  });
});

describe('A response holds for its time, by 60 seconds of difference at most', () => {
  // Issued at 09:59:58, until 10:04:58.
  test.each([
    ['09:58:58.122', 'HUB_SAML_NOT_YET_VALID'],
    ['09:58:58.123', undefined],
    ['10:05:58.122', undefined],
    ['10:05:58.123', 'HUB_SAML_EXPIRED'],
  ])('at %s', async (time, code) => {
    const outcome = proven({}, at(time));
    await (code === undefined
      ? expect(outcome).resolves.toMatchObject({ nameId: 'ek-mustermann' })
      : expect(outcome).rejects.toMatchObject({ code }));
  });

  test('and for ten minutes, whatever it says', async () => {
    const said = { notOnOrAfter: '2027-01-01T00:00:00Z' };
    await expect(proven(said, at('10:10:58'))).resolves.toMatchObject({ nameId: 'ek-mustermann' });
    await expect(proven(said, at('10:10:59'))).rejects.toMatchObject({ code: 'HUB_SAML_EXPIRED' });
  });

  test('a login before the request is none where the request forces a new one', async () => {
    const asked = (time: string) => ({ authenticatedAfter: new Date(`2026-11-22T${time}Z`) });
    await expect(proven({}, asked('10:00:58'))).resolves.toMatchObject({ nameId: 'ek-mustermann' });
    expect(await refusal({}, asked('10:00:59'))).toBe('HUB_SAML_OLD_LOGIN');
  });
});

describe('A level that was not asked for is refused', () => {
  const asked = { authnContexts: ['STORK-QAA-Level-3', 'STORK-QAA-Level-4'] };

  test.each([
    ['STORK-QAA-Level-2', 'HUB_SAML_LEVEL'],
    ['STORK-QAA-Level-33', 'HUB_SAML_LEVEL'],
    ['stork-qaa-level-4', 'HUB_SAML_LEVEL'],
  ])('%s', async (authnContext, code) => {
    expect(await refusal({ authnContext }, asked)).toBe(code);
  });

  test.each(asked.authnContexts)('%s is accepted', async (authnContext) => {
    await expect(proven({ authnContext }, asked)).resolves.toMatchObject({ authnContext });
  });
});

describe('A status other than success says why, in codes only', () => {
  const detail = (code: unknown) => JSON.stringify({ version: '1.0', errors: [{ code, message: 'Mustermann' }] });

  test.each<[string, Partial<SaidLogin>, string, Partial<SamlStatus>]>([
    [
      'MUK: broken off',
      {
        statusCodes: ['Responder', 'AuthnFailed'],
        statusMessage: 'Die ELSTER-seitige Authentifizierung wurde durch den Benutzer abgebrochen.',
      },
      'HUB_SAML_CANCELLED',
      { code: 'Responder', subCode: 'AuthnFailed', details: [] },
    ],
    [
      'BundID: an attribute is missing',
      { statusCodes: ['Requester', 'RequestDenied'], statusDetail: detail('IDP_REQUIRED_ATTRIBUTES_MISSING') },
      'HUB_SAML_ATTRIBUTE_MISSING',
      { code: 'Requester', subCode: 'RequestDenied', details: ['IDP_REQUIRED_ATTRIBUTES_MISSING'] },
    ],
    [
      'BundID: broken off',
      { statusCodes: ['Requester', 'RequestDenied'], statusDetail: detail('IDP_USER_CANCELLED') },
      'HUB_SAML_CANCELLED',
      { details: ['IDP_USER_CANCELLED'] },
    ],
    ['the level', { statusCodes: ['Responder', 'NoAuthnContext'] }, 'HUB_SAML_LEVEL_UNAVAILABLE', { details: [] }],
    ['their failure', { statusCodes: ['Responder'] }, 'HUB_SAML_PROVIDER_FAILED', { details: [] }],
    ['Keycloak: no consent', { statusCodes: ['Responder', 'RequestDenied'] }, 'HUB_SAML_REFUSED', { details: [] }],
    [
      'no passive login',
      { statusCodes: ['Responder', 'NoPassive'] },
      'HUB_SAML_PROVIDER_FAILED',
      { subCode: 'NoPassive' },
    ],
    [
      'their failure in such words',
      { statusCodes: ['Responder'], statusMessage: 'aborted' },
      'HUB_SAML_PROVIDER_FAILED',
      {},
    ],
    ['a refusal', { statusCodes: ['Requester'], statusMessage: 'security-msg' }, 'HUB_SAML_REFUSED', { details: [] }],
    [
      'a detail that is no JSON',
      { statusCodes: ['Requester'], statusDetail: '{' },
      'HUB_SAML_REFUSED',
      { details: [] },
    ],
    [
      'a detail of words',
      { statusCodes: ['Requester'], statusDetail: detail('Max M') },
      'HUB_SAML_REFUSED',
      { details: [] },
    ],
    [
      'a detail of numbers',
      { statusCodes: ['Requester'], statusDetail: detail(7) },
      'HUB_SAML_REFUSED',
      { details: [] },
    ],
    ['a status nobody knows', { statusCodes: ['Mustermann'] }, 'HUB_SAML_REFUSED', { code: 'other' }],
  ])('%s', async (_, said, code, status) => {
    const error = await proven({ hasAssertion: false, ...said }).then(
      () => undefined,
      (refused: HubError) => refused,
    );
    expect(error).toMatchObject({ code, cause: status });
    expect(error?.cause).toBeInstanceOf(SamlStatus);
    const words = `${error?.message} ${String(error?.cause)}`;
    expect(words).not.toMatch(/Mustermann|Max M|security/);
  });

  test('but not where it answers another request', async () => {
    const said = { hasAssertion: false, statusCodes: ['Requester'], inResponseTo: '_other' };
    expect(await refusal(said)).toBe('HUB_SAML_IN_RESPONSE_TO');
  });
});

function restriction(audience: string) {
  return element('AudienceRestriction', {}, [element('Audience', {}, [audience])]);
}
