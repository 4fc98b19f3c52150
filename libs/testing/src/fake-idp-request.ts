import { type XmlTree, readTree } from '@ozg-hub/xml';
import { SignedXml } from 'xml-crypto';
import { ASSERTION, METADATA, POST_BINDING, PROTOCOL, SHA256, SIGNATURE } from './fake-idp-names.ts';

/** What an identity provider has been told about a service provider. */
export interface FakeServiceProvider {
  readonly entityId: string;
  readonly assertionConsumerUrls: readonly string[];
  /** PEM. */
  readonly signingCertificates: readonly string[];
  /** PEM; the first that is offered for encryption. */
  readonly encryptionCertificate: string;
}

/** An AuthnRequest whose signature was checked. */
export interface FakeAuthnRequest {
  readonly id: string;
  readonly sp: FakeServiceProvider;
  readonly assertionConsumerUrl: string;
  readonly relayState: string | undefined;
  readonly signatureAlgorithm: string;
  /** AuthnContextClassRefs with their Comparison; undefined: none asked for. */
  readonly authnContext: { readonly comparison: string; readonly classRefs: readonly string[] } | undefined;
  readonly extensions: readonly XmlTree[];
}

/** Why the identity provider shows a page of its own instead of an answer: `idp.code` in its address. */
export class FakeIdpRefusal extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** Their order in the schema (SAML protocol, AuthnRequestType). */
const ORDER = 'Issuer Signature Extensions Subject NameIDPolicy Conditions RequestedAuthnContext Scoping'.split(' ');
const AGE_MS = 5 * 60_000;

export function childrenOf(tree: XmlTree | undefined, namespace: string, local: string): XmlTree[] {
  return (tree?.children ?? []).filter((child) => child.namespace === namespace && child.local === local);
}

/** All below, the element itself included. */
export function within(tree: XmlTree, namespace: string, local: string): XmlTree[] {
  const own = tree.namespace === namespace && tree.local === local ? [tree] : [];
  return [...own, ...tree.children.flatMap((child) => within(child, namespace, local))];
}

/** @throws where it is no metadata of a service provider, or has what the BundID forbids (§7.2) */
export function readServiceProvider(metadata: string): FakeServiceProvider {
  const root = readTree(metadata);
  const [descriptor] = within(root, METADATA, 'SPSSODescriptor');
  const entityId = root.attributes['entityID'];
  if (root.local !== 'EntityDescriptor' || !descriptor || !entityId) throw new Error('no metadata of one SP');
  if ('ID' in root.attributes || 'validUntil' in root.attributes) throw new Error('metadata with ID or validUntil');
  const keys = childrenOf(descriptor, METADATA, 'KeyDescriptor');
  const certificates = (use: string) =>
    keys
      .filter((key) => (key.attributes['use'] ?? use) === use)
      .flatMap((key) => within(key, SIGNATURE, 'X509Certificate').map(({ text }) => pem(text)));
  const [encryptionCertificate] = certificates('encryption');
  const signingCertificates = certificates('signing');
  const assertionConsumerUrls = childrenOf(descriptor, METADATA, 'AssertionConsumerService')
    .filter(({ attributes }) => attributes['Binding'] === POST_BINDING)
    .map(({ attributes }) => attributes['Location']!);
  if (!encryptionCertificate || signingCertificates.length === 0) throw new Error('metadata without certificates');
  if (assertionConsumerUrls.length === 0) throw new Error('metadata without an assertion consumer by HTTP-POST');
  return { entityId, assertionConsumerUrls, signingCertificates, encryptionCertificate };
}

/** Where a request must be addressed to, and who may ask. */
export interface FakeIdpDesk {
  readonly ssoUrl: string;
  readonly serviceProviders: readonly FakeServiceProvider[];
  readonly now: Date;
}

/**
 * Reads the form fields of the HTTP-POST binding; only what is signed counts.
 * @throws FakeIdpRefusal
 */
export function readRequest(form: URLSearchParams, { ssoUrl, serviceProviders, now }: FakeIdpDesk): FakeAuthnRequest {
  const xml = Buffer.from(form.get('SAMLRequest') ?? '', 'base64').toString();
  const outer = parsed(xml);
  const sp = serviceProviders.find(({ entityId }) => entityId === childrenOf(outer, ASSERTION, 'Issuer')[0]?.text);
  if (!sp) throw new FakeIdpRefusal('unknown-service-provider');
  const { tree, signatureAlgorithm } = signedTree(xml, outer, sp);
  const { ID: id = '', IssueInstant: issued = '', Destination: destination } = tree.attributes;
  if (destination !== ssoUrl) throw new FakeIdpRefusal('wrong-destination');
  if (!(Math.abs(now.getTime() - new Date(issued).getTime()) < AGE_MS)) throw new FakeIdpRefusal('request-too-old');
  const assertionConsumerUrl = tree.attributes['AssertionConsumerServiceURL'] ?? sp.assertionConsumerUrls[0]!;
  if (!sp.assertionConsumerUrls.includes(assertionConsumerUrl)) throw new FakeIdpRefusal('unknown-consumer');
  const [context] = childrenOf(tree, PROTOCOL, 'RequestedAuthnContext');
  return {
    id,
    sp,
    assertionConsumerUrl,
    relayState: form.get('RelayState') ?? undefined,
    signatureAlgorithm,
    authnContext: context && {
      comparison: context.attributes['Comparison'] ?? 'exact',
      classRefs: childrenOf(context, ASSERTION, 'AuthnContextClassRef').map(({ text }) => text),
    },
    extensions: childrenOf(tree, PROTOCOL, 'Extensions').flatMap(({ children }) => children),
  };
}

function parsed(xml: string): XmlTree {
  let tree: XmlTree;
  try {
    tree = readTree(xml);
  } catch {
    throw new FakeIdpRefusal('request-unreadable');
  }
  const places = tree.children.map(({ local }) => ORDER.indexOf(local));
  const ordered = places.every((place, at) => place >= 0 && place > (places[at - 1] ?? -1));
  if (tree.namespace !== PROTOCOL || tree.local !== 'AuthnRequest' || !ordered)
    throw new FakeIdpRefusal('request-unreadable');
  return tree;
}

/** The request as its signature covers it. */
function signedTree(xml: string, outer: XmlTree, sp: FakeServiceProvider) {
  const [signature] = childrenOf(outer, SIGNATURE, 'Signature');
  const text = /<((?:[\w-]+:)?Signature)[\s>][\s\S]*<\/\1>/.exec(xml)?.[0];
  if (!signature || !text) throw new FakeIdpRefusal('saml-request-not-signed');
  const [method, digest] = ['SignatureMethod', 'DigestMethod'].map(
    (local) => within(signature, SIGNATURE, local)[0]?.attributes['Algorithm'] ?? '',
  );
  for (const publicCert of sp.signingCertificates) {
    const signed = signedBy(publicCert, xml, text);
    if (signed?.attributes['ID'] === outer.attributes['ID'] && digest === SHA256)
      return { tree: signed!, signatureAlgorithm: method! };
  }
  throw new FakeIdpRefusal('wrong-signature');
}

function signedBy(publicCert: string, xml: string, signature: string): XmlTree | undefined {
  const verifier = new SignedXml({ publicCert, getCertFromKeyInfo: () => null });
  try {
    verifier.loadSignature(signature);
    const [reference] = verifier.checkSignature(xml) ? verifier.getSignedReferences() : [];
    return reference === undefined ? undefined : readTree(reference);
  } catch {
    // Signed by another key, or not at all.
    return undefined;
  }
}

function pem(bare: string): string {
  const lines = bare.replaceAll(/\s/g, '').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
