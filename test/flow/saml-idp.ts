import { randomUUID } from 'node:crypto';
import type { CertifiedKey } from '@ozg-hub/testing';
import { element, samlResponse } from '@ozg-hub/testing/saml';
import type { XmlElement } from '@ozg-hub/xml';

/** What an answer says; the identity provider signs whatever it is told. */
export interface Said {
  readonly requestId: string;
  readonly acs: string;
  readonly audience: string;
  readonly level?: string;
  /** When the user signed in, ISO; default: now. */
  readonly signedInAt?: string;
  readonly nameId?: string;
  readonly nameIdFormat?: string;
  /** Values by name. */
  readonly attributes?: Readonly<Record<string, string | readonly XmlElement[]>>;
  /** Sub-status of a refusal, its message and its codes, instead of an assertion. */
  readonly refusal?: { readonly code: string; readonly message?: string; readonly details?: readonly string[] };
}

const PKCS1 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const PSS = 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1';
const FORMAT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:';
const VALID_MS = 300_000;

/** An identity provider without pages: reads what a browser would post to it, and makes the answer. */
export class SamlIdp {
  constructor(
    readonly entityId: string,
    readonly key: CertifiedKey,
    readonly hub: CertifiedKey,
    /** `both`: response and assertion are signed (BundID); `response`: by PSS, the response only (MUK). */
    private readonly layout: 'both' | 'response',
    readonly ssoUrl = `${entityId}/sso`,
  ) {}

  metadata(): string {
    const bare = this.key.certificate.replaceAll(/-----[^-]+-----|\s/g, '');
    return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${this.entityId}">
  <md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${bare}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${this.ssoUrl}"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>`;
  }

  /** The form field `SAMLResponse`. */
  async answer(said: Said): Promise<string> {
    const issuedAt = new Date();
    const { refusal, signedInAt } = said;
    const answer = {
      issuer: this.entityId,
      audience: said.audience,
      assertionConsumerUrl: said.acs,
      inResponseTo: said.requestId,
      issuedAt,
      signedInAt: signedInAt === undefined ? undefined : new Date(signedInAt),
      notOnOrAfter: new Date(issuedAt.getTime() + VALID_MS),
      outcome: refusal ? { ...refusal, codes: ['Responder', refusal.code] } : subjectOf(said),
    };
    const assertionSigned = this.layout === 'both';
    return await samlResponse(answer, {
      key: this.key,
      signatureAlgorithm: assertionSigned ? PKCS1 : PSS,
      responseSigned: true,
      assertionSigned,
      encryptFor: this.hub.certificate,
    });
  }
}

function subjectOf({ nameId, nameIdFormat = 'transient', level = 'STORK-QAA-Level-4', attributes = {} }: Said) {
  return {
    nameId: nameId ?? `_${randomUUID()}`,
    nameIdFormat: `${FORMAT}${nameIdFormat}`,
    authnContext: level,
    attributes: Object.entries(attributes).map(([name, value]) =>
      element('Attribute', { Name: name }, [
        element('AttributeValue', {}, typeof value === 'string' ? [value] : value),
      ]),
    ),
  };
}
