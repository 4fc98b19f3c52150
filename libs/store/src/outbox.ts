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

/** The age is asked of each row as it is when its turn comes: it may have been marked unpublished meanwhile. */
const PRUNE = `
  WITH noted AS (
    UPDATE outbox_pruned SET until = greatest(until, now() - make_interval(days => $1))
    WHERE EXISTS (SELECT FROM outbox WHERE published_at < now() - make_interval(days => $1))
    RETURNING 1
  ), pruned AS (
    DELETE FROM outbox WHERE EXISTS (SELECT FROM noted) AND published_at < now() - make_interval(days => $1)
      AND position IN (SELECT position FROM outbox WHERE published_at < now() - make_interval(days => $1) LIMIT 10000)
    RETURNING 1
  )
  SELECT count(*) AS count FROM pruned`;

const PORTION = 10_000;

const UNPUBLISH = `
  WITH unpublished AS (
    UPDATE outbox SET published_at = NULL
    WHERE published_at >= $1 AND position IN (
      SELECT position FROM outbox WHERE published_at >= $1 AND position > $2 ORDER BY position LIMIT ${PORTION})
    RETURNING position
  )
  SELECT count(*) AS count, max(position) AS last FROM unpublished`;

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

  /**
   * The time until which published rows may have been pruned; undefined: none ever was. Nothing is pruned from here to the
   * end of the transaction.
   */
  async prunedUntil(tx: Tx): Promise<Date | undefined> {
    const [row] = await tx.query<{ until: Date | null }>('SELECT until FROM outbox_pruned FOR UPDATE');
    return row!.until ?? undefined;
  },

  /**
   * Has the relay publish again, in the order of the outbox, what was published at this time or later; marked in portions
   * of 10,000 rows. Returns how many, and the position of the last one (0: none).
   */
  async unpublish(tx: Tx, since: Date): Promise<{ readonly count: number; readonly last: number }> {
    let [total, last] = [0, 0];
    for (let size = PORTION; size === PORTION;) {
      const [row] = await tx.query<{ count: number; last: number | null }>(UNPUBLISH, [since, last]);
      size = row!.count;
      total += size;
      last = row!.last ?? last;
    }
    if (total > 0) tx.notify(outboxChannel(tx.schema));
    return { count: total, last };
  },

  /** How many rows wait to be published, up to a position where one is given. */
  async waiting(sql: Sql, through?: number): Promise<number> {
    const [row] = await sql.query<{ count: number }>(
      'SELECT count(*) AS count FROM outbox WHERE published_at IS NULL AND ($1::bigint IS NULL OR position <= $1)',
      [through ?? null],
    );
    return row!.count;
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
