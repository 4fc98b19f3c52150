/** Genuine and forged answers of identity providers, for the tests of libs/saml and of logins: entry `@ozg-hub/testing/saml`. */
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
export { samlResponse } from './fake-idp-response.ts';
export { element } from './saml-response.ts';
export { wrappings } from './saml-wrappings.ts';
