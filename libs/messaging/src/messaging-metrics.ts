import type { Metrics } from '@ozg-hub/observability';
import type { BusStrategy } from './bus-strategy.ts';
import type { Bus } from './bus.port.ts';
import type { MessagingMetrics } from './messaging-metrics.port.ts';
import type { OutboxRelay } from './outbox-relay.ts';
import { type Standing, standingOf } from './standing.ts';

/** What is measured when the metrics are read; asked each time, so services may come and go. */
export interface MessagingSources {
  bus(): Bus;
  strategies(): readonly BusStrategy[];
  relays(): readonly OutboxRelay[];
}

/** Binds messaging to Prometheus: counters for strategies and relays, gauges of lag, outboxes and parked messages. */
export function measureMessaging(metrics: Metrics, { bus, strategies, relays }: MessagingSources): MessagingMetrics {
  const consumed = metrics.counter('hub_bus_consumed_total', 'Messages that left a consumer group.', [
    'group',
    'topic',
    'outcome',
  ]);
  const waited = metrics.counter('hub_bus_waited_total', 'Batches given back for a later delivery.', [
    'group',
    'topic',
    'code',
  ]);
  const published = metrics.counter('hub_outbox_published_total', 'Events published from an outbox.', ['schema']);

  const rebalanced = metrics.counter(
    'hub_bus_rebalances_total',
    'Times that a group shared its partitions out anew; none on PostgreSQL.',
    ['group'],
  );

  const groups = shared(() => standings(bus(), strategies()));
  metrics.gauge('hub_bus_lag_messages', 'Messages published and not committed.', ['group', 'topic'], async (gauge) => {
    const read = await groups();
    gauge.reset();
    for (const { group, topic, messages } of read) gauge.set({ group, topic }, messages);
  });
  const lagSeconds = 'Age of the oldest message not committed.';
  metrics.gauge('hub_bus_lag_seconds', lagSeconds, ['group', 'topic'], async (gauge) => {
    const read = await groups();
    gauge.reset();
    for (const { group, topic, oldestAt } of read) gauge.set({ group, topic }, oldestAt ? ageSeconds(oldestAt) : 0);
  });
  const lastCommit = 'When the group last committed, in seconds since 1970.';
  metrics.gauge('hub_bus_last_commit_timestamp_seconds', lastCommit, ['group', 'topic'], async (gauge) => {
    const read = await groups();
    gauge.reset();
    for (const { group, topic, committedAt } of read) {
      if (committedAt) gauge.set({ group, topic }, committedAt.getTime() / 1_000);
    }
  });
  metrics.gauge('hub_bus_parked_messages', 'Parked messages that nobody has resolved.', ['group'], async (gauge) => {
    for (const strategy of strategies()) gauge.set({ group: strategy.group }, await strategy.countParked());
  });
  const outboxes = shared(() => Promise.all(relays().map((relay) => relay.waiting())));
  metrics.gauge('hub_outbox_waiting', 'Events not published.', ['schema'], async (gauge) => {
    for (const { schema, count } of await outboxes()) gauge.set({ schema }, count);
  });
  metrics.gauge('hub_outbox_oldest_seconds', 'Age of the oldest event not published.', ['schema'], async (gauge) => {
    for (const { schema, oldestSeconds } of await outboxes()) gauge.set({ schema }, oldestSeconds ?? 0);
  });
  return {
    consumed: (group, topic, outcome, count) => consumed.inc({ group, topic, outcome }, count),
    waited: (group, topic, code) => waited.inc({ group, topic, code }),
    rebalanced: (group, count) => rebalanced.inc({ group }, count),
    published: (schema, count) => published.inc({ schema }, count),
  };
}

interface TopicStanding extends Standing {
  readonly group: string;
  readonly topic: string;
}

async function standings(bus: Bus, strategies: readonly BusStrategy[]): Promise<readonly TopicStanding[]> {
  const found = strategies.map(async ({ group }) => {
    const lag = await bus.lag(group);
    return [...new Set(lag.map(({ topic }) => topic))].map((topic) => ({
      group,
      topic,
      ...standingOf(lag.filter((partition) => partition.topic === topic)),
    }));
  });
  return (await Promise.all(found)).flat();
}

/** Gauges that are read at the same time share one question. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask().finally(() => (asked = undefined)));
}

function ageSeconds(instant: Date): number {
  return (Date.now() - instant.getTime()) / 1_000;
}
