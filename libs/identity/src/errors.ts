import { defineErrors } from '@ozg-hub/core';

const again = 'Let the applicant sign in again and send the application with the new proof.';
const asGiven = 'Send the proof exactly as the identity service gave it.';

/** Why an identity proof is not accepted. Never quotes what stands in it. */
export const identityErrors = defineErrors({
  HUB_IDENTITY_PROOF_TOO_LONG: {
    class: 'never',
    status: 422,
    title: 'The identity proof is longer than 16384 characters.',
    action: asGiven,
  },
  HUB_IDENTITY_PROOF_MALFORMED: {
    class: 'never',
    status: 422,
    title: 'The identity proof is not a signed token of the form that this hub makes.',
    action: asGiven,
  },
  HUB_IDENTITY_PROOF_ALGORITHM: {
    class: 'never',
    status: 422,
    title: 'The identity proof names another signature algorithm than ES256.',
    action: asGiven,
  },
  HUB_IDENTITY_PROOF_KEY_UNKNOWN: {
    class: 'never',
    status: 422,
    title: 'The key that signed the identity proof is not one of this hub, or no longer.',
    action: again,
  },
  HUB_IDENTITY_PROOF_SIGNATURE: {
    class: 'never',
    status: 422,
    title: 'The signature of the identity proof is wrong.',
    action: asGiven,
  },
  HUB_IDENTITY_PROOF_ISSUER: {
    class: 'never',
    status: 422,
    title: 'The identity proof was not issued by the identity service of a hub.',
    action: asGiven,
  },
  HUB_IDENTITY_PROOF_AUDIENCE: {
    class: 'never',
    status: 422,
    title: 'The identity proof is meant for somebody else.',
    action: asGiven,
  },
  HUB_IDENTITY_PROOF_NOT_YET_VALID: {
    class: 'later',
    status: 422,
    title: 'The identity proof was issued in the future.',
    action: 'Set the clocks of the hub by NTP, then send the application again.',
  },
  HUB_IDENTITY_PROOF_EXPIRED: {
    class: 'never',
    status: 422,
    title: 'The identity proof has expired.',
    action: again,
  },
  HUB_IDENTITY_PROOF_OTHER_TENANT: {
    class: 'never',
    status: 422,
    title: 'The identity proof is for an application to another municipality.',
    action: again,
  },
  HUB_IDENTITY_PROOF_OTHER_LEISTUNG: {
    class: 'never',
    status: 422,
    title: 'The identity proof is for an application for another Leistung.',
    action: again,
  },
  HUB_IDENTITY_PROOF_OTHER_APPLICATION: {
    class: 'never',
    status: 422,
    title: 'The identity proof is for another application.',
    action: again,
  },
  HUB_IDENTITY_PROOF_UNREADABLE: {
    class: 'never',
    status: 422,
    title: 'The attributes inside the identity proof cannot be decrypted by this hub.',
    action: 'Check that identity service and intake use the same database and master key; then sign in again.',
  },
  HUB_IDENTITY_CONTENTS_INVALID: {
    class: 'never',
    status: 500,
    title: 'What was to be proved is not complete, or more than a proof may hold.',
    action: 'Report it: the identity service asked for a proof that the hub does not make.',
  },
  HUB_IDENTITY_KEY_DAMAGED: {
    class: 'never',
    status: 503,
    title: 'The current signing key of the identity service cannot be used.',
    action: 'Restore the schema identity_keys, or make a new key: `ozg-hub identity keys rotate`.',
  },
});
