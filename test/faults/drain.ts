import { setTimeout as pause } from 'node:timers/promises';
import type { ClientJournal } from './client-journal.ts';
import type { Clients } from './clients.ts';
import type { RunContext } from './run-context.ts';

interface Status {
  readonly state: string;
  readonly deliveries: readonly { readonly state: string; readonly code?: string }[];
}

/** Asks the hub by its HTTP. @throws Error where the answer is not 2xx */
export interface Asked {
  ask<Answer>(method: string, path: string): Promise<Answer>;
}

interface DrainOptions {
  readonly hub: Asked;
  /** Id by key. */
  readonly accepted: ReadonlyMap<string, string>;
  /** Takes what was told last of each. */
  readonly journal: ClientJournal;
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

export interface Drained {
  readonly ms: number;
  readonly parked: number;
  /** What is not COMPLETED, with what the hub says about it. */
  readonly stuck: readonly string[];
}

/** Lets the clients finish, waits until all is filed, and checks both. */
export async function allFiled(
  hub: Asked,
  clients: Clients,
  journal: ClientJournal,
  { report, say, signal, longMs }: Pick<RunContext, 'report' | 'say' | 'signal' | 'longMs'>,
): Promise<Drained> {
  const answered = await clients.finish(60_000);
  say(`${clients.requests} requests, ${clients.accepted.size} applications accepted; waiting until all are filed`);
  report.check('every client that asked again was answered', answered, [...clients.waiting]);
  const { accepted } = clients;
  const patienceMs = longMs > 0 ? 600_000 : 180_000;
  const drain = await drained({ hub, accepted, journal, patienceMs, signal });
  say(`drained in ${drain.ms} ms`);
  report.check('every accepted application ended COMPLETED', drain.stuck.length === 0, drain.stuck);
  return drain;
}

/** Asks for every application until the hub says COMPLETED, or the patience is over. */
async function drained({ hub, accepted, journal, patienceMs, signal }: DrainOptions): Promise<Drained> {
  const began = Date.now();
  const left = new Map(accepted);
  const last = new Map<string, Status | Error>();
  for (const until = Date.now() + patienceMs; ; await pause(300)) {
    for (const [key, id] of left) {
      signal.throwIfAborted();
      const status = await hub.ask<Status>('GET', `/civento/v1/applications/${id}`).catch((error: Error) => error);
      last.set(key, status);
      if (!(status instanceof Error) && status.state === 'COMPLETED') left.delete(key);
      if (Date.now() > until) break;
    }
    if (left.size === 0 || Date.now() > until) break;
  }
  for (const [key, status] of last) {
    const deliveries = status instanceof Error ? [] : status.deliveries.map(({ state }) => state);
    journal.note({ type: 'told', key, deliveries });
  }
  const parked = [...last.values()].filter((status) => !(status instanceof Error) && isParked(status)).length;
  return { ms: Date.now() - began, parked, stuck: [...left.keys()].map((key) => `${key}: ${describe(last.get(key))}`) };
}

function isParked({ deliveries }: Status): boolean {
  return deliveries.some(({ state }) => state === 'PARKED');
}

function describe(status: Status | Error | undefined): string {
  if (status === undefined) return 'never asked';
  if (status instanceof Error) return status.message;
  return `${status.state} ${status.deliveries.map(({ state, code = '' }) => `${state} ${code}`.trim()).join()}`;
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
export async function trailVerified(hub: Asked, patienceMs: number): Promise<{ ok: boolean; text: string }> {
  for (const until = Date.now() + patienceMs; ; await pause(500)) {
    const { ok, services } = await hub.ask<Verification>('GET', '/hub/ops/v1/trail/verification');
    if (!ok && Date.now() < until) continue;
    const rows = services.map(({ service, rows: count }) => `${service} ${count} rows`).join(', ');
    const problems = services.flatMap((one) => one.problems.map((problem) => JSON.stringify(problem)));
    return { ok, text: [rows, ...problems.slice(0, 5)].join('; ') };
  }
}
