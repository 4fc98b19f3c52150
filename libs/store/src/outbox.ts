import type { MigrationSet } from './migration-files.ts';
import type { Sql, Tx } from './store.port.ts';

export const outboxMigrations: MigrationSet = {
  owner: 'store/outbox',
  folder: new URL('../migrations/outbox/', import.meta.url),
};

/** An encoded event on its way to the bus. */
export interface OutboxRecord {
  /** UUID; the same record twice fails the transaction. */
  readonly id: string;
  readonly topic: string;
  /** Records of one key keep the order in which they were appended. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer;
}

const APPEND = `
  INSERT INTO outbox (id, topic, key, headers, value)
  SELECT r.id, r.topic, r.key, r.headers, r.value
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::bytea[])
       WITH ORDINALITY AS r (id, topic, key, headers, value, n)
  ORDER BY r.n`;

const PRUNE = `
  WITH pruned AS (
    DELETE FROM outbox WHERE position IN (
      SELECT position FROM outbox WHERE published_at < now() - make_interval(days => $1) LIMIT 10000)
    RETURNING 1
  )
  SELECT count(*) AS count FROM pruned`;

/** The outbox of the schema in use (needs {@link outboxMigrations}). */
export const outbox = {
  /** Appends in the order given, in one statement; wakes the channel {@link outboxChannel} after the commit. */
  async append(tx: Tx, records: readonly OutboxRecord[]): Promise<void> {
    if (records.length === 0) return;
    await tx.query(APPEND, [
      records.map((record) => record.id),
      records.map((record) => record.topic),
      records.map((record) => record.key),
      records.map((record) => JSON.stringify(record.headers)),
      records.map((record) => record.value),
    ]);
    tx.notify(outboxChannel(tx.schema));
  },

  /** Deletes what was published more than `days` days ago, in portions; never what waits. Returns how many. */
  async prune(sql: Sql, days: number): Promise<number> {
    return await pruneInPortions(sql, PRUNE, days);
  },
};

/** The channel on which {@link outbox.append} wakes the relay. */
export function outboxChannel(schema: string): string {
  return `outbox_${schema}`;
}

/** Repeats a deleting statement of 10,000 rows at most until nothing is left. */
export async function pruneInPortions(sql: Sql, statement: string, days: number): Promise<number> {
  let total = 0;
  for (;;) {
    const [row] = await sql.query<{ count: number }>(statement, [days]);
    total += row!.count;
    if (row!.count < 10_000) return total;
  }
}
