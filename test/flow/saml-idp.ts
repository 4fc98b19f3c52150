import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { type CertifiedKey, certifiedKey } from '@ozg-hub/testing';
import { SignedXml } from 'xml-crypto';
import { encrypt } from 'xml-encryption';

/** A private key and its certificate, PEM. */
export interface KeyPem {
  readonly privateKey: string;
  readonly certificate: string;
}

/** One that is valid from now on. */
export async function rsaKey(commonName: string, days = 30): Promise<KeyPem> {
  const { key, certificate } = await certifiedKey({ commonName, days });
  return { privateKey: key, certificate };
}

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
  /** Values by name; XML where a value begins with `<`. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** `akdb:TrustLevel` by name. */
  readonly trust?: Readonly<Record<string, string>>;
  /** Sub-status and message of a refusal, instead of an assertion. */
  readonly refusal?: { readonly code: string; readonly message?: string; readonly detail?: string };
}

const XMLDSIG = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const PSS = 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1';
const C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:';
const FORMAT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:';

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
    const now = new Date();
    const inner = said.refusal ? '' : await this.#encrypted(this.#assertion(said, now));
    const response = `<saml2p:Response xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_${id()}" Version="2.0" IssueInstant="${now.toISOString()}" Destination="${said.acs}" InResponseTo="${said.requestId}">${this.#issuer()}${status(said)}${inner}</saml2p:Response>`;
    return Buffer.from(this.#signed(response, 'Response')).toString('base64');
  }

  #issuer(): string {
    return `<saml2:Issuer xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">${this.entityId}</saml2:Issuer>`;
  }

  #assertion(said: Said, now: Date): string {
    const until = new Date(now.getTime() + 300_000).toISOString();
    const attributes = Object.entries(said.attributes ?? {}).map(([name, value]) => {
      const trust = said.trust?.[name];
      const level = trust ? ` xmlns:akdb="https://www.akdb.de/request/2018/09" akdb:TrustLevel="${trust}"` : '';
      return `<saml2:Attribute Name="${name}"${level}><saml2:AttributeValue>${value}</saml2:AttributeValue></saml2:Attribute>`;
    });
    const { nameId = `_${id()}`, nameIdFormat = 'transient', level = 'STORK-QAA-Level-4' } = said;
    const assertion = `<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="_${id()}" Version="2.0" IssueInstant="${now.toISOString()}">${this.#issuer()}<saml2:Subject><saml2:NameID Format="${FORMAT}${nameIdFormat}">${nameId}</saml2:NameID><saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml2:SubjectConfirmationData InResponseTo="${said.requestId}" NotOnOrAfter="${until}" Recipient="${said.acs}"/></saml2:SubjectConfirmation></saml2:Subject><saml2:Conditions NotBefore="${now.toISOString()}" NotOnOrAfter="${until}"><saml2:AudienceRestriction><saml2:Audience>${said.audience}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions><saml2:AuthnStatement AuthnInstant="${said.signedInAt ?? now.toISOString()}" SessionIndex="_${id()}"><saml2:AuthnContext><saml2:AuthnContextClassRef>${level}</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement><saml2:AttributeStatement>${attributes.join('')}</saml2:AttributeStatement></saml2:Assertion>`;
    return this.layout === 'both' ? this.#signed(assertion, 'Assertion') : assertion;
  }

  #signed(xml: string, local: string): string {
    const { key: privateKey, certificate } = this.key;
    const signatureAlgorithm = this.layout === 'both' ? XMLDSIG : PSS;
    const signer = new SignedXml({
      privateKey,
      publicCert: certificate,
      signatureAlgorithm,
      canonicalizationAlgorithm: C14N,
    });
    const xpath = `/*[local-name()='${local}']`;
    const transforms = ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', C14N];
    signer.addReference({ xpath, transforms, digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256' });
    signer.computeSignature(xml, {
      prefix: 'ds',
      location: { reference: `${xpath}/*[local-name()='Issuer']`, action: 'after' },
    });
    return signer.getSignedXml();
  }

  async #encrypted(assertion: string): Promise<string> {
    const data = await promisify(encrypt)(assertion, {
      rsa_pub: this.hub.certificate,
      pem: this.hub.certificate,
      encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
      keyEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
      keyEncryptionDigest: 'sha1',
    } as never);
    return `<saml2:EncryptedAssertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">${data}</saml2:EncryptedAssertion>`;
  }
}

function status({ refusal }: Said): string {
  if (!refusal) return `<saml2p:Status><saml2p:StatusCode Value="${STATUS}Success"/></saml2p:Status>`;
  const { code, message, detail } = refusal;
  const text = message ? `<saml2p:StatusMessage>${message}</saml2p:StatusMessage>` : '';
  const more = detail
    ? `<saml2p:StatusDetail><akdb:StatusDetail xmlns:akdb="https://www.akdb.de/request/2018/09">${detail}</akdb:StatusDetail></saml2p:StatusDetail>`
    : '';
  return `<saml2p:Status><saml2p:StatusCode Value="${STATUS}Responder"><saml2p:StatusCode Value="${STATUS}${code}"/></saml2p:StatusCode>${text}${more}</saml2p:Status>`;
}

function id(): string {
  return randomBytes(16).toString('hex');
}
