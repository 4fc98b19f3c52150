import { promisify } from 'node:util';
import { type XmlElement, writeXml } from '@ozg-hub/xml';
import { SignedXml } from 'xml-crypto';
import { type EncryptOptions, encrypt } from 'xml-encryption';
import type { CertifiedKey } from './fake-idp-key.ts';
import {
  AKDB,
  ASSERTION,
  BEARER,
  ENCRYPTION11,
  ENVELOPED,
  EXCLUSIVE_C14N,
  PROTOCOL,
  STATUS,
} from './fake-idp-names.ts';

/** What a response says around its assertion. */
export interface SaidResponse {
  readonly responseId: string;
  readonly issuer: string;
  readonly issueInstant: string;
  readonly destination: string;
  readonly inResponseTo: string | undefined;
  /** From the outside in, e.g. `Requester`, `RequestDenied`. */
  readonly statusCodes: readonly string[];
  readonly statusMessage: string | undefined;
  /** Text of akdb:StatusDetail. */
  readonly statusDetail: string | undefined;
}

export interface SaidAssertion {
  readonly assertionId: string;
  readonly assertionIssuer: string;
  readonly issueInstant: string;
  /** When the user signed in; default: when the assertion was issued. */
  readonly authnInstant?: string | undefined;
  readonly sessionIndex: string;
  readonly nameId: string;
  readonly nameIdFormat: string;
  readonly authnContext: string;
  readonly audience: string;
  readonly recipient: string;
  readonly confirmedRequest: string | undefined;
  readonly notBefore: string;
  readonly notOnOrAfter: string;
  /** More in Conditions. */
  readonly conditions: readonly XmlElement[];
  /** saml2:Attribute elements. */
  readonly attributes: readonly XmlElement[];
}

export interface SignatureMethod {
  readonly key: CertifiedKey;
  readonly signatureAlgorithm: string;
  readonly digestAlgorithm: string;
}

export interface EncryptionMethod {
  /** Certificate, PEM. */
  readonly encryptFor: string;
  readonly contentAlgorithm: string;
  readonly keyTransport: string;
  readonly oaepDigest: string;
}

/** @param assertion XML of an Assertion or EncryptedAssertion; '' for none */
export function responseXml(said: SaidResponse, assertion: string): string {
  const response: XmlElement = {
    name: 'saml2p:Response',
    attributes: present({
      'xmlns:saml2p': PROTOCOL,
      ID: said.responseId,
      Version: '2.0',
      IssueInstant: said.issueInstant,
      Destination: said.destination,
      InResponseTo: said.inResponseTo,
    }),
    children: [issuer(said.issuer), status(said)],
  };
  return bare(response).replace(/<\/saml2p:Response>$/, (end) => assertion + end);
}

export function assertionXml(said: SaidAssertion): string {
  const confirmation = {
    NotOnOrAfter: said.notOnOrAfter,
    Recipient: said.recipient,
    InResponseTo: said.confirmedRequest,
    Address: '192.0.2.1',
  };
  return bare({
    name: 'saml2:Assertion',
    attributes: { 'xmlns:saml2': ASSERTION, ID: said.assertionId, Version: '2.0', IssueInstant: said.issueInstant },
    children: [
      issuer(said.assertionIssuer),
      element('Subject', {}, [
        element('NameID', { Format: said.nameIdFormat }, [said.nameId]),
        element('SubjectConfirmation', { Method: BEARER }, [element('SubjectConfirmationData', present(confirmation))]),
      ]),
      element('Conditions', { NotBefore: said.notBefore, NotOnOrAfter: said.notOnOrAfter }, [
        element('AudienceRestriction', {}, [element('Audience', {}, [said.audience])]),
        ...said.conditions,
      ]),
      element(
        'AuthnStatement',
        { AuthnInstant: said.authnInstant ?? said.issueInstant, SessionIndex: said.sessionIndex },
        [element('AuthnContext', {}, [element('AuthnContextClassRef', {}, [said.authnContext])])],
      ),
      said.attributes.length === 0 ? undefined : element('AttributeStatement', {}, said.attributes),
    ],
  });
}

/** The document with its root signed, right behind the Issuer. */
export function signedXml(xml: string, { key, signatureAlgorithm, digestAlgorithm }: SignatureMethod): string {
  const signer = new SignedXml({ privateKey: key.key, publicCert: key.certificate, signatureAlgorithm });
  signer.canonicalizationAlgorithm = EXCLUSIVE_C14N;
  signer.addReference({ xpath: '/*', transforms: [ENVELOPED, EXCLUSIVE_C14N], digestAlgorithm });
  const location = { reference: "/*/*[local-name()='Issuer']", action: 'after' as const };
  signer.computeSignature(xml, { prefix: 'ds', location });
  return signer.getSignedXml();
}

/** The EncryptedAssertion of an assertion; weak algorithms are used where they are asked for. */
export async function encryptedXml(assertion: string, how: EncryptionMethod): Promise<string> {
  const options = {
    rsa_pub: how.encryptFor,
    pem: how.encryptFor,
    encryptionAlgorithm: how.contentAlgorithm,
    keyEncryptionAlgorithm: how.keyTransport,
    keyEncryptionDigest: how.oaepDigest,
    disallowEncryptionWithInsecureAlgorithm: false,
    warnInsecureAlgorithm: false,
    ...(how.keyTransport.startsWith(ENCRYPTION11) ? { keyEncryptionMgf: how.oaepDigest } : {}),
  } as unknown as EncryptOptions;
  const data = await promisify(encrypt)(assertion, options);
  return `<saml2:EncryptedAssertion xmlns:saml2="${ASSERTION}">${data}</saml2:EncryptedAssertion>`;
}

/** An element of the assertion's namespace. */
export function element(
  local: string,
  attributes: Readonly<Record<string, string>> = {},
  children: NonNullable<XmlElement['children']> = [],
): XmlElement {
  return { name: `saml2:${local}`, attributes, children };
}

function status({ statusCodes, statusMessage, statusDetail }: SaidResponse): XmlElement {
  const code = statusCodes.reduceRight<XmlElement | undefined>(
    (inner, name) => ({ name: 'saml2p:StatusCode', attributes: { Value: `${STATUS}${name}` }, children: [inner] }),
    undefined,
  );
  const detail = { name: 'akdb:StatusDetail', attributes: { 'xmlns:akdb': AKDB }, children: [statusDetail] };
  return {
    name: 'saml2p:Status',
    children: [
      code,
      statusMessage === undefined ? undefined : { name: 'saml2p:StatusMessage', children: [statusMessage] },
      statusDetail === undefined ? undefined : { name: 'saml2p:StatusDetail', children: [detail] },
    ],
  };
}

function issuer(text: string): XmlElement {
  return { name: 'saml2:Issuer', attributes: { 'xmlns:saml2': ASSERTION }, children: [text] };
}

function bare(tree: XmlElement): string {
  return writeXml(tree).replace(/^<\?xml[^>]*\?>\n/, '');
}

function present(attributes: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
