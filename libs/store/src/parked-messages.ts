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

/** What may be shown of a parked message: neither its bytes nor its headers, which are whatever somebody published. */
export interface ParkedSummary extends Omit<ParkedMessage, 'key' | 'headers' | 'value' | 'consumer'> {
  /** Of its value. */
  readonly bytes: number;
  /** Of its value, hexadecimal. */
  readonly sha256: string;
  readonly parkedAt: Date;
  readonly resolvedAt: Date | null;
  /** Tenant and event as the message itself says, where they look like what they should be. */
  readonly claimedTenant: string | null;
  readonly claimedEvent: string | null;
}

const PARK = `
  INSERT INTO parked_message
    (id, consumer, topic, partition, position, key, headers, value, code, detail, attempts)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

const COLUMNS = `id, consumer, topic, partition, position, key, headers, value, code, detail, attempts,
  parked_at AS "parkedAt", resolved_at AS "resolvedAt"`;

const SUMMARY = `
  SELECT id, topic, partition, position, code, detail, attempts, parked_at AS "parkedAt", resolved_at AS "resolvedAt",
    octet_length(value) AS bytes, encode(sha256(value), 'hex') AS sha256,
    substring(key FROM '^([a-z0-9-]{3,40}):') AS "claimedTenant",
    substring(headers ->> 'ce_id' FROM '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$') AS "claimedEvent"
  FROM parked_message WHERE consumer = $1`;

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

  /** Summaries of those that nobody has resolved, in the order of their ids, from the one that follows `after`. */
  async summaries(
    sql: Sql,
    consumer: string,
    { after, limit = 100 }: { readonly after?: string | undefined; readonly limit?: number | undefined },
  ): Promise<ParkedSummary[]> {
    return await sql.query<ParkedSummary>(
      `${SUMMARY} AND resolved_at IS NULL AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
      [consumer, after ?? null, limit],
    );
  },

  /** Resolved or not; undefined where the consumer has no such message. */
  async summary(sql: Sql, consumer: string, id: string): Promise<ParkedSummary | undefined> {
    const [found] = await sql.query<ParkedSummary>(`${SUMMARY} AND id = $2`, [consumer, id]);
    return found;
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
