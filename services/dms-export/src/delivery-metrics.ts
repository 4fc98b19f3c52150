import type { DeliveryOperations } from '@ozg-hub/delivery';
import type { Metrics } from '@ozg-hub/observability';

/** Gauges of what is on its way, waits for a person or is closed; asked for when the metrics are read. */
export function measureDeliveries(metrics: Metrics, operations: Pick<DeliveryOperations, 'counts' | 'targets'>): void {
  metrics.gauge('hub_dms_deliveries', 'Deliveries not at their end.', ['tenant', 'target', 'state'], async (gauge) => {
    gauge.reset();
    for (const { tenant, target, state, count } of await operations.counts())
      gauge.set({ tenant, target, state }, count);
  });
  metrics.gauge('hub_dms_overdue', 'Deliveries past their due time.', ['tenant', 'target'], async (gauge) => {
    gauge.reset();
    for (const { tenant, target, overdue } of await operations.counts()) gauge.inc({ tenant, target }, overdue);
  });
  metrics.gauge('hub_dms_target_paused', 'Targets to which nothing is sent.', ['tenant', 'target'], async (gauge) => {
    gauge.reset();
    for (const { tenant, target, paused } of await operations.targets()) gauge.set({ tenant, target }, paused ? 1 : 0);
  });
}
