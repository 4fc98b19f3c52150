import { type XmlElement, writeXml } from '@ozg-hub/xml';
import { bareCertificate } from './certificate.ts';
import { samlErrors } from './errors.ts';
import { ENCRYPTION, ENCRYPTION11, METADATA, POST_BINDING, PROTOCOL, SHA256, SIGNATURE } from './names.ts';

/** What identity providers are told about the service provider (SAML metadata §2.4.4). */
export interface SpMetadata {
  /** https, without port, never to change: the BundID derives bPK2 of its host. */
  readonly entityId: string;
  /** The first one is the default. */
  readonly assertionConsumerUrls: readonly string[];
  /** PEM. During a rollover the old and the new one. */
  readonly signingCertificates: readonly string[];
  /** PEM. During a rollover only the new one: providers encrypt to the first they find. */
  readonly encryptionCertificates: readonly string[];
  readonly nameIdFormats?: readonly string[];
  readonly wantAssertionsSigned?: boolean;
  /** Shown nowhere by the BundID, but expected by some federations. */
  readonly organization?: { readonly name: string; readonly url: string };
  readonly contacts?: readonly {
    readonly type: 'technical' | 'support';
    readonly company: string;
    readonly email: string;
  }[];
  /** Allows http and ports, for tests on one machine; default false. */
  readonly local?: boolean;
}

/**
 * The metadata as XML, without `ID` and `validUntil`, which the BundID forbids (Schnittstellenbeschreibung §7.2), so unsigned.
 * Encryption: AES-GCM and RSA-OAEP only.
 * @throws HUB_SAML_SETTINGS, with places, for what a provider would refuse
 */
export function writeSpMetadata(metadata: SpMetadata): string {
  checkMetadata(metadata);
  const { entityId, organization, contacts = [] } = metadata;
  return writeXml({
    name: 'md:EntityDescriptor',
    attributes: { 'xmlns:md': METADATA, 'xmlns:ds': SIGNATURE, entityID: entityId },
    children: [
      descriptor(metadata),
      organization && {
        name: 'md:Organization',
        children: [
          localized('md:OrganizationName', organization.name),
          localized('md:OrganizationDisplayName', organization.name),
          localized('md:OrganizationURL', organization.url),
        ],
      },
      ...contacts.map(({ type, company, email }) => ({
        name: 'md:ContactPerson',
        attributes: { contactType: type },
        children: [
          { name: 'md:Company', children: [company] },
          { name: 'md:EmailAddress', children: [`mailto:${email}`] },
        ],
      })),
    ],
  });
}

function descriptor(metadata: SpMetadata): XmlElement {
  const { signingCertificates, encryptionCertificates, nameIdFormats = [], wantAssertionsSigned = true } = metadata;
  return {
    name: 'md:SPSSODescriptor',
    attributes: {
      AuthnRequestsSigned: 'true',
      WantAssertionsSigned: String(wantAssertionsSigned),
      protocolSupportEnumeration: PROTOCOL,
    },
    children: [
      ...signingCertificates.map((certificate) => keyDescriptor('signing', certificate, [])),
      ...encryptionCertificates.map((certificate) => keyDescriptor('encryption', certificate, encryptionMethods())),
      ...nameIdFormats.map((format) => ({ name: 'md:NameIDFormat', children: [format] })),
      ...metadata.assertionConsumerUrls.map((location, index) => ({
        name: 'md:AssertionConsumerService',
        attributes: {
          Binding: POST_BINDING,
          Location: location,
          index: String(index),
          ...(index === 0 ? { isDefault: 'true' } : {}),
        },
      })),
    ],
  };
}

function keyDescriptor(use: string, certificate: string, methods: readonly XmlElement[]): XmlElement {
  const x509 = { name: 'ds:X509Certificate', children: [bareCertificate(certificate)] };
  return {
    name: 'md:KeyDescriptor',
    attributes: { use },
    children: [{ name: 'ds:KeyInfo', children: [{ name: 'ds:X509Data', children: [x509] }] }, ...methods],
  };
}

function encryptionMethods(): XmlElement[] {
  const sha256 = { name: 'ds:DigestMethod', attributes: { Algorithm: SHA256 } };
  const mask = {
    name: 'xenc11:MGF',
    attributes: { 'xmlns:xenc11': ENCRYPTION11, Algorithm: `${ENCRYPTION11}mgf1sha256` },
  };
  return [
    encryptionMethod(`${ENCRYPTION11}aes256-gcm`),
    encryptionMethod(`${ENCRYPTION11}aes128-gcm`),
    encryptionMethod(`${ENCRYPTION11}rsa-oaep`, [sha256, mask]),
    encryptionMethod(`${ENCRYPTION}rsa-oaep-mgf1p`),
  ];
}

function encryptionMethod(algorithm: string, children: readonly XmlElement[] = []): XmlElement {
  return { name: 'md:EncryptionMethod', attributes: { Algorithm: algorithm }, children };
}

function localized(name: string, text: string): XmlElement {
  return { name, attributes: { 'xml:lang': 'de' }, children: [text] };
}

function checkMetadata(metadata: SpMetadata): void {
  const { entityId, assertionConsumerUrls, signingCertificates, encryptionCertificates, local = false } = metadata;
  const addresses = [entityId, ...assertionConsumerUrls];
  const places = [
    local || addresses.every(isPublic)
      ? undefined
      : { field: 'entityId, assertionConsumerUrls', message: 'https, without port, user, query and fragment' },
    assertionConsumerUrls.length > 0 ? undefined : { field: 'assertionConsumerUrls', message: 'at least one' },
    signingCertificates.length > 0 ? undefined : { field: 'signingCertificates', message: 'at least one' },
    encryptionCertificates.length > 0 ? undefined : { field: 'encryptionCertificates', message: 'at least one' },
  ].filter((place) => place !== undefined);
  if (places.length > 0) throw samlErrors.HUB_SAML_SETTINGS({ places });
}

function isPublic(address: string): boolean {
  // Not by URL: it drops the port 443.
  return /^https:\/\/[a-z0-9][a-z0-9.-]+\.[a-z]{2,}(?:\/[^?#\s]*)?$/.test(address);
}
