/** Genuine and forged answers of identity providers, for the tests of libs/saml: entry `@ozg-hub/testing/saml`. */
export {
  type ResponseLayout,
  type SaidLogin,
  SamlGround,
  acs,
  assertionOf,
  base64,
  genuine,
  idp,
  noReplays,
  now,
  plainResponse,
  requestId,
  sampleKey,
  sp,
} from './saml-ground.ts';
export { element } from './saml-response.ts';
export { wrappings } from './saml-wrappings.ts';
