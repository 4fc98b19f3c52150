import type { Sql } from './store.port.ts';

/** A message of the bus that a consumer gave up on, with its bytes and headers as they came. */
export interface ParkedMessage {
  readonly id: string;
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly position: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer;
  /** Stable code of the error. */
  readonly code: string;
  /** Quotes no value of the message. */
  readonly detail?: string | undefined;
  readonly attempts: number;
}

export type StoredParkedMessage = ParkedMessage & { readonly parkedAt: Date; readonly resolvedAt: Date | null };

const PARK = `
  INSERT INTO parked_message
    (id, consumer, topic, partition, position, key, headers, value, code, detail, attempts)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

const COLUMNS = `id, consumer, topic, partition, position, key, headers, value, code, detail, attempts,
  parked_at AS "parkedAt", resolved_at AS "resolvedAt"`;

/** Dead letters of the schema in use (needs `inboxMigrations`). */
export const parkedMessages = {
  async park(sql: Sql, message: ParkedMessage): Promise<void> {
    await sql.query(PARK, [
      message.id,
      message.consumer,
      message.topic,
      message.partition,
      message.position,
      message.key,
      message.headers,
      message.value,
      message.code,
      message.detail,
      message.attempts,
    ]);
  },

  /** Those that nobody has resolved, oldest first. */
  async open(sql: Sql, limit = 100): Promise<StoredParkedMessage[]> {
    return await sql.query<StoredParkedMessage>(
      `SELECT ${COLUMNS} FROM parked_message WHERE resolved_at IS NULL ORDER BY parked_at, id LIMIT $1`,
      [limit],
    );
  },

  async countOpen(sql: Sql): Promise<number> {
    const [row] = await sql.query<{ count: number }>(
      'SELECT count(*) AS count FROM parked_message WHERE resolved_at IS NULL',
    );
    return row!.count;
  },

  /** False where it is unknown or was resolved before. */
  async resolve(sql: Sql, id: string): Promise<boolean> {
    const rows = await sql.query(
      'UPDATE parked_message SET resolved_at = now() WHERE id = $1 AND resolved_at IS NULL RETURNING id',
      [id],
    );
    return rows.length === 1;
  },
};
