import { defineErrors } from '@ozg-hub/core';

/** Errors of the files for finance systems. */
export const fileErrors = defineErrors({
  HUB_EPAY_FILE_CHARACTERS: {
    class: 'never',
    status: 422,
    title: 'A text has characters that the encoding of the file lacks.',
    action:
      'Correct the text at its source, or set characters of the profile to transliterate; then close the day again.',
  },
  HUB_EPAY_FILE_FORMULA: {
    class: 'never',
    status: 422,
    title: 'A cell begins as a formula does, and the profile refuses that.',
    action: 'Correct the text at its source, or set guard of the profile to quote; then close the day again.',
  },
  HUB_EPAY_FILE_VALUE: {
    class: 'never',
    status: 422,
    title: 'A value does not fit into its field of the file.',
    action: 'Correct the profile, or the booking data of the Leistung; then close the day again.',
  },
  HUB_EPAY_FILE_CURRENCY: {
    class: 'never',
    status: 422,
    title: 'The file is for euros only, and a posting has another currency.',
    action: 'Use a CSV profile for postings in other currencies.',
  },
  HUB_EPAY_FILE_DAY_OPEN: {
    class: 'later',
    status: 409,
    title: 'This business day has not ended yet.',
    action: 'Close it after the time that closeAt of the profile says; the hub does so by itself.',
  },
  HUB_EPAY_FILE_UNKNOWN: {
    class: 'never',
    status: 404,
    title: 'There is no such file.',
    action: 'Check the id; see the list of files.',
  },
  HUB_EPAY_FILE_NO_TARGET: {
    class: 'never',
    status: 404,
    title: 'The municipality has no finance target with such files.',
    action: 'Check target and profile in the directory.',
  },
  HUB_EPAY_DROP_UNAVAILABLE: {
    class: 'later',
    status: 503,
    title: 'The folder of the finance system cannot be written.',
    action: 'Check that the folder exists, is writable for the hub and has room; the hub tries again each hour.',
  },
  HUB_EPAY_DROP_NAME_TAKEN: {
    class: 'ask',
    status: 409,
    title: 'Another file of this name is in the folder of the finance system; nothing was replaced.',
    action: 'Compare both. Remove the one that is not of the hub, or let the finance system take it; then reissue.',
  },
  HUB_EPAY_DROP_CREDENTIALS: {
    class: 'later',
    status: 502,
    title: 'The SFTP server of the finance system does not accept the credentials.',
    action: 'Renew user, password or key of the target; the hub tries again each hour.',
  },
  HUB_EPAY_DROP_HOST_KEY: {
    class: 'later',
    status: 502,
    title: 'The SFTP server shows another host key than the one configured; nothing was sent, no password either.',
    action: 'Ask the operator of the server. Only if he confirms the new key, set hostKey of the target.',
  },
  HUB_EPAY_DROP_OUTCOME_UNKNOWN: {
    class: 'later',
    status: 502,
    title: 'The connection was lost while the file got its name: it may be there or not.',
    action: 'Nothing to do: the hub looks again, and the same bytes under the same name do no harm.',
  },
  HUB_EPAY_BOOKING_FILE: {
    class: 'never',
    status: 422,
    title: 'The file of answers cannot be read; none of it was taken.',
    action: 'Correct the lines listed: UTF-8, header paymentId;eventId;outcome;document;code, ACCEPTED or REJECTED.',
  },
  HUB_EPAY_BOOKING_FILE_TOO_LARGE: {
    class: 'never',
    status: 413,
    title: 'The file of answers is too large; none of it was taken.',
    action: 'Split it: 100,000 lines and 20 MiB are accepted at a time.',
  },
});
