import { defineErrors } from '@ozg-hub/core';

export const messagingErrors = defineErrors({
  HUB_BUS_UNKNOWN_TOPIC: {
    class: 'never',
    status: 500,
    title: 'The bus has no such topic.',
    action: 'Look at `ozg-hub topics plan`; an event that is new is declared in libs/events. Its events wait.',
  },
  HUB_BUS_RECORD_TOO_LARGE: {
    class: 'never',
    status: 500,
    title: 'A message for the bus is too large.',
    action: 'Events carry references; put the content into the vault.',
  },
  HUB_BUS_TOPICS_MISSING: {
    class: 'never',
    status: 500,
    title: 'Topics are missing on the brokers.',
    action: 'Look at `ozg-hub topics plan`, then create them with `ozg-hub topics apply` or by your own tools.',
  },
  HUB_BUS_UNAVAILABLE: {
    class: 'later',
    status: 503,
    title: 'The bus cannot be reached.',
    action: 'Check that the brokers run and that HUB_KAFKA_BROKERS names them; nothing is lost, it is tried again.',
  },
  HUB_BUS_FORBIDDEN: {
    class: 'later',
    status: 503,
    title: 'The brokers do not let this service do that.',
    action: 'Check user and password, and compare the access lists of the brokers with `ozg-hub topics acl`.',
  },
  HUB_BUS_CLOSED: {
    class: 'later',
    status: 503,
    title: 'The bus is closed: the process is stopping.',
    action: 'Try again when the hub has started.',
  },
  HUB_BUS_NO_CONTRACT: {
    class: 'never',
    status: 500,
    title: 'A handler listens to a topic that the service does not declare.',
    action: 'Add the event to `consumes` of the service.',
  },
  HUB_BUS_TWO_HANDLERS: {
    class: 'never',
    status: 500,
    title: 'Two handlers of a service listen to the same topic.',
    action: 'Let one handler call both use cases: they share one transaction and cannot run side by side in it.',
  },
  HUB_BUS_HANDLER_FAILED: {
    class: 'never',
    status: 500,
    title: 'A handler failed on a message.',
    action: 'Find the cause in the log by message id, mend it, then retry the parked message.',
  },
  HUB_BUS_ERRORS_MASKED: {
    class: 'never',
    status: 500,
    title: "A handler's error was replaced by Nest's default exception filter.",
    action: 'Connect the strategy with connectBus(), which installs the filter that keeps errors as they are.',
  },
  HUB_BUS_PARKED_UNKNOWN: {
    class: 'never',
    status: 404,
    title: 'There is no such parked message, or it is resolved.',
    action: 'List the parked messages with `ozg-hub messages parked list`.',
  },
  HUB_BUS_RETRY_FAILED: {
    class: 'never',
    status: 409,
    title: 'The message could not be handled this time either; it stays parked.',
    action: 'The code in the detail says why. Mend that, then retry it again.',
  },
  HUB_BUS_OUTBOX_PRUNED: {
    class: 'never',
    status: 409,
    title: 'The outbox does not hold everything any more that was published since that time.',
    action: 'Give a time after the one in the detail; what was published before may be deleted by now.',
  },
  HUB_BUS_RELAY_STOPPED: {
    class: 'later',
    status: 503,
    title: 'The outbox relay stopped before everything was published.',
    action: 'Nothing is lost: the outbox is published after the next start.',
  },
});
