import type { Store } from '@ozg-hub/store';
import { Coalescer } from './coalescer.ts';
import type { Json } from './target-adapter.port.ts';

interface Held {
  readonly id: string;
  readonly fence: number;
}

interface StepResult extends Held {
  readonly exchangeId: string;
  readonly name: string;
  readonly result: Json;
}

/** Rows that a change is being written to are left out: the change ends the lease anyway. */
const EXTEND = `
  WITH mine AS MATERIALIZED (
    SELECT d.id, d.fence FROM delivery d JOIN unnest($1::uuid[], $2::integer[]) AS h (id, fence) ON d.id = h.id
    WHERE d.fence = h.fence AND d.lease_until IS NOT NULL FOR UPDATE OF d SKIP LOCKED
  ), prolonged AS (
    UPDATE delivery d SET lease_until = now() + $3 * interval '1 millisecond' FROM mine WHERE d.id = mine.id
  )
  SELECT h.id, EXISTS (SELECT 1 FROM mine WHERE mine.id = h.id) AS extended,
    EXISTS (SELECT 1 FROM delivery d WHERE d.id = h.id AND d.fence = h.fence AND d.lease_until IS NOT NULL) AS held
  FROM unnest($1::uuid[], $2::integer[]) AS h (id, fence)`;

/** The share lock keeps the fence as it is until the result is committed. */
const STORE_STEPS = `
  WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS g (id uuid, fence integer, "exchangeId" uuid, name text, result jsonb)
  ), held AS MATERIALIZED (
    SELECT d.id, d.fence FROM delivery d WHERE d.id IN (SELECT id FROM given) ORDER BY d.id FOR SHARE
  ), stored AS (
    INSERT INTO step (exchange_id, name, result, fence)
    SELECT g."exchangeId", g.name, coalesce(g.result, 'null'), g.fence FROM given g JOIN held h ON h.id = g.id AND h.fence = g.fence
    ON CONFLICT (exchange_id, name) DO UPDATE SET result = excluded.result, fence = excluded.fence, at = now()
  )
  SELECT g.id, g.name FROM given g JOIN held h ON h.id = g.id AND h.fence = g.fence`;

/** Leases and step results of the deliveries under way in this process, written in batches. */
export class Leases {
  readonly #store: Store;
  /** Milliseconds. */
  readonly leaseMs: number;
  readonly #steps: Coalescer<StepResult, boolean>;

  constructor(store: Store, leaseMs: number) {
    this.#store = store;
    this.leaseMs = leaseMs;
    this.#steps = new Coalescer(async (steps) => {
      const rows = await store.query<{ id: string; name: string }>(STORE_STEPS, [JSON.stringify(steps)]);
      const stored = new Set(rows.map(({ id, name }) => `${id}:${name}`));
      return steps.map(({ id, name }) => stored.has(`${id}:${name}`));
    });
  }

  /** False where the fence no longer holds; then nothing is stored. */
  async storeStep(step: StepResult): Promise<boolean> {
    return await this.#steps.add(step);
  }

  /** Prolongs; tells per delivery whether it is prolonged, merely still held (being written), or lost. */
  async extend(held: readonly Held[]): Promise<ReadonlyMap<string, 'extended' | 'held' | 'lost'>> {
    if (held.length === 0) return new Map();
    const rows = await this.#store.query<{ id: string; extended: boolean; held: boolean }>(EXTEND, [
      held.map(({ id }) => id),
      held.map(({ fence }) => fence),
      this.leaseMs,
    ]);
    return new Map(rows.map((row) => [row.id, row.extended ? 'extended' : row.held ? 'held' : 'lost']));
  }
}
