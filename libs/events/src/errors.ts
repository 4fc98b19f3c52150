import { defineErrors } from '@ozg-hub/core';

export const eventErrors = defineErrors({
  HUB_EVENT_INVALID: {
    class: 'never',
    status: 500,
    title: 'The event does not fit its contract.',
    action: 'Compare the fields named with schemas/events; the producer is wrong.',
  },
  HUB_EVENT_UNDECODABLE: {
    class: 'never',
    status: 422,
    title: 'The message is not a CloudEvent of a known type.',
    action: 'Look at the parked message: its headers name producer and type.',
  },
});
