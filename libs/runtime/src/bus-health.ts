import type { CheckReport, Health } from '@ozg-hub/observability';
import { BusStanding, isBehind, isLate, isUnsteady } from './bus-standing.ts';
import type { HubParts } from './hub-parts.ts';

/**
 * Tells readiness how the bus stands. Nothing of it takes the process out of service: what is accepted lies in the
 * database, and what waits is worked off by the very processes that are behind.
 */
export function watchBus(health: Health, parts: Pick<HubParts, 'platform' | 'strategies' | 'relays'>): void {
  const standing = new BusStanding(parts);
  const register = (name: string, run: () => Promise<string | undefined>) =>
    health.register(name, async () => degradedBy(await run()), { essential: false });
  register('bus-consumers', async () => {
    const groups = await standing.groups();
    if (groups.some(isBehind)) return 'BEHIND';
    return groups.some(isUnsteady) ? 'REBALANCING' : undefined;
  });
  register('bus-parked', async () => {
    return (await standing.parked()).some(({ count }) => count > 0) ? 'PARKED' : undefined;
  });
  register('outbox', async () => ((await standing.outboxes()).some(isLate) ? 'OVERDUE' : undefined));
}

function degradedBy(code: string | undefined): CheckReport {
  return code === undefined ? { state: 'up' } : { state: 'degraded', code };
}
