import { setTimeout as pause } from 'node:timers/promises';
import { type SeparateHub, services } from './separate-hub.ts';

/** Address of the operator API of deliveries. */
export const OPERATIONS = '/dms-export/ops/v1';
export const REASON = { reason: 'fault run' };

/** Deliveries per second of a replay that is to be over soon. */
const FAST = 500;
const PATIENCE_MS = 60_000;

interface TargetState {
  readonly tenant: string;
  readonly target: string;
}

interface Listed {
  readonly deliveries: readonly { readonly id: string }[];
}

/**
 * What an operator does once a cause is mended: opens the targets, and has tried again what waits or was parked.
 * @returns ids of deliveries that were in doubt
 */
export async function recover(hub: SeparateHub, signal: AbortSignal): Promise<string[]> {
  const { targets } = await hub.ask<{ targets: TargetState[] }>('GET', `${OPERATIONS}/targets`);
  for (const { tenant, target } of targets) {
    await hub.ask('POST', `${OPERATIONS}/targets/${tenant}/${target}/resume`, {});
  }
  const { deliveries } = await hub.ask<Listed>('GET', `${OPERATIONS}/deliveries?state=in_doubt&limit=500`);
  for (const { id } of deliveries) await hub.ask('POST', `${OPERATIONS}/deliveries/${id}/replay`, REASON).catch(stale);
  const id = await begunReplay(hub, FAST);
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await pause(100, undefined, { signal })) {
    const { state } = await hub.ask<{ state: string }>('GET', `${OPERATIONS}/replays/${id}`);
    if (state === 'DONE') break;
  }
  return deliveries.map(({ id: doubtful }) => doubtful);
}

/** Replays what waits for its next try, was parked or rejected. @returns the id of the replay */
export async function begunReplay(hub: SeparateHub, rate: number): Promise<string> {
  return (await hub.ask<{ id: string }>('POST', `${OPERATIONS}/replays`, { ...REASON, rate })).id;
}

/** What a Kafka lost that had acknowledged it, by the command that an operator has for it. */
export async function republish(hub: SeparateHub, since: Date): Promise<void> {
  const how = ['messages', 'republish', '--since', since.toISOString(), '--reason', REASON.reason];
  for (const service of services) await hub.command(service, how);
}

/** The hub has found out by itself meanwhile, or the target still does not say. */
function stale(error: unknown): void {
  if (!/was answered (404|409|422|5\d\d)/.test((error as Error).message)) throw error;
}
