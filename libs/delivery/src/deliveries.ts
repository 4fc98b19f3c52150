import { newId } from '@ozg-hub/core';
import type { Sql, Tx } from '@ozg-hub/store';
import { ChangeRecorder, type RecorderOptions } from './change-recorder.ts';
import type { Delivery, NewDelivery } from './delivery.ts';
import { deliveryColumns, toDelivery } from './delivery-row.ts';
import { laneHoldingStates } from './transition.ts';

const PLACE = `coalesce(wanted.place, (SELECT b.position FROM delivery b WHERE b.id = wanted."placeOf"))`;

/** @param inPlace true: each row takes a place in its lane that is there already */
const queueText = (inPlace: boolean) => `
  WITH wanted AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS w (n integer, id uuid, "naturalKey" text, "submissionId" uuid,
      tenant text, purpose text, target text, lane text, "awaitsResult" boolean, reference jsonb,
      traceparent text, "exchangeId" uuid, supersedes uuid, "placeOf" uuid, place bigint)
  ), d AS (
    INSERT INTO delivery (id, natural_key, submission_id, tenant, purpose, target, lane, awaits_result, reference, state,
      next_at, exchange_id, supersedes, traceparent${inPlace ? ', position) OVERRIDING SYSTEM VALUE' : ')'}
    SELECT id, "naturalKey", "submissionId", tenant, purpose, target, lane, coalesce("awaitsResult", false), reference,
      'QUEUED', now(), "exchangeId", supersedes, traceparent${inPlace ? `, ${PLACE}` : ''}
    FROM wanted ORDER BY n
    ON CONFLICT (natural_key) DO NOTHING
    RETURNING *
  ), opened AS (
    INSERT INTO exchange (id, delivery_id, number) SELECT exchange_id, id, 1 FROM d
  ), known AS (
    INSERT INTO target_state (tenant, target)
    SELECT DISTINCT tenant, target FROM wanted w
    WHERE NOT EXISTS (SELECT 1 FROM target_state t WHERE t.tenant = w.tenant AND t.target = w.target)
    ORDER BY tenant, target
    ON CONFLICT DO NOTHING
  )
  SELECT ${deliveryColumns} FROM d`;

const QUEUE = queueText(false);
const QUEUE_IN_PLACE = queueText(true);

/** Places are compared within a lane only, so one less than the first is free. */
const AHEAD = `
  SELECT w.n, min(d.position) - 1 AS place
  FROM jsonb_to_recordset($1::jsonb) AS w (n integer, tenant text, target text, lane text)
  JOIN delivery d ON d.tenant = w.tenant AND d.target = w.target AND d.lane = w.lane
    AND d.state IN (${laneHoldingStates.map((state) => `'${state}'`).join(', ')})
  GROUP BY w.n`;

const OF_SUBMISSIONS = `
  SELECT ${deliveryColumns} FROM delivery d WHERE d.submission_id = ANY($1::uuid[]) ORDER BY d.id`;

const BY_KEY = `SELECT ${deliveryColumns} FROM delivery d WHERE d.natural_key = $1`;

const FIND = `SELECT ${deliveryColumns} FROM delivery d WHERE d.id = $1`;

/** A new delivery, and the one that it replaces. */
export interface QueuedDelivery extends NewDelivery {
  readonly supersedes?: string;
}

/** Deliveries of one service, in its schema. */
export class Deliveries {
  readonly #recorder: ChangeRecorder;

  constructor(options: RecorderOptions) {
    this.#recorder = new ChangeRecorder(options);
  }

  /**
   * Queues in one go, in the caller's transaction; the engine wakes at its commit.
   * One whose natural key is known already is left as it is.
   * @returns the new ones
   */
  async queue(tx: Tx, wanted: readonly QueuedDelivery[]): Promise<readonly Delivery[]> {
    if (wanted.length === 0) return [];
    const ahead = await this.#ahead(tx, wanted);
    const rows = wanted.map((delivery, n) => ({
      n,
      ...delivery,
      place: ahead.get(n),
      id: delivery.id ?? newId(),
      naturalKey: delivery.naturalKey ?? `${delivery.submissionId}:${delivery.purpose}:${delivery.target}`,
      exchangeId: newId(),
    }));
    const hasPlace = ({ place, placeOf }: (typeof rows)[number]) => place !== undefined || placeOf !== undefined;
    const [placed, others] = [rows.filter(hasPlace), rows.filter((row) => !hasPlace(row))];
    const queued = [
      ...(others.length > 0 ? await tx.query(QUEUE, [JSON.stringify(others)]) : []),
      ...(placed.length > 0 ? await tx.query(QUEUE_IN_PLACE, [JSON.stringify(placed)]) : []),
    ].map(toDelivery);
    if (queued.length === 0) return [];
    const changes = queued.map((delivery) => ({ from: undefined, delivery, at: delivery.createdAt }));
    await this.#recorder.audit(tx, changes, 'delivery.queued', wanted[0]?.actor);
    await this.#recorder.publish(tx, changes);
    tx.notify(engineChannel(tx.schema));
    return queued;
  }

  /** Places ahead of those that came before what opens their case, by its number. */
  async #ahead(tx: Tx, wanted: readonly QueuedDelivery[]): Promise<ReadonlyMap<number, number>> {
    const opening = wanted.flatMap(({ opensLane, tenant, target, lane }, n) =>
      opensLane ? [{ n, tenant, target, lane }] : [],
    );
    if (opening.length === 0) return new Map();
    const rows = await tx.query<{ n: number; place: number }>(AHEAD, [JSON.stringify(opening)]);
    return new Map(rows.map(({ n, place }) => [n, place]));
  }

  async find(sql: Sql, id: string): Promise<Delivery | undefined> {
    const [row] = await sql.query(FIND, [id]);
    return row && toDelivery(row);
  }

  /** The delivery that was queued under this key; after it came to an end and was pruned, none. */
  async findByKey(sql: Sql, naturalKey: string): Promise<Delivery | undefined> {
    const [row] = await sql.query(BY_KEY, [naturalKey]);
    return row && toDelivery(row);
  }

  async ofSubmissions(sql: Sql, submissionIds: readonly string[]): Promise<readonly Delivery[]> {
    return (await sql.query(OF_SUBMISSIONS, [submissionIds])).map(toDelivery);
  }
}

/** The channel on which a transaction wakes the engines of its schema, in every process. */
export function engineChannel(schema: string): string {
  return `delivery_${schema}`;
}
