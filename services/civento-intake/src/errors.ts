import { defineErrors } from '@ozg-hub/core';

const resend = 'Send the whole application again with this corrected.';

export const intakeErrors = defineErrors({
  HUB_INTAKE_MEDIA_TYPE: {
    class: 'never',
    status: 415,
    title: 'The content type is neither multipart/form-data nor application/xml.',
    action: 'Send multipart/form-data with the part "application" first, or application/xml alone.',
  },
  HUB_INTAKE_MULTIPART: {
    class: 'never',
    status: 400,
    title: 'The multipart body is not well-formed.',
    action: 'Check boundary and part headers; each part needs a name.',
  },
  HUB_INTAKE_ABORTED: {
    class: 'later',
    status: 400,
    title: 'The request ended before its body was complete.',
    action: resend,
  },
  HUB_INTAKE_TOO_SLOW: {
    class: 'later',
    status: 408,
    title: 'The application did not arrive whole in time.',
    action: 'Send it again over a faster line; the limit is HUB_INTAKE_REQUEST_MINUTES.',
  },
  HUB_INTAKE_APPLICATION_FIRST: {
    class: 'never',
    status: 422,
    title: 'The part "application" is not the first one.',
    action: 'Send the part "application" (application/xml) before all files.',
  },
  HUB_INTAKE_PART_TWICE: {
    class: 'never',
    status: 422,
    title: 'Two parts have the same name.',
    action: 'Give every file a part name of its own and announce it under Anlagen.',
  },
  HUB_INTAKE_TOO_MANY_PARTS: {
    class: 'never',
    status: 413,
    title: 'The request has too many parts.',
    action: 'Send fewer files; the limit is HUB_INTAKE_MAX_FILES.',
  },
  HUB_INTAKE_TOO_LARGE: {
    class: 'never',
    status: 413,
    title: 'The application or one of its files is larger than allowed.',
    action: 'Send less; the limits are HUB_INTAKE_MAX_APPLICATION_MIB, _FILE_MIB and _TOTAL_MIB.',
  },
  HUB_INTAKE_FILE_MISSING: {
    class: 'never',
    status: 422,
    title: 'A file announced under Anlagen was not sent.',
    action: resend,
  },
  HUB_INTAKE_FILE_NOT_ANNOUNCED: {
    class: 'never',
    status: 422,
    title: 'A file was sent that Anlagen does not announce.',
    action: 'Announce every part under Anlagen with its part name.',
  },
  HUB_INTAKE_FILE_EMPTY: {
    class: 'never',
    status: 422,
    title: 'A file is empty.',
    action: resend,
  },
  HUB_INTAKE_FILE_TYPE: {
    class: 'never',
    status: 422,
    title: 'The content of a file is of a type that is not allowed.',
    action: 'Send PDF, JPEG, PNG or another allowed type; the content decides, not the name.',
  },
  HUB_INTAKE_HASH_MISMATCH: {
    class: 'never',
    status: 422,
    title: 'A file is not the one that was announced: its SHA-256 or size differs.',
    action: 'Check how the file is read and sent, then send the whole application again.',
  },
  HUB_INTAKE_SOURCE_UNKNOWN: {
    class: 'never',
    status: 422,
    title: 'The source is not described in the directory.',
    action: 'Leave "source" out for civento, or add the source with its mapping profile to the directory.',
  },
  HUB_INTAKE_KEY_REQUIRED: {
    class: 'never',
    status: 422,
    title: 'The application has neither a Vorgang (V.Ident) nor an Idempotency-Key.',
    action: 'Send the header Idempotency-Key with a value of your own per application.',
  },
  HUB_INTAKE_KEY_INVALID: {
    class: 'never',
    status: 400,
    title: 'The Idempotency-Key is not 1 to 200 visible ASCII characters.',
    action: 'Use a UUID.',
  },
  HUB_INTAKE_PROOF_PLACE: {
    class: 'never',
    status: 422,
    title: 'The part "identity-proof" does not follow the part "application".',
    action: 'Send one part "identity-proof" at most, directly after "application" and before all files.',
  },
  HUB_INTAKE_PROOFS_DISAGREE: {
    class: 'never',
    status: 422,
    title: 'The part "identity-proof" and the application XML carry two different identity proofs.',
    action: 'Send the proof of this application, in one place.',
  },
  HUB_INTAKE_PROOF_USED: {
    class: 'never',
    status: 409,
    title: 'Another application was accepted with this identity proof.',
    action: 'Let the applicant sign in for each application; a proof is used for one.',
  },
  HUB_INTAKE_APPLICANT_KIND: {
    class: 'never',
    status: 422,
    title: 'The Leistung is not for applicants of this kind.',
    action: 'Let a natural person sign in with BundID or a company with Mein Unternehmenskonto, as the Leistung says.',
  },
  HUB_INTAKE_LEVEL_TOO_LOW: {
    class: 'never',
    status: 422,
    title: 'The applicant signed in with a lower Vertrauensniveau than the Leistung demands.',
    action: 'Let the applicant sign in by a stronger means, e.g. the Online-Ausweis, and send the new proof.',
  },
  HUB_INTAKE_IDENTITY_REQUIRED: {
    class: 'never',
    status: 422,
    title: 'The Leistung demands a Vertrauensniveau, and the application came without an identity proof.',
    action:
      'Send the proof that the identity service gave, as part "identity-proof". Where the municipality takes unverified identities (policy.acceptUnverifiedIdentity), state the level of the login at least.',
  },
  HUB_INTAKE_IDENTITY_UNVERIFIED: {
    class: 'never',
    status: 422,
    title: 'The application says who signed in, or at which level, without an identity proof.',
    action:
      'Send the proof that the identity service gave, as part "identity-proof", or leave the identity out; or the municipality takes unverified identities (policy.acceptUnverifiedIdentity).',
  },
  HUB_INTAKE_CONTENT_DIFFERS: {
    class: 'never',
    status: 409,
    title: 'The same application was sent before with other content.',
    action: 'Send a correction with a higher laufende Nummer (Art KORREKTUR), or use another Idempotency-Key.',
  },
  HUB_INTAKE_KEYS_DISAGREE: {
    class: 'never',
    status: 409,
    title: 'Vorgang and Idempotency-Key belong to two different applications.',
    action: 'Use one Idempotency-Key per application.',
  },
  HUB_INTAKE_BUSY: {
    class: 'later',
    status: 503,
    title: 'The application could not be stored in time.',
    action: 'Send the same request again after the time in Retry-After; it takes effect once.',
  },
  HUB_INTAKE_OUTCOME_UNKNOWN: {
    class: 'ask',
    status: 503,
    title: 'Whether the application was stored is not known.',
    action: 'Send the same request again: if it was stored the answer is 200 with its id.',
  },
  HUB_SUBMISSION_UNKNOWN: {
    class: 'never',
    status: 404,
    title: 'There is no such submission.',
    action: 'Check the id, and that the key is valid for its municipality.',
  },
  HUB_SUBMISSION_NOT_TERMINAL: {
    class: 'never',
    status: 409,
    title: 'The submission is still on its way.',
    action: 'Finish or cancel its deliveries first; "ozg-hub status" shows them.',
  },
});
