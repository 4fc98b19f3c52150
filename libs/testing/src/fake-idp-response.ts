import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { type XmlElement, writeXml } from '@ozg-hub/xml';
import { SignedXml } from 'xml-crypto';
import { type EncryptOptions, encrypt } from 'xml-encryption';
import type { CertifiedKey } from './fake-idp-key.ts';
import {
  AES256_GCM,
  AKDB,
  ASSERTION,
  ENVELOPED,
  EXCLUSIVE_C14N,
  PROTOCOL,
  RSA_OAEP,
  SHA256,
  STATUS,
} from './fake-idp-names.ts';

/** Why somebody is not signed in. */
export interface FakeIdpStatus {
  /** From the outside in, e.g. `Requester`, `RequestDenied`. */
  readonly codes: readonly string[];
  readonly message?: string;
  /** Codes of akdb:StatusDetail. */
  readonly details?: readonly string[];
}

/** Who somebody is, as far as the service provider is told. */
export interface FakeIdpSubject {
  readonly nameId: string;
  readonly nameIdFormat: string;
  readonly authnContext: string;
  /** saml2:Attribute elements. */
  readonly attributes: readonly XmlElement[];
}

/** An answer before it is signed. */
export interface FakeIdpAnswer {
  readonly issuer: string;
  readonly audience: string;
  readonly assertionConsumerUrl: string;
  readonly inResponseTo: string;
  readonly issuedAt: Date;
  readonly notOnOrAfter: Date;
  readonly outcome: FakeIdpSubject | FakeIdpStatus;
}

export interface FakeIdpLayout {
  readonly key: CertifiedKey;
  readonly signatureAlgorithm: string;
  readonly responseSigned: boolean;
  readonly assertionSigned: boolean;
  /** PEM. */
  readonly encryptFor: string;
}

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';

/** The form field SAMLResponse. */
export async function samlResponse(answer: FakeIdpAnswer, layout: FakeIdpLayout): Promise<string> {
  const { outcome } = answer;
  const status = 'codes' in outcome ? outcome : { codes: ['Success'] };
  const assertion = 'codes' in outcome ? '' : await encryptedAssertion(answer, outcome, layout);
  const response: XmlElement = {
    name: 'saml2p:Response',
    attributes: {
      'xmlns:saml2p': PROTOCOL,
      ID: newId(),
      Version: '2.0',
      IssueInstant: answer.issuedAt.toISOString(),
      Destination: answer.assertionConsumerUrl,
      InResponseTo: answer.inResponseTo,
    },
    children: [issuer(answer.issuer), statusTree(status)],
  };
  const whole = bare(response).replace(/<\/saml2p:Response>$/, () => `${assertion}</saml2p:Response>`);
  const signed = layout.responseSigned ? signedElement(whole, 'Response', layout) : whole;
  return Buffer.from(signed).toString('base64');
}

/** An attribute with one text. */
export function textAttribute(
  value: string,
  attributes: Readonly<Record<string, string>>,
  namespaces: Readonly<Record<string, string>> = {},
): XmlElement {
  return element('Attribute', { ...namespaces, ...attributes }, [element('AttributeValue', {}, [value])]);
}

export function element(
  local: string,
  attributes: Readonly<Record<string, string>> = {},
  children: NonNullable<XmlElement['children']> = [],
): XmlElement {
  return { name: `saml2:${local}`, attributes, children };
}

async function encryptedAssertion(answer: FakeIdpAnswer, subject: FakeIdpSubject, layout: FakeIdpLayout) {
  const plain = bare(assertionTree(answer, subject));
  const assertion = layout.assertionSigned ? signedElement(plain, 'Assertion', layout) : plain;
  const options = {
    rsa_pub: layout.encryptFor,
    pem: layout.encryptFor,
    encryptionAlgorithm: AES256_GCM,
    keyEncryptionAlgorithm: RSA_OAEP,
    keyEncryptionDigest: 'sha256',
    keyEncryptionMgf: 'sha256',
  } as unknown as EncryptOptions;
  const data = await promisify(encrypt)(assertion, options);
  return `<saml2:EncryptedAssertion xmlns:saml2="${ASSERTION}">${data}</saml2:EncryptedAssertion>`;
}

function assertionTree(answer: FakeIdpAnswer, subject: FakeIdpSubject): XmlElement {
  const { assertionConsumerUrl: Recipient, inResponseTo: InResponseTo } = answer;
  const [from, until] = [answer.issuedAt.toISOString(), answer.notOnOrAfter.toISOString()];
  const confirmation = { Method: BEARER };
  const data = { Recipient, InResponseTo, NotOnOrAfter: until, Address: '192.0.2.1' };
  const context = element('AuthnContext', {}, [element('AuthnContextClassRef', {}, [subject.authnContext])]);
  return {
    name: 'saml2:Assertion',
    attributes: { 'xmlns:saml2': ASSERTION, ID: newId(), Version: '2.0', IssueInstant: from },
    children: [
      issuer(answer.issuer),
      element('Subject', {}, [
        element('NameID', { Format: subject.nameIdFormat }, [subject.nameId]),
        element('SubjectConfirmation', confirmation, [element('SubjectConfirmationData', data)]),
      ]),
      element('Conditions', { NotBefore: from, NotOnOrAfter: until }, [
        element('AudienceRestriction', {}, [element('Audience', {}, [answer.audience])]),
      ]),
      element('AuthnStatement', { AuthnInstant: from, SessionIndex: newId() }, [context]),
      element('AttributeStatement', {}, subject.attributes),
    ],
  };
}

function statusTree({ codes, message, details = [] }: FakeIdpStatus): XmlElement {
  const code = codes.reduceRight<XmlElement | undefined>(
    (inner, name) => ({ name: 'saml2p:StatusCode', attributes: { Value: `${STATUS}${name}` }, children: [inner] }),
    undefined,
  );
  const detail = JSON.stringify({ version: '1.0', errors: details.map((one) => ({ code: one, message: one })) });
  const akdb = { name: 'akdb:StatusDetail', attributes: { 'xmlns:akdb': AKDB }, children: [detail] };
  return {
    name: 'saml2p:Status',
    children: [
      code,
      message === undefined ? undefined : { name: 'saml2p:StatusMessage', children: [message] },
      details.length === 0 ? undefined : { name: 'saml2p:StatusDetail', children: [akdb] },
    ],
  };
}

function signedElement(xml: string, local: string, { key, signatureAlgorithm }: FakeIdpLayout): string {
  const signer = new SignedXml({ privateKey: key.key, publicCert: key.certificate, signatureAlgorithm });
  signer.canonicalizationAlgorithm = EXCLUSIVE_C14N;
  const path = `/*[local-name()='${local}']`;
  signer.addReference({ xpath: path, transforms: [ENVELOPED, EXCLUSIVE_C14N], digestAlgorithm: SHA256 });
  const location = { reference: `${path}/*[local-name()='Issuer']`, action: 'after' as const };
  signer.computeSignature(xml, { prefix: 'ds', location });
  return signer.getSignedXml();
}

function issuer(text: string): XmlElement {
  return { name: 'saml2:Issuer', attributes: { 'xmlns:saml2': ASSERTION }, children: [text] };
}

function bare(tree: XmlElement): string {
  return writeXml(tree).replace(/^<\?xml[^>]*\?>\n/, '');
}

function newId(): string {
  return `_${randomBytes(20).toString('hex')}`;
}
