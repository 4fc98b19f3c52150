import type { Metrics } from '@ozg-hub/observability';
import type { Store } from '@ozg-hub/store';
import type { CertificateWatch } from './keys/certificate-watch.ts';
import { LoginAttemptRepository } from './login-attempt.repository.ts';

/** Logins under way and days until certificates end, as gauges. */
export function measureLogins(metrics: Metrics, store: Store, watch: CertificateWatch): void {
  const attempts = new LoginAttemptRepository(store);
  metrics.gauge('hub_identity_open_logins', 'Login attempts under way.', [], async (gauge) => {
    gauge.set({}, await attempts.open());
  });
  const labels = ['provider', 'whose', 'use'] as const;
  const help = 'Days until the certificate in use ends.';
  metrics.gauge('hub_identity_certificate_days_left', help, labels, async (gauge) => {
    const { certificates } = await watch.report();
    gauge.reset();
    for (const { provider, whose, use, current, daysLeft } of certificates) {
      if (current) gauge.set({ provider, whose, use }, daysLeft);
    }
  });
}
