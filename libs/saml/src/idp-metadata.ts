import type { ErrorPlace } from '@ozg-hub/core';
import type { XmlTree } from '@ozg-hub/xml';
import { type CertificateFacts, certificateFacts } from './certificate.ts';
import { childrenOf, instantOf, withDescendants } from './elements.ts';
import { samlErrors } from './errors.ts';
import { METADATA, POST_BINDING, PROTOCOL, REDIRECT_BINDING, SIGNATURE } from './names.ts';
import { readDocument } from './read-document.ts';

/** What is needed of the metadata of an identity provider (SAML metadata §2.4.3). */
export interface IdpMetadata {
  readonly entityId: string;
  /** Address of single sign-on by HTTP-POST: where requests go. */
  readonly postUrl: string;
  readonly redirectUrl?: string;
  /** What responses are signed by, in the order of the metadata; two or more during a rollover. */
  readonly signingCertificates: readonly CertificateFacts[];
  readonly wantsSignedRequests: boolean;
  readonly nameIdFormats: readonly string[];
  readonly validUntil?: Date;
  /** What an operator should know before using it; never quotes values. */
  readonly warnings: readonly string[];
}

export interface IdpMetadataOptions {
  readonly now: Date;
  /** Chooses one of a file with several entities. */
  readonly entityId?: string;
  /** Allows addresses by http, for tests on one machine; default false. */
  readonly local?: boolean;
}

const MOST_CHARACTERS = 5 * 1024 * 1024;
const MOST_ELEMENTS = 10_000;
const LEAST_BITS = 2048;
/** BSI TR-02102-1: RSA keys from 2024 on. */
const GOOD_BITS = 3000;

/**
 * Reads metadata that an operator hands over. Its own signature is not checked: whoever imports it vouches for it.
 * @throws HUB_SAML_METADATA with places, HUB_SAML_DOCTYPE, HUB_SAML_ENTITY, HUB_SAML_MALFORMED, HUB_SAML_TOO_LARGE
 */
export function readIdpMetadata(text: string, options: IdpMetadataOptions): IdpMetadata {
  if (text.length > MOST_CHARACTERS) throw samlErrors.HUB_SAML_TOO_LARGE();
  const entity = entityIn(readDocument(withoutComments(text), MOST_ELEMENTS), options.entityId);
  const [descriptor, second] = childrenOf(entity, METADATA, 'IDPSSODescriptor').filter(({ attributes }) =>
    (attributes['protocolSupportEnumeration'] ?? '').split(/\s+/).includes(PROTOCOL),
  );
  if (descriptor === undefined || second !== undefined) throw refusal('IDPSSODescriptor', 'one for SAML 2.0');
  const signingCertificates = signingIn(descriptor, options.now);
  const redirectUrl = addressOf(descriptor, REDIRECT_BINDING);
  const validUntil = entity.attributes['validUntil'];
  const metadata: Omit<IdpMetadata, 'warnings'> = {
    entityId: entity.attributes['entityID'] ?? '',
    postUrl: postUrlIn(descriptor, options),
    signingCertificates,
    wantsSignedRequests: /^(?:true|1)$/.test(descriptor.attributes['WantAuthnRequestsSigned'] ?? ''),
    nameIdFormats: childrenOf(descriptor, METADATA, 'NameIDFormat').map((format) => format.text.trim()),
    ...(redirectUrl === undefined ? {} : { redirectUrl }),
    ...(validUntil === undefined ? {} : { validUntil: instantOf(validUntil) }),
  };
  requireInTime(metadata, options.now);
  return { ...metadata, warnings: warningsOf(metadata) };
}

/** Metadata is often commented by hand; a comment has no meaning there, and nothing in it is signed for us. */
function withoutComments(text: string): string {
  return text.replaceAll(/<!--(?:(?!--)[\s\S])*-->/g, '');
}

function entityIn(root: XmlTree, entityId: string | undefined): XmlTree {
  const entities = [...withDescendants(root)]
    .map(({ element }) => element)
    .filter(({ namespace, local }) => namespace === METADATA && local === 'EntityDescriptor')
    .filter(({ attributes }) => entityId === undefined || attributes['entityID'] === entityId);
  const [entity, second] = entities;
  if (entity === undefined) throw refusal('EntityDescriptor', 'none, or none with the entityID asked for');
  if (second !== undefined)
    throw refusal('EntityDescriptor', 'several: put the one that is meant into a file of its own');
  if ((entity.attributes['entityID'] ?? '') === '') throw refusal('entityID', 'missing');
  return entity;
}

function signingIn(descriptor: XmlTree, now: Date): CertificateFacts[] {
  const texts = childrenOf(descriptor, METADATA, 'KeyDescriptor')
    .filter(({ attributes }) => attributes['use'] === undefined || attributes['use'] === 'signing')
    .flatMap((key) => [...withDescendants(key)])
    .filter(({ element }) => element.namespace === SIGNATURE && element.local === 'X509Certificate')
    .map(({ element }) => element.text);
  const facts = texts.map((text) => readCertificate(text, now));
  if (facts.length === 0) throw refusal('KeyDescriptor', 'no certificate for signing');
  if (facts.some(({ keyType }) => !keyType.startsWith('rsa'))) throw refusal('X509Certificate', 'RSA keys only');
  if (facts.some(({ keyBits = 0 }) => keyBits < LEAST_BITS)) {
    throw refusal('X509Certificate', `RSA keys of ${LEAST_BITS} bits at least`);
  }
  return facts.filter(({ fingerprint }, at) => facts.findIndex((one) => one.fingerprint === fingerprint) === at);
}

function readCertificate(text: string, now: Date): CertificateFacts {
  try {
    return certificateFacts(text, now);
  } catch (cause) {
    throw refusal('X509Certificate', 'not a certificate', cause);
  }
}

function postUrlIn(descriptor: XmlTree, { local = false }: IdpMetadataOptions): string {
  const url = addressOf(descriptor, POST_BINDING);
  if (url === undefined) throw refusal('SingleSignOnService', 'none by HTTP-POST');
  if (!URL.canParse(url) || !(local ? /^https?:/ : /^https:/).test(url))
    throw refusal('SingleSignOnService', 'not https');
  return url;
}

function addressOf(descriptor: XmlTree, binding: string): string | undefined {
  const services = childrenOf(descriptor, METADATA, 'SingleSignOnService');
  return services.find(({ attributes }) => attributes['Binding'] === binding)?.attributes['Location'];
}

/**
 * Whoever keeps metadata asks again at each use.
 * @throws HUB_SAML_METADATA where their time is over, or that of all their certificates
 */
export function requireInTime(
  { validUntil, signingCertificates }: Pick<IdpMetadata, 'validUntil' | 'signingCertificates'>,
  now: Date,
): void {
  if (validUntil !== undefined && validUntil <= now) throw refusal('validUntil', 'in the past');
  if (signingCertificates.every(({ notAfter }) => notAfter <= now)) {
    throw refusal('X509Certificate', 'all certificates for signing have expired');
  }
}

function warningsOf({ signingCertificates }: Omit<IdpMetadata, 'warnings'>): string[] {
  return [
    signingCertificates.some(({ daysLeft }) => daysLeft < 0) ? 'A certificate has expired.' : undefined,
    signingCertificates.some(({ keyBits = 0 }) => keyBits < GOOD_BITS)
      ? `An RSA key has less than ${GOOD_BITS} bits (BSI TR-02102-1).`
      : undefined,
  ].filter((warning) => warning !== undefined);
}

function refusal(field: string, message: string, cause?: unknown): Error {
  const places: ErrorPlace[] = [{ field, message }];
  return samlErrors.HUB_SAML_METADATA({ places, cause });
}
