import type { Sql, Tx } from '@ozg-hub/store';
import { type DeliveryFilter, all, conditions } from './delivery-queries.ts';
import { type RefusedReplay, type ReplayBatch, type ReplayBatchState, mostInBatch } from './replay-batch.ts';
import type { TargetKey } from './target-states.ts';

/** Batch deliveries of a target that wait to be sent, at most: a batch feeds the queue, it does not fill it. */
const MOST_QUEUED = 100;

const columns = `
  b.id, b.state, b.filter, b.reason, b.actor, b.rate, b.created_at AS "createdAt", b.ended_at AS "endedAt",
  coalesce(c.total, 0) AS total, coalesce(c.done, 0) AS done, coalesce(c.refused, 0) AS refused,
  coalesce(c.total - c.done - c.refused, 0) AS remaining`;

const counts = `
  LEFT JOIN LATERAL (SELECT sum(t.total)::integer AS total, sum(t.done)::integer AS done, sum(t.refused)::integer AS refused
    FROM replay_target t WHERE t.batch_id = b.id) c ON true`;

const visible = `($1::text[] IS NULL OR b.tenants <@ $1)`;

const LIST = `
  SELECT ${columns} FROM replay_batch b ${counts}
  WHERE ${visible} AND ($2::text IS NULL OR b.state = $2) ORDER BY b.id DESC LIMIT 100`;

const FIND = `SELECT ${columns} FROM replay_batch b ${counts} WHERE ${visible} AND b.id = $2`;

const TARGETS = `
  SELECT t.tenant, t.target, t.total, t.done, t.refused, t.total - t.done - t.refused AS remaining
  FROM replay_target t WHERE t.batch_id = $1 ORDER BY t.tenant, t.target`;

const REFUSALS = `
  SELECT i.code, count(*)::integer AS count FROM replay_item i
  WHERE i.batch_id = $1 AND i.state = 'REFUSED' GROUP BY i.code ORDER BY count(*) DESC, i.code`;

const REFUSED = `
  SELECT i.delivery_id AS "deliveryId", i.tenant, i.target, i.code FROM replay_item i
  WHERE i.batch_id = $1 AND i.state = 'REFUSED' AND ($2::uuid IS NULL OR i.delivery_id > $2)
  ORDER BY i.delivery_id LIMIT $3`;

/** Two that begin at the same time are counted one after the other. */
const ONE_AT_A_TIME = `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':replay-batch', 0))`;
const OPEN = `SELECT count(*)::integer AS count FROM replay_batch WHERE state IN ('RUNNING', 'PAUSED')`;

const INSERT = `
  INSERT INTO replay_batch (id, filter, tenants, reason, actor, rate) VALUES ($1, $2, $3, $4, $5, $6)`;

const COUNT_TARGETS = `
  INSERT INTO replay_target (batch_id, tenant, target, total)
  SELECT i.batch_id, i.tenant, i.target, count(*) FROM replay_item i WHERE i.batch_id = $1
  GROUP BY i.batch_id, i.tenant, i.target`;

const OF_TENANTS = `
  UPDATE replay_batch b SET tenants = t.tenants
  FROM (SELECT array_agg(DISTINCT t.tenant) AS tenants FROM replay_target t WHERE t.batch_id = $1) t
  WHERE b.id = $1 AND t.tenants IS NOT NULL`;

const LOCK = `
  SELECT ${columns}, b.tokens, (extract(epoch FROM now() - b.tokens_at) * 1000)::double precision AS "ageMs"
  FROM replay_batch b ${counts} WHERE ${visible} AND b.id = $2 FOR UPDATE OF b`;

const SWITCH = `
  UPDATE replay_batch SET state = $2, rate = coalesce($3, rate), tokens = least(tokens, 1), tokens_at = now(),
    ended_at = CASE WHEN $2 IN ('DONE', 'CANCELLED') THEN now() END
  WHERE id = $1`;

const BOOK = `UPDATE replay_batch SET tokens = $2, tokens_at = now() WHERE id = $1`;

/** A clock that was set back is no reason to wait. */
const RUNNING = `
  SELECT b.id, CASE WHEN b.tokens_at > now() THEN 0
    ELSE greatest(0, (1 - b.tokens) / b.rate - extract(epoch FROM now() - b.tokens_at))::double precision * 1000
    END AS "waitMs"
  FROM replay_batch b WHERE b.state = 'RUNNING' ORDER BY b.id`;

const PLACES = `
  SELECT t.tenant, t.target, ${MOST_QUEUED} - (SELECT count(*)::integer FROM (
      SELECT 1 FROM delivery d WHERE d.tenant = t.tenant AND d.target = t.target
        AND d.state = 'QUEUED' AND NOT d.lane_held AND d.trigger = 'BATCH' LIMIT ${MOST_QUEUED}) q) AS places
  FROM replay_target t WHERE t.batch_id = $1 AND t.total > t.done + t.refused ORDER BY random() LIMIT 64`;

const NEXT = `
  SELECT i.id FROM unnest($2::text[], $3::text[], $4::integer[]) AS k (tenant, target, places) CROSS JOIN LATERAL (
    SELECT i.delivery_id AS id FROM replay_item i
    WHERE i.batch_id = $1 AND i.tenant = k.tenant AND i.target = k.target AND i.state = 'WAITING'
    ORDER BY i.delivery_id LIMIT k.places) i`;

const SETTLE = `
  WITH settled AS (
    UPDATE replay_item i SET state = CASE WHEN r.code IS NULL THEN 'DONE' ELSE 'REFUSED' END, code = r.code
    FROM unnest($2::uuid[], $3::text[]) AS r (id, code)
    WHERE i.batch_id = $1 AND i.delivery_id = r.id AND i.state = 'WAITING'
    RETURNING i.tenant, i.target, i.code
  )
  UPDATE replay_target t SET done = t.done + s.done, refused = t.refused + s.refused
  FROM (SELECT tenant, target, count(*) FILTER (WHERE code IS NULL) AS done, count(code) AS refused
    FROM settled GROUP BY tenant, target) s
  WHERE t.batch_id = $1 AND t.tenant = s.tenant AND t.target = s.target`;

const PRUNE = `DELETE FROM replay_batch WHERE ended_at < now() - make_interval(days => $1)`;

/** A batch under the lock of its row: nobody else works on it or switches it until the transaction ends. */
export interface LockedBatch extends ReplayBatch {
  readonly tokens: number;
  readonly ageMs: number;
}

/** What became of one delivery of a batch; without a code it was queued again. */
export interface ReplayedItem {
  readonly id: string;
  readonly code?: string | undefined;
}

/** Batches of one service, in its schema. */
export class ReplayBatchRepository {
  async list(sql: Sql, tenants?: readonly string[], state?: ReplayBatchState): Promise<readonly ReplayBatch[]> {
    return (await sql.query(LIST, [tenants ?? null, state ?? null])).map(toBatch);
  }

  async find(sql: Sql, id: string, tenants?: readonly string[]): Promise<ReplayBatch | undefined> {
    const [row] = await sql.query(FIND, [tenants ?? null, id]);
    return row && toBatch(row);
  }

  async targets(sql: Sql, id: string) {
    return await sql.query<TargetKey & Pick<ReplayBatch, 'total' | 'done' | 'refused' | 'remaining'>>(TARGETS, [id]);
  }

  async refusals(sql: Sql, id: string): Promise<readonly { code: string; count: number }[]> {
    return await sql.query<{ code: string; count: number }>(REFUSALS, [id]);
  }

  async refused(sql: Sql, id: string, after: string | undefined, limit: number): Promise<readonly RefusedReplay[]> {
    return await sql.query<RefusedReplay & object>(REFUSED, [id, after ?? null, limit]);
  }

  /** How many are RUNNING or PAUSED; no other begins before the transaction ends. */
  async countOpen(tx: Tx): Promise<number> {
    await tx.query(ONE_AT_A_TIME);
    const [row] = await tx.query<{ count: number }>(OPEN);
    return row!.count;
  }

  /** @returns how many deliveries match; beyond {@link mostInBatch} one more at most */
  async insert(
    tx: Tx,
    batch: Pick<ReplayBatch, 'id' | 'reason' | 'actor' | 'rate'>,
    filter: DeliveryFilter,
  ): Promise<number> {
    const { id, reason, actor, rate } = batch;
    await tx.query(INSERT, [id, JSON.stringify(filter), filter.tenants ?? [], reason, actor, rate]);
    const { where, params } = conditions(filter);
    const [own, most] = [`$${params.push(id)}::uuid`, `$${params.push(mostInBatch + 1)}`];
    const [row] = await tx.query<{ count: number }>(
      `WITH item AS (
         INSERT INTO replay_item (batch_id, delivery_id, tenant, target)
         SELECT ${own}, d.id, d.tenant, d.target FROM delivery d${all(where)} LIMIT ${most} RETURNING 1
       ) SELECT count(*)::integer AS count FROM item`,
      params,
    );
    await tx.query(COUNT_TARGETS, [id]);
    await tx.query(OF_TENANTS, [id]);
    return row!.count;
  }

  async lock(tx: Tx, id: string, tenants?: readonly string[]): Promise<LockedBatch | undefined> {
    return await this.#locked(tx, LOCK, id, tenants);
  }

  /** undefined also where another process works on it. */
  async lockFree(tx: Tx, id: string): Promise<LockedBatch | undefined> {
    return await this.#locked(tx, `${LOCK} SKIP LOCKED`, id);
  }

  async switchTo(tx: Tx, id: string, state: ReplayBatchState, rate?: number): Promise<void> {
    await tx.query(SWITCH, [id, state, rate ?? null]);
  }

  async book(tx: Tx, id: string, tokens: number): Promise<void> {
    await tx.query(BOOK, [id, tokens]);
  }

  /** Those that run, and milliseconds until their rate allows one more. */
  async running(sql: Sql): Promise<readonly { readonly id: string; readonly waitMs: number }[]> {
    return await sql.query<{ id: string; waitMs: number }>(RUNNING);
  }

  /** Targets of the batch with deliveries left, and how many more their queues take from batches. */
  async places(tx: Tx, id: string): Promise<readonly (TargetKey & { readonly places: number })[]> {
    return await tx.query<TargetKey & { places: number }>(PLACES, [id]);
  }

  /** The oldest left of each target. */
  async next(tx: Tx, id: string, wanted: readonly (TargetKey & { readonly places: number })[]): Promise<string[]> {
    const rows = await tx.query<{ id: string }>(NEXT, [
      id,
      wanted.map(({ tenant }) => tenant),
      wanted.map(({ target }) => target),
      wanted.map(({ places }) => places),
    ]);
    return rows.map((row) => row.id);
  }

  async settle(tx: Tx, id: string, items: readonly ReplayedItem[]): Promise<void> {
    if (items.length === 0) return;
    await tx.query(SETTLE, [id, items.map((item) => item.id), items.map(({ code }) => code ?? null)]);
  }

  /** Forgets batches that ended so many days ago. */
  async prune(sql: Sql, days: number): Promise<void> {
    await sql.query(PRUNE, [days]);
  }

  async #locked(tx: Tx, text: string, id: string, tenants?: readonly string[]): Promise<LockedBatch | undefined> {
    const [row] = await tx.query<{ tokens: number; ageMs: number }>(text, [tenants ?? null, id]);
    return row && { ...toBatch(row), tokens: row.tokens, ageMs: row.ageMs };
  }
}

function toBatch(row: object): ReplayBatch {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as ReplayBatch;
}
