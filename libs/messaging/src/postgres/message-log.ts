import type { Sql } from '@ozg-hub/store';
import type { BusRecord, GroupLag, ReceivedRecord, TopicDeclaration } from '../bus.port.ts';

/** Most bytes of values in one batch; a batch has at least one message. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

const PUBLISH = `
  WITH incoming AS MATERIALIZED (
    SELECT r.*, (('x' || left(md5(r.key), 8))::bit(32)::bigint % t.partitions)::int AS number
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::bytea[])
         WITH ORDINALITY AS r (id, topic, key, headers, value, n)
    JOIN topic t ON t.name = r.topic
  ), wanted AS (
    SELECT topic, number, count(*) AS messages FROM incoming GROUP BY topic, number
  ), locked AS MATERIALIZED (
    SELECT p.id, p.topic, p.number, w.messages
    FROM partition p JOIN wanted w ON w.topic = p.topic AND w.number = p.number
    ORDER BY p.id
    FOR UPDATE OF p
  ), assigned AS (
    UPDATE partition p SET next_position = p.next_position + l.messages
    FROM locked l WHERE p.id = l.id
    RETURNING p.id, p.topic, p.number, p.next_position - l.messages AS first_position
  ), appended AS (
    INSERT INTO message (partition_id, position, id, key, headers, value)
    SELECT a.id, a.first_position + row_number() OVER (PARTITION BY a.id ORDER BY i.n) - 1, i.id, i.key, i.headers, i.value
    FROM incoming i JOIN assigned a ON a.topic = i.topic AND a.number = i.number
    RETURNING 1
  )
  SELECT count(*) AS count FROM appended`;

const CLAIM = `
  WITH claimed AS MATERIALIZED (
    SELECT o.partition_id, o.next_position, p.topic, p.number, p.next_position AS "end"
    FROM consumer_offset o JOIN partition p ON p.id = o.partition_id
    WHERE o.consumer_group = $1 AND p.topic = ANY ($2::text[]) AND p.id <> ALL ($3::int[])
      AND p.next_position > o.next_position
    ORDER BY o.committed_at
    LIMIT 1
    FOR UPDATE OF o SKIP LOCKED
  )
  SELECT c.partition_id AS "partitionId", c.topic, c.number AS partition, b.position, b.id, b.key, b.headers, b.value,
         c."end", EXISTS (
           SELECT FROM consumer_offset o JOIN partition p ON p.id = o.partition_id
           WHERE o.consumer_group = $1 AND p.topic = ANY ($2::text[]) AND p.id <> ALL ($3::int[])
             AND p.next_position > o.next_position AND p.id <> c.partition_id) AS others
  FROM claimed c CROSS JOIN LATERAL (
    SELECT w.*, sum(octet_length(w.value)) OVER (ORDER BY w.position) - octet_length(w.value) AS bytes_before
    FROM (
      SELECT m.* FROM message m
      WHERE m.partition_id = c.partition_id AND m.position >= c.next_position
      ORDER BY m.position LIMIT $4
    ) w
  ) b
  WHERE b.bytes_before < ${MAX_BATCH_BYTES}
  ORDER BY b.position`;

/** Without waiting for the disk: an offset lost in a crash of the server only means a second delivery. */
const COMMIT = `
  UPDATE consumer_offset SET next_position = $3, committed_at = clock_timestamp()
  WHERE consumer_group = $1 AND partition_id = $2
  RETURNING set_config('synchronous_commit', 'off', true)`;

const REGISTER = `
  INSERT INTO consumer_offset (consumer_group, partition_id, next_position)
  SELECT $1, p.id, coalesce((SELECT min(m.position) FROM message m WHERE m.partition_id = p.id), p.next_position)
  FROM partition p WHERE p.topic = ANY ($2::text[])
  ORDER BY p.id
  ON CONFLICT DO NOTHING`;

const LAG = `
  SELECT p.topic, p.number AS partition, o.next_position::text AS position,
         p.next_position - o.next_position AS messages, o.committed_at AS "committedAt",
         (SELECT m.published_at FROM message m
          WHERE m.partition_id = p.id AND m.position >= o.next_position
          ORDER BY m.position LIMIT 1) AS "oldestAt"
  FROM consumer_offset o JOIN partition p ON p.id = o.partition_id
  WHERE o.consumer_group = $1
  ORDER BY p.topic, p.number`;

const DECLARE = `
  WITH wanted AS (
    SELECT * FROM unnest($1::text[], $2::int[], $3::int[]) AS w (name, partitions, retention_days)
  ), added AS (
    INSERT INTO topic (name, partitions, retention_days) SELECT * FROM wanted ORDER BY name
    ON CONFLICT DO NOTHING
    RETURNING name, partitions
  )
  INSERT INTO partition (topic, number)
  SELECT a.name, n FROM added a, generate_series(0, a.partitions - 1) AS n ORDER BY a.name, n`;

const SLOWEST = `
  SELECT p.id, p.topic, p.number AS partition, t.retention_days AS "retentionDays",
         coalesce(s.next_position, p.next_position) AS "before", s.consumer_group AS "group",
         s.next_position IS NOT NULL AND EXISTS (
           SELECT FROM message m WHERE m.partition_id = p.id AND m.position = s.next_position
             AND m.published_at < now() - make_interval(days => t.retention_days)) AS late
  FROM partition p
  JOIN topic t ON t.name = p.topic
  LEFT JOIN LATERAL (
    SELECT o.consumer_group, o.next_position FROM consumer_offset o
    WHERE o.partition_id = p.id ORDER BY o.next_position LIMIT 1
  ) s ON true
  ORDER BY p.id`;

const PRUNE = `
  WITH pruned AS (
    DELETE FROM message WHERE partition_id = $1 AND position IN (
      SELECT m.position FROM message m
      WHERE m.partition_id = $1 AND m.position < $2 AND m.published_at < now() - make_interval(days => $3)
      ORDER BY m.position LIMIT $4)
    RETURNING 1
  )
  SELECT count(*) AS count FROM pruned`;

export interface ClaimedBatch {
  readonly partitionId: number;
  /** The position after the last message. */
  readonly next: number;
  readonly records: readonly ReceivedRecord[];
  /** The group has more messages, in this partition or another one. */
  readonly more: boolean;
}

export interface KeptTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly retentionDays: number;
}

/** Up to where a partition may be pruned, and the group that is furthest behind. */
export interface SlowestGroup {
  readonly id: number;
  readonly topic: string;
  readonly partition: number;
  readonly retentionDays: number;
  readonly before: number;
  readonly group: string | null;
  /** The group has not read a message whose retention is over. */
  readonly late: boolean;
}

interface MessageRow extends Omit<ReceivedRecord, 'position'> {
  readonly partitionId: number;
  readonly position: number;
  /** Where the next message of the partition will stand. */
  readonly end: number;
  /** Other partitions have messages, too. */
  readonly others: boolean;
}

/** The statements of the log in schema `bus`. */
export const messageLog = {
  /**
   * Appends in one statement. The rows of the partitions stay locked until the transaction ends, so that a position
   * becomes visible only after all lower ones of its partition. Returns how many were appended: topics must exist.
   */
  async append(sql: Sql, records: readonly BusRecord[]): Promise<number> {
    const [row] = await sql.query<{ count: number }>(PUBLISH, [
      records.map(({ id }) => id),
      records.map(({ topic }) => topic),
      records.map(({ key }) => key),
      records.map(({ headers }) => JSON.stringify(headers)),
      records.map(({ value }) => value),
    ]);
    return row!.count;
  },

  /**
   * Locks, until the transaction ends, the least recently served partition that has messages for the group and that
   * nobody works on, and reads from it; undefined where there is none.
   */
  async claim(
    sql: Sql,
    group: string,
    topics: readonly string[],
    waiting: readonly number[],
    maxBatch: number,
  ): Promise<ClaimedBatch | undefined> {
    const rows = await sql.query<MessageRow>(CLAIM, [group, topics, waiting, maxBatch]);
    const last = rows.at(-1);
    if (!last) return undefined;
    const records = rows.map(({ id, topic, partition, position, key, headers, value }) => {
      return { id, topic, partition, position: String(position), key, headers, value };
    });
    const next = last.position + 1;
    return { partitionId: last.partitionId, next, records, more: last.others || next < last.end };
  },

  async commit(sql: Sql, group: string, batch: ClaimedBatch): Promise<void> {
    await sql.query(COMMIT, [group, batch.partitionId, batch.next]);
  },

  /** A group that is new begins at the earliest message kept. */
  async register(sql: Sql, group: string, topics: readonly string[]): Promise<void> {
    await sql.query(REGISTER, [group, topics]);
  },

  async forget(sql: Sql, group: string): Promise<void> {
    await sql.query('DELETE FROM consumer_offset WHERE consumer_group = $1', [group]);
  },

  async lag(sql: Sql, group: string): Promise<readonly GroupLag[]> {
    const rows = await sql.query<GroupLag & { oldestAt: Date | null }>(LAG, [group]);
    return rows.map(({ oldestAt, ...lag }) => (oldestAt ? { ...lag, oldestAt } : lag));
  },

  /** Adds topics that are missing and leaves the others as they are. */
  async declare(sql: Sql, topics: readonly TopicDeclaration[]): Promise<void> {
    await sql.query(DECLARE, [
      topics.map(({ topic }) => topic),
      topics.map(({ partitions }) => partitions),
      topics.map(({ retentionDays }) => retentionDays),
    ]);
  },

  async topics(sql: Sql, names: readonly string[]): Promise<readonly KeptTopic[]> {
    return await sql.query<KeptTopic>(
      'SELECT name AS topic, partitions, retention_days AS "retentionDays" FROM topic WHERE name = ANY ($1::text[])',
      [names],
    );
  },

  async slowestGroups(sql: Sql): Promise<readonly SlowestGroup[]> {
    return await sql.query<SlowestGroup>(SLOWEST, []);
  },

  /** Deletes read messages whose retention is over, in portions. Returns how many. */
  async prune(sql: Sql, { id, before, retentionDays }: SlowestGroup, portion = 5_000): Promise<number> {
    for (let total = 0; ;) {
      const [row] = await sql.query<{ count: number }>(PRUNE, [id, before, retentionDays, portion]);
      total += row!.count;
      if (row!.count < portion) return total;
    }
  },
};
