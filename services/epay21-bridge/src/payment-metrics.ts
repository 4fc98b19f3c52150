import type { Metrics } from '@ozg-hub/observability';
import type { PaymentStanding } from './payment-standing.ts';

/** Gauges of payments; asked for when the metrics are read. */
export function measurePayments(metrics: Metrics, standing: PaymentStanding): void {
  metrics.gauge('hub_epay_payments', 'Payments not at their end.', ['tenant', 'state'], async (gauge) => {
    gauge.reset();
    for (const { tenant, state, count } of await standing.counts()) gauge.set({ tenant, state }, count);
  });
  const concerns = ['unbooked', 'rejected', 'integrity', 'unknown', 'closingRefused', 'withoutReceipt'] as const;
  metrics.gauge('hub_epay_concerns', 'Payments that somebody should look at.', ['tenant', 'concern'], async (gauge) => {
    gauge.reset();
    for (const concern of await standing.concerns()) {
      for (const name of concerns) gauge.set({ tenant: concern.tenant, concern: name }, concern[name]);
    }
  });
  metrics.gauge(
    'hub_epay_oldest_unbooked_seconds',
    'Age of the oldest payment that no finance system has posted.',
    ['tenant'],
    async (gauge) => {
      gauge.reset();
      for (const { tenant, oldestUnbookedSeconds } of await standing.concerns()) {
        gauge.set({ tenant }, oldestUnbookedSeconds);
      }
    },
  );
}
