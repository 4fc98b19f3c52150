import { defineErrors } from '@ozg-hub/core';

/** Errors of the comparison with payment service and bank. */
export const reconciliationErrors = defineErrors({
  HUB_EPAY_LIST_COLUMNS: {
    class: 'never',
    status: 422,
    title: 'The list of the payment service lacks columns that its profile names.',
    action: 'Compare the header at the line given with providerList.columns, delimiter and headerLine of the target.',
  },
  HUB_EPAY_LIST_INVALID: {
    class: 'never',
    status: 422,
    title: 'The list of the payment service has lines that cannot be read; nothing of it was used.',
    action: 'Correct the lines given, or the profile providerList of the target, then run again.',
  },
  HUB_EPAY_LIST_TOO_LARGE: {
    class: 'never',
    status: 413,
    title: 'The list of the payment service is larger than accepted.',
    action: 'Ask for lists of shorter periods, 256 MiB at most.',
  },
  HUB_EPAY_LIST_NOT_EXPECTED: {
    class: 'never',
    status: 422,
    title: 'The finance target has no profile for lists of the payment service.',
    action: 'Add reconciliation.providerList to the settings of the target.',
  },
  HUB_EPAY_STATEMENT_ACCOUNT: {
    class: 'never',
    status: 422,
    title: 'The statement is of another account than the one that is compared.',
    action: 'Check the file, and reconciliation.iban of the target.',
  },
  HUB_EPAY_RECONCILIATION_RUNNING: {
    class: 'later',
    status: 409,
    title: 'Another run for this finance target is not over yet.',
    action: 'Wait until it has ended, then run again.',
  },
  HUB_EPAY_RECONCILIATION_DAY: {
    class: 'never',
    status: 409,
    title: 'The day is in the future, or a later one was compared already.',
    action: 'Run for today; what was missing on an earlier day is found now.',
  },
  HUB_EPAY_RECONCILIATION_UNKNOWN: {
    class: 'never',
    status: 404,
    title: 'There is no such run or open item.',
    action: 'Check the id; see the lists.',
  },
  HUB_EPAY_ITEM_CLOSED: {
    class: 'never',
    status: 409,
    title: 'The item is closed already.',
    action: 'Nothing to do; see who closed it.',
  },
});
