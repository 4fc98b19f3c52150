import { randomBytes } from 'node:crypto';
import type { XmlElement } from '@ozg-hub/xml';
import type { CertifiedKey } from './fake-idp-key.ts';
import { AES256_GCM, RSA_OAEP, SHA256 } from './fake-idp-names.ts';
import { assertionXml, element, encryptedXml, responseXml, signedXml } from './saml-response.ts';

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
  /** When the user signed in; default: now. */
  readonly signedInAt?: Date | undefined;
  readonly notOnOrAfter: Date;
  readonly outcome: FakeIdpSubject | FakeIdpStatus;
}

export interface FakeIdpLayout {
  readonly key: CertifiedKey;
  readonly signatureAlgorithm: string;
  readonly responseSigned: boolean;
  readonly assertionSigned: boolean;
  /** Certificate, PEM. */
  readonly encryptFor: string;
}

/** The form field SAMLResponse. */
export async function samlResponse(answer: FakeIdpAnswer, layout: FakeIdpLayout): Promise<string> {
  const { outcome } = answer;
  const { codes, message, details = [] } = 'codes' in outcome ? outcome : { codes: ['Success'] };
  const errors = details.map((code) => ({ code, message: code }));
  const said = {
    responseId: newId(),
    issuer: answer.issuer,
    issueInstant: answer.issuedAt.toISOString(),
    destination: answer.assertionConsumerUrl,
    inResponseTo: answer.inResponseTo,
    statusCodes: codes,
    statusMessage: message,
    statusDetail: errors.length === 0 ? undefined : JSON.stringify({ version: '1.0', errors }),
  };
  const response = responseXml(said, 'codes' in outcome ? '' : await encryptedAssertion(answer, outcome, layout));
  const signed = layout.responseSigned ? signedXml(response, { ...layout, digestAlgorithm: SHA256 }) : response;
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

async function encryptedAssertion(answer: FakeIdpAnswer, subject: FakeIdpSubject, layout: FakeIdpLayout) {
  const issueInstant = answer.issuedAt.toISOString();
  const plain = assertionXml({
    ...subject,
    assertionId: newId(),
    assertionIssuer: answer.issuer,
    issueInstant,
    authnInstant: answer.signedInAt?.toISOString(),
    sessionIndex: newId(),
    audience: answer.audience,
    recipient: answer.assertionConsumerUrl,
    confirmedRequest: answer.inResponseTo,
    notBefore: issueInstant,
    notOnOrAfter: answer.notOnOrAfter.toISOString(),
    conditions: [],
  });
  const assertion = layout.assertionSigned ? signedXml(plain, { ...layout, digestAlgorithm: SHA256 }) : plain;
  const { encryptFor } = layout;
  const how = { encryptFor, contentAlgorithm: AES256_GCM, keyTransport: RSA_OAEP, oaepDigest: 'sha256' };
  return encryptedXml(assertion, how);
}

function newId(): string {
  return `_${randomBytes(20).toString('hex')}`;
}
