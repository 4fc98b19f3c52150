import { defineErrors } from '@ozg-hub/core';

export const moneyErrors = defineErrors({
  HUB_MONEY_INVALID: {
    class: 'never',
    status: 422,
    title: 'An amount is not written as one.',
    action: 'Write it with a point and the decimals of its currency, e.g. 12.50 for EUR.',
  },
  HUB_MONEY_RANGE: {
    class: 'never',
    status: 422,
    title: 'An amount is larger than can be counted exactly.',
    action: 'Check the amount; nine billion euros are enough for everybody.',
  },
  HUB_MONEY_CURRENCIES: {
    class: 'never',
    status: 422,
    title: 'Amounts of different currencies cannot be added or compared.',
    action: 'Keep each currency by itself.',
  },
});
