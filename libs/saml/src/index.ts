export { type AkdbMethod, type AkdbRequest, akdbExtension, akdbMethods } from './akdb-extension.ts';
export {
  type AuthnRequest,
  type PostFields,
  type RequestSigning,
  newRequestId,
  postFields,
  signedAuthnRequest,
} from './authn-request.ts';
export { type CertificateFacts, certificateFacts } from './certificate.ts';
export { type MetadataChange, compareIdpMetadata } from './compare-metadata.ts';
export { type SamlErrorCode, samlErrors } from './errors.ts';
export { type IdpMetadata, type IdpMetadataOptions, readIdpMetadata, requireInTime } from './idp-metadata.ts';
export { type VerifierParts, createResponseVerifier } from './node-saml.adapter.ts';
export { SamlStatus } from './response-status.ts';
export type {
  ExpectedResponse,
  IdentityProviderSettings,
  ReplayStore,
  ResponseVerifier,
  SamlAttribute,
  VerifiedResponse,
} from './response-verifier.port.ts';
export { type SpMetadata, writeSpMetadata } from './sp-metadata.ts';
