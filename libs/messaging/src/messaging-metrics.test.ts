import { describe, expect, test } from '@jest/globals';
import { Metrics } from '@ozg-hub/observability';
import type { BusStrategy } from './bus-strategy.ts';
import type { Bus, GroupLag } from './bus.port.ts';
import { measureMessaging } from './messaging-metrics.ts';
import type { OutboxRelay } from './outbox-relay.ts';

describe('the metrics of messaging', () => {
  test('show consumption, lag, last commit, rebalances, outboxes and parked messages, and ask the bus once', async () => {
    const metrics = new Metrics();
    const topic = 'records.filed.v1';
    const oldestAt = new Date(Date.now() - 60_000);
    let asked = 0;
    const lag: GroupLag[] = [
      { topic, partition: 0, position: '4', messages: 2, oldestAt },
      {
        topic,
        partition: 1,
        position: '9',
        messages: 1,
        oldestAt: new Date(),
        committedAt: new Date(1_700_000_000_000),
      },
    ];
    const messaging = measureMessaging(metrics, {
      bus: () => ({ lag: async () => ((asked += 1), lag) }) as unknown as Bus,
      strategies: () => [{ group: 'dms-export', countParked: async () => 3 } as unknown as BusStrategy],
      relays: () => [
        {
          schema: 'dms_export',
          waiting: async () => ({ schema: 'dms_export', count: 7, oldestSeconds: 12, refused: 0 }),
        } as unknown as OutboxRelay,
      ],
    });
    messaging.consumed('dms-export', topic, 'handled', 5);
    messaging.waited('dms-export', topic, 'HUB_STORE_BUSY');
    messaging.rebalanced('dms-export', 0);
    messaging.published('dms_export', 4);
    const text = await metrics.render();
    expect(text).toContain('hub_bus_consumed_total{group="dms-export",topic="records.filed.v1",outcome="handled"} 5');
    expect(text).toContain('hub_bus_waited_total{group="dms-export",topic="records.filed.v1",code="HUB_STORE_BUSY"} 1');
    expect(text).toContain('hub_outbox_published_total{schema="dms_export"} 4');
    expect(text).toContain('hub_bus_lag_messages{group="dms-export",topic="records.filed.v1"} 3');
    expect(text).toMatch(/hub_bus_lag_seconds\{group="dms-export",topic="records.filed.v1"\} 6\d/);
    expect(text).toContain(`hub_bus_last_commit_timestamp_seconds{group="dms-export",topic="${topic}"} 1700000000`);
    expect(text).toContain('hub_bus_rebalances_total{group="dms-export"} 0');
    expect(asked).toBe(1);
    expect(text).toContain('hub_bus_parked_messages{group="dms-export"} 3');
    expect(text).toContain('hub_outbox_waiting{schema="dms_export"} 7');
    expect(text).toContain('hub_outbox_oldest_seconds{schema="dms_export"} 12');
  });
});
