import { defineErrors } from '@ozg-hub/core';

const ANSWER = { class: 'never', status: 403 } as const;
const PROVIDER = 'Nothing on this side: the identity provider must change how it signs or encrypts.';
const AGAIN = 'Sign in again; where it repeats, give the code to the operators.';
const ATTACK = 'None for the user; where it repeats, somebody is trying something, or a proxy changes documents.';

/**
 * Why an answer of an identity provider, its metadata or a request to it is refused. The codes are for the log: to the
 * outside all refusals of a login are one.
 */
export const samlErrors = defineErrors({
  HUB_SAML_TOO_LARGE: {
    ...ANSWER,
    status: 413,
    title: 'The document is larger than accepted, or has too many elements.',
    action: ATTACK,
  },
  HUB_SAML_ENCODING: { ...ANSWER, status: 400, title: 'The answer is not base64 of UTF-8 text.', action: ATTACK },
  HUB_SAML_DOCTYPE: { ...ANSWER, title: 'The document has a DOCTYPE or declares an entity.', action: ATTACK },
  HUB_SAML_ENTITY: {
    ...ANSWER,
    title: 'The document refers to an entity other than the five that XML predefines.',
    action: ATTACK,
  },
  HUB_SAML_MARKUP: {
    ...ANSWER,
    title: 'The document has a comment, a CDATA section or a processing instruction; none is accepted.',
    action: ATTACK,
  },
  HUB_SAML_MALFORMED: {
    ...ANSWER,
    title: 'The document is not well-formed XML or too deep, or an element that must be there once is not.',
    action: AGAIN,
  },
  HUB_SAML_NOT_A_RESPONSE: { ...ANSWER, title: 'The document is no SAML 2.0 Response.', action: AGAIN },
  HUB_SAML_UNSIGNED: {
    ...ANSWER,
    title: 'The response is not signed.',
    action: 'Have the identity provider sign responses, errors included.',
  },
  HUB_SAML_WRAPPING: {
    ...ANSWER,
    title: 'A response, assertion or signature stands where none belongs, or a signature is not that of what it is in.',
    action: ATTACK,
  },
  HUB_SAML_DUPLICATE_ID: { ...ANSWER, title: 'Two elements of the document have the same ID.', action: ATTACK },
  HUB_SAML_SECOND_ASSERTION: { ...ANSWER, title: 'The response has more than one assertion.', action: ATTACK },
  HUB_SAML_NO_ASSERTION: { ...ANSWER, title: 'The response says success, but has no assertion.', action: AGAIN },
  HUB_SAML_NOT_ENCRYPTED: {
    ...ANSWER,
    title: 'The assertion is not encrypted, and the settings of the provider do not allow that.',
    action: 'Give the identity provider the metadata with the certificate for encryption.',
  },
  HUB_SAML_SHA1: { ...ANSWER, title: 'A signature or digest uses SHA-1 (BSI TR-03116-4).', action: PROVIDER },
  HUB_SAML_HMAC: {
    ...ANSWER,
    title: 'A signature is an HMAC: made with a shared secret, or a public key.',
    action: ATTACK,
  },
  HUB_SAML_CBC: { ...ANSWER, title: 'The assertion is encrypted in CBC mode (BSI TR-03116-4).', action: PROVIDER },
  HUB_SAML_RSA15: {
    ...ANSWER,
    title: 'The key of the assertion is encrypted by RSA PKCS#1 v1.5 (BSI TR-03116-4).',
    action: PROVIDER,
  },
  HUB_SAML_ALGORITHM: {
    ...ANSWER,
    title: 'The document uses an algorithm or transformation that is not among the accepted ones.',
    action: PROVIDER,
  },
  HUB_SAML_CERTIFICATE: {
    ...ANSWER,
    title: 'The response was signed by another certificate than those of the metadata.',
    action: 'Where the provider has new certificates, import its metadata; otherwise somebody is trying something.',
  },
  HUB_SAML_SIGNATURE: {
    ...ANSWER,
    title: 'The signature of the response does not fit the document and the certificates of the metadata.',
    action: 'Compare the certificates with the metadata of the provider; a document that was changed fails too.',
  },
  HUB_SAML_ASSERTION_SIGNATURE: {
    ...ANSWER,
    title: 'The assertion is not signed by a certificate of the metadata, and must be.',
    action: 'Have the identity provider sign assertions, or compare its certificates with the metadata.',
  },
  HUB_SAML_DECRYPTION: {
    ...ANSWER,
    title: 'The assertion cannot be decrypted with any key of the settings.',
    action: 'Compare the certificate for encryption that the provider has with the keys of the settings.',
  },
  HUB_SAML_ISSUER: { ...ANSWER, title: 'Response or assertion come from another issuer than asked.', action: ATTACK },
  HUB_SAML_DESTINATION: { ...ANSWER, title: 'The response is addressed to another place.', action: ATTACK },
  HUB_SAML_RECIPIENT: { ...ANSWER, title: 'The assertion is for another recipient.', action: ATTACK },
  HUB_SAML_AUDIENCE: { ...ANSWER, title: 'The assertion is for another service provider.', action: ATTACK },
  HUB_SAML_CONDITION: { ...ANSWER, title: 'The assertion sets a condition that is not understood.', action: PROVIDER },
  HUB_SAML_UNSOLICITED: { ...ANSWER, title: 'The response answers no request.', action: AGAIN },
  HUB_SAML_IN_RESPONSE_TO: {
    ...ANSWER,
    title: 'The response or its assertion answers another request.',
    action: AGAIN,
  },
  HUB_SAML_EXPIRED: {
    ...ANSWER,
    title: 'The assertion is no longer valid.',
    action: 'Sign in again; where it repeats, compare the clocks.',
  },
  HUB_SAML_NOT_YET_VALID: {
    ...ANSWER,
    title: 'The assertion is not valid yet, or was issued in the future.',
    action: 'Compare the clocks; 60 seconds of difference are accepted at most.',
  },
  HUB_SAML_SUBJECT: {
    ...ANSWER,
    title: 'The assertion names no subject, or confirms it by no bearer.',
    action: PROVIDER,
  },
  HUB_SAML_OLD_LOGIN: {
    ...ANSWER,
    title: 'The user signed in before the request was made, and the request forces a new login.',
    action: 'Have the identity provider heed ForceAuthn.',
  },
  HUB_SAML_LEVEL: {
    ...ANSWER,
    title: 'The authentication is not of a level that was asked for.',
    action: 'Sign in again by a means of the level needed.',
  },
  HUB_SAML_REPLAY: { ...ANSWER, title: 'The assertion was used before.', action: AGAIN },
  HUB_SAML_CANCELLED: { ...ANSWER, title: 'The user broke off signing in.', action: 'Sign in again.' },
  HUB_SAML_ATTRIBUTE_MISSING: {
    ...ANSWER,
    title: 'The account of the user lacks an attribute that the request calls required.',
    action: 'Add it in the account, or sign in by another means.',
  },
  HUB_SAML_LEVEL_UNAVAILABLE: {
    ...ANSWER,
    title: 'The identity provider cannot authenticate the user at the level asked for.',
    action: 'Sign in again by a means of the level needed.',
  },
  HUB_SAML_REFUSED: {
    ...ANSWER,
    title: 'The identity provider refused the request.',
    action:
      'See the status beside the code: RequestDenied may be the user, who said no; others are about the request, its signature or the registration there.',
  },
  HUB_SAML_PROVIDER_FAILED: {
    class: 'later',
    status: 502,
    title: 'The identity provider could not answer the request.',
    action: 'Sign in again later.',
  },
  HUB_SAML_METADATA: {
    class: 'never',
    status: 422,
    title: 'The metadata of the identity provider cannot be used.',
    action: 'See the places; fetch the metadata again from the provider.',
  },
  HUB_SAML_SETTINGS: {
    class: 'never',
    status: 422,
    title: 'The settings of the service provider break a rule of SAML or of the identity provider.',
    action: 'Correct the places.',
  },
});

/** The codes of {@link samlErrors}. */
export type SamlErrorCode = keyof typeof samlErrors.definitions;
