import type { Metrics } from '@ozg-hub/observability';
import type { BusStrategy } from './bus-strategy.ts';
import type { Bus } from './bus.port.ts';
import type { MessagingMetrics } from './messaging-metrics.port.ts';
import type { OutboxRelay } from './outbox-relay.ts';

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

  metrics.gauge('hub_bus_lag_messages', 'Messages published and not committed.', ['group', 'topic'], async (gauge) => {
    gauge.reset();
    for (const { group } of strategies()) {
      for (const { topic, messages } of await bus().lag(group)) gauge.inc({ group, topic }, messages);
    }
  });
  const lagSeconds = 'Age of the oldest message not committed.';
  metrics.gauge('hub_bus_lag_seconds', lagSeconds, ['group', 'topic'], async (gauge) => {
    gauge.reset();
    for (const { group } of strategies()) {
      const lag = await bus().lag(group);
      for (const topic of new Set(lag.map((partition) => partition.topic))) {
        const ages = lag.map(({ topic: of, oldestAt }) => (of === topic && oldestAt ? ageSeconds(oldestAt) : 0));
        gauge.set({ group, topic }, Math.max(...ages));
      }
    }
  });
  metrics.gauge('hub_bus_parked_messages', 'Parked messages that nobody has resolved.', ['group'], async (gauge) => {
    for (const strategy of strategies()) gauge.set({ group: strategy.group }, await strategy.countParked());
  });
  metrics.gauge('hub_outbox_waiting', 'Events not published.', ['schema'], async (gauge) => {
    for (const relay of relays()) gauge.set({ schema: relay.schema }, (await relay.waiting()).count);
  });
  metrics.gauge('hub_outbox_oldest_seconds', 'Age of the oldest event not published.', ['schema'], async (gauge) => {
    for (const relay of relays()) gauge.set({ schema: relay.schema }, (await relay.waiting()).oldestSeconds ?? 0);
  });
  return {
    consumed: (group, topic, outcome, count) => consumed.inc({ group, topic, outcome }, count),
    waited: (group, topic, code) => waited.inc({ group, topic, code }),
    published: (schema, count) => published.inc({ schema }, count),
  };
}

function ageSeconds(instant: Date): number {
  return (Date.now() - instant.getTime()) / 1_000;
}
