import { defineErrors } from '@ozg-hub/core';

export const observabilityErrors = defineErrors({
  HUB_METRIC_INVALID: {
    class: 'never',
    status: 500,
    title: 'The metric cannot be declared like this.',
    action: 'Correct the declaration in the code: name, kind and label names are fixed once and hold no personal data.',
  },
});
