import { setTimeout as pause } from 'node:timers/promises';
import type { HubProcess } from './hub-process.ts';
import type { SampleApplication } from './sample-application.ts';

interface Status {
  readonly state: string;
  readonly deliveries: readonly { readonly state: string; readonly code?: string }[];
}

/** An application that did not get where it should. */
export interface Stuck {
  readonly key: SampleApplication['key'];
  readonly text: string;
}

/**
 * Asks for every application until the hub says COMPLETED, at most so long.
 * @returns those that are not, with what the hub says about them
 */
export async function drained(
  hub: HubProcess,
  accepted: ReadonlyMap<string, string>,
  patienceMs: number,
  signal: AbortSignal,
): Promise<Stuck[]> {
  const left = new Map(accepted);
  const last = new Map<string, string>();
  for (const until = Date.now() + patienceMs; ; await pause(300)) {
    for (const [key, id] of left) {
      signal.throwIfAborted();
      const status = await hub.ask<Status>('GET', `/civento/v1/applications/${id}`).catch((error: Error) => error);
      if (status instanceof Error) last.set(key, status.message);
      else if (status.state === 'COMPLETED') left.delete(key);
      else last.set(key, `${status.state} ${status.deliveries.map((one) => `${one.state} ${one.code ?? ''}`).join()}`);
      if (Date.now() > until) break;
    }
    if (left.size === 0 || Date.now() > until) break;
  }
  return [...left.keys()].map((key) => ({ key, text: `${key}: ${last.get(key) ?? 'never asked'}` }));
}

interface Verification {
  readonly ok: boolean;
  readonly services: readonly {
    readonly service: string;
    readonly rows: number;
    readonly problems: readonly unknown[];
  }[];
}

/** `trail verify`; rows of the last second may still be unsealed, so it is asked again for a while. */
export async function trailVerified(hub: HubProcess, patienceMs: number): Promise<{ ok: boolean; text: string }> {
  for (const until = Date.now() + patienceMs; ; await pause(500)) {
    const { ok, services } = await hub.ask<Verification>('GET', '/hub/ops/v1/trail/verification');
    if (!ok && Date.now() < until) continue;
    const rows = services.map(({ service, rows: count }) => `${service} ${count} rows`).join(', ');
    const problems = services.flatMap((one) => one.problems.map((problem) => JSON.stringify(problem)));
    return { ok, text: [rows, ...problems.slice(0, 5)].join('; ') };
  }
}
