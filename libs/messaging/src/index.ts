export { type Backoff, backoffMs, defaultBackoff } from './backoff.ts';
export { BusContext } from './bus-context.ts';
export { BusExceptions } from './bus-exceptions.ts';
export { BusStrategy, type BusStrategyOptions } from './bus-strategy.ts';
export type {
  Bus,
  BusRecord,
  GroupLag,
  ReceivedRecord,
  RunningSubscription,
  Subscription,
  TopicDeclaration,
} from './bus.port.ts';
export { MAX_RECORD_BYTES } from './check-records.ts';
export { connectBus } from './connect-bus.ts';
export { messagingErrors } from './errors.ts';
export { type MessagingMetrics, type Outcome, noMetrics } from './messaging-metrics.port.ts';
export { parkingReason } from './parking-reason.ts';
export { type MessagingSources, measureMessaging } from './messaging-metrics.ts';
export { OnEvent } from './on-event.ts';
export { OutboxRelay, type OutboxRelayOptions, type WaitingOutbox } from './outbox-relay.ts';
export { type Standing, standingOf } from './standing.ts';
export { PostgresBus, type PostgresBusOptions, busMigrations } from './postgres/postgres-bus.adapter.ts';
