import { randomBytes } from 'node:crypto';
import { type XmlElement, writeXml } from '@ozg-hub/xml';
import { SignedXml } from 'xml-crypto';
import { samlErrors } from './errors.ts';
import {
  ASSERTION,
  ENVELOPED,
  EXCLUSIVE_C14N,
  POST_BINDING,
  PROTOCOL,
  RSA_PSS_SHA256,
  RSA_SHA256,
  SHA256,
} from './names.ts';

/** A request to authenticate somebody (SAML core §3.4.1). */
export interface AuthnRequest {
  /** Of {@link newRequestId}; the login attempt keeps it, the response must answer it. */
  readonly id: string;
  readonly issueInstant: Date;
  /** Our entityID. */
  readonly issuer: string;
  /** SSO service of the provider for the HTTP-POST binding. */
  readonly destination: string;
  readonly assertionConsumerUrl: string;
  /** No single sign-on between online services; default true. */
  readonly forceAuthn?: boolean;
  /** E.g. `urn:oasis:names:tc:SAML:2.0:nameid-format:transient`; undefined: left to the provider. */
  readonly nameIdFormat?: string;
  /** The level wanted; undefined: none asked for (MUK). */
  readonly authnContext?: { readonly comparison: 'minimum' | 'exact'; readonly classRefs: readonly string[] };
  /** What stands in Extensions, e.g. an `akdbExtension`. */
  readonly extensions?: readonly XmlElement[];
}

/** How a request is signed. */
export interface RequestSigning {
  /** MUK accepts `rsa-pss-sha256` only; the BundID both. */
  readonly algorithm: 'rsa-sha256' | 'rsa-pss-sha256';
  /** RSA, PEM. */
  readonly privateKey: string;
  /** PEM; goes into KeyInfo, so that the provider finds the right one of several. */
  readonly certificate: string;
}

/** Fields of the form that the browser posts to the provider (HTTP-POST binding §3.5.4). */
export interface PostFields {
  readonly SAMLRequest: string;
  readonly RelayState: string;
}

const ALGORITHMS = { 'rsa-sha256': RSA_SHA256, 'rsa-pss-sha256': RSA_PSS_SHA256 };
const RELAY_STATE_BYTES = 80;

/** 160 random bits as an `xs:ID`. */
export function newRequestId(): string {
  return `_${randomBytes(20).toString('hex')}`;
}

/**
 * The request as signed XML. On the wire: Issuer, Signature, Extensions, NameIDPolicy, RequestedAuthnContext, as the schema
 * wants it.
 */
export function signedAuthnRequest(
  request: AuthnRequest,
  { algorithm, privateKey, certificate }: RequestSigning,
): string {
  const signer = new SignedXml({
    privateKey,
    publicCert: certificate,
    signatureAlgorithm: ALGORITHMS[algorithm],
    canonicalizationAlgorithm: EXCLUSIVE_C14N,
  });
  signer.addReference({ xpath: '/*', transforms: [ENVELOPED, EXCLUSIVE_C14N], digestAlgorithm: SHA256 });
  signer.computeSignature(requestXml(request), { prefix: 'ds', location: { reference: '/*/*[1]', action: 'after' } });
  return signer.getSignedXml();
}

/** @throws HUB_SAML_SETTINGS where RelayState has more than the 80 bytes of the binding (§3.5.3) */
export function postFields(xml: string, relayState: string): PostFields {
  if (Buffer.byteLength(relayState) > RELAY_STATE_BYTES) {
    throw samlErrors.HUB_SAML_SETTINGS({ places: [{ field: 'RelayState', message: 'at most 80 bytes' }] });
  }
  return { SAMLRequest: Buffer.from(xml).toString('base64'), RelayState: relayState };
}

function requestXml(request: AuthnRequest): string {
  const { extensions = [], nameIdFormat, authnContext } = request;
  const xml = writeXml({
    name: 'samlp:AuthnRequest',
    attributes: {
      'xmlns:samlp': PROTOCOL,
      'xmlns:saml': ASSERTION,
      ID: request.id,
      Version: '2.0',
      IssueInstant: request.issueInstant.toISOString(),
      Destination: request.destination,
      ForceAuthn: String(request.forceAuthn ?? true),
      IsPassive: 'false',
      ProtocolBinding: POST_BINDING,
      AssertionConsumerServiceURL: request.assertionConsumerUrl,
    },
    children: [
      { name: 'saml:Issuer', children: [request.issuer] },
      extensions.length === 0 ? undefined : { name: 'samlp:Extensions', children: extensions },
      nameIdFormat === undefined
        ? undefined
        : { name: 'samlp:NameIDPolicy', attributes: { Format: nameIdFormat, AllowCreate: 'true' } },
      authnContext && {
        name: 'samlp:RequestedAuthnContext',
        attributes: { Comparison: authnContext.comparison },
        children: authnContext.classRefs.map((ref) => ({ name: 'saml:AuthnContextClassRef', children: [ref] })),
      },
    ],
  });
  return xml.slice(xml.indexOf('\n') + 1);
}
