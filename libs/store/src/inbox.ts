import type { MigrationSet } from './migration-files.ts';
import { pruneInPortions } from './outbox.ts';
import type { Sql, Tx } from './store.port.ts';

/** The tables `inbox` and `parked_message`. */
export const inboxMigrations: MigrationSet = {
  owner: 'store/inbox',
  folder: new URL('../migrations/inbox/', import.meta.url),
};

/** The dedupe key of a CloudEvent. */
export interface EventKey {
  readonly source: string;
  readonly id: string;
}

const CLAIM = `
  INSERT INTO inbox (consumer, source, event_id)
  SELECT $1, k.source, k.event_id
  FROM unnest($2::text[], $3::text[]) AS k (source, event_id)
  ORDER BY k.source, k.event_id
  ON CONFLICT DO NOTHING
  RETURNING source, event_id`;

const PRUNE = `
  WITH pruned AS (
    DELETE FROM inbox WHERE (consumer, source, event_id) IN (
      SELECT consumer, source, event_id FROM inbox
      WHERE received_at < now() - make_interval(days => $1) LIMIT 10000)
    RETURNING 1
  )
  SELECT count(*) AS count FROM pruned`;

/** The inbox of the schema in use (needs {@link inboxMigrations}). */
export const inbox = {
  /**
   * Claims events for a consumer in one statement; waits for a transaction that is claiming the same.
   * The answer has the order given: true = new, false = taken before (or earlier in the same list).
   */
  async claim(tx: Tx, group: string, keys: readonly EventKey[]): Promise<boolean[]> {
    if (keys.length === 0) return [];
    const rows = await tx.query<{ source: string; event_id: string }>(CLAIM, [
      group,
      keys.map((key) => key.source),
      keys.map((key) => key.id),
    ]);
    const fresh = new Set(rows.map((row) => JSON.stringify([row.source, row.event_id])));
    return keys.map((key) => fresh.delete(JSON.stringify([key.source, key.id])));
  },

  /** Forgets claims older than `days` days; keep them longer than any bus keeps its messages. Returns how many. */
  async prune(sql: Sql, days: number): Promise<number> {
    return await pruneInPortions(sql, PRUNE, days);
  },
};
