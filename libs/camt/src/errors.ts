import { defineErrors } from '@ozg-hub/core';

/** Everything libs/camt throws. Places carry element paths, lines and positions, never a value. */
export const camtErrors = defineErrors({
  HUB_CAMT_MESSAGE: {
    class: 'never',
    status: 422,
    title: 'This is no bank statement (camt.053) and no notification (camt.054).',
    action: 'Check which file was given; other messages of a bank are not read.',
  },
  HUB_CAMT_VERSION: {
    class: 'never',
    status: 422,
    title: 'This version of camt is not read; version 001.08 is.',
    action: 'Have the bank send camt.053.001.08 or camt.054.001.08, the version of the current DK agreement.',
  },
  HUB_CAMT_VALUE: {
    class: 'never',
    status: 422,
    title: 'A value is missing or does not have the form that camt requires.',
    action: 'Correct the places listed; nothing is cut to fit.',
  },
  HUB_CAMT_TOTALS: {
    class: 'never',
    status: 422,
    title: 'The entries do not add up to the balances or totals that the message gives.',
    action: 'Nothing of this message may be used: ask the bank for it again, whole.',
  },
  HUB_CAMT_LIMIT: {
    class: 'never',
    status: 413,
    title: 'An entry consists of more transactions than can be read at once.',
    action: 'Raise the limit if the message is genuine.',
  },
});
