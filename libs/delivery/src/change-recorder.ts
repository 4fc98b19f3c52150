import { type EncodedEvent, deliveryChanged, encodeEvent } from '@ozg-hub/events';
import { parseTraceparent } from '@ozg-hub/core';
import { type Tx, outbox } from '@ozg-hub/store';
import type { Attempt, Delivery, DeliveryChange, TargetAnswer } from './delivery.ts';
import { type AuditValue, Trail } from './trail.ts';
import { type DeliveryEvent, mayReleaseLane, transition } from './transition.ts';

/** Further events of a service about a change, e.g. `records.filed` when a delivery is CONFIRMED. */
export type Announce = (change: DeliveryChange) => readonly EncodedEvent[];

/** What a service writes of its own when deliveries change their state, in the transaction of the change. */
export type Recorded = (tx: Tx, changes: readonly DeliveryChange[]) => Promise<void>;

/** Fields that a change may set; `undefined` clears. */
export type DeliveryPatch = Partial<
  Pick<
    Delivery,
    | 'reference'
    | 'dueAt'
    | 'overdue'
    | 'failures'
    | 'budgetMark'
    | 'budgetUsedMs'
    | 'trigger'
    | 'exchangeId'
    | 'exchangeNumber'
    | 'code'
    | 'textKey'
    | 'fingerprint'
    | 'aktenzeichen'
    | 'objectId'
    | 'supersededBy'
  >
>;

export interface StateChange {
  /** As read under its lock or lease; its fence must still hold. */
  readonly before: Delivery;
  /** Checked against the transition table; undefined for changes within a state. */
  readonly event: DeliveryEvent | undefined;
  readonly set?: DeliveryPatch;
  /** Milliseconds from now to the next try or probe; undefined: none by itself. */
  readonly nextInMs?: number | undefined;
  readonly actor: string;
  /** Kind of the audit row, e.g. `delivery.parked`. */
  readonly kind: string;
  readonly details?: Readonly<Record<string, AuditValue>>;
  /** What the target said of single objects; handed to {@link Recorded}. */
  readonly answer?: TargetAnswer | undefined;
  /** Emits `delivery.changed` although the state stays. */
  readonly announceAnyway?: boolean;
}

export interface RecorderOptions {
  /** Name of the service, the source of its events and the actor of its own changes. */
  readonly service: string;
  readonly announce?: Announce | undefined;
  readonly recorded?: Recorded | undefined;
}

const UPDATE = `
  UPDATE delivery d SET
    state = c.state, sequence = c.sequence, fence = d.fence + 1, lease_until = NULL,
    next_at = now() + c."nextInMs" * interval '1 millisecond', due_at = c."dueAt", overdue = c.overdue,
    failures = c.failures, budget_mark = c."budgetMark", budget_used_ms = c."budgetUsedMs", trigger = c.trigger,
    exchange_id = c."exchangeId", exchange_number = c."exchangeNumber", code = c.code, text_key = c."textKey",
    fingerprint = c.fingerprint, aktenzeichen = c.aktenzeichen, object_id = c."objectId", reference = c.reference,
    superseded_by = c."supersededBy", updated_at = now()
  FROM jsonb_to_recordset($1::jsonb) AS c (id uuid, "oldFence" integer, state text, sequence integer,
    "nextInMs" double precision, "dueAt" timestamptz, overdue boolean, failures integer, "budgetMark" double precision,
    "budgetUsedMs" double precision, trigger text, "exchangeId" uuid, "exchangeNumber" integer, code text,
    "textKey" text, fingerprint text, aktenzeichen text, "objectId" text, reference jsonb, "supersededBy" uuid)
  WHERE d.id = c.id AND d.fence = c."oldFence"
  RETURNING d.id, d.next_at AS "nextAt", now() AS at`;

const OPEN_EXCHANGES = `
  INSERT INTO exchange (id, delivery_id, number)
  SELECT e.id, e."deliveryId", e.number
  FROM jsonb_to_recordset($1::jsonb) AS e (id uuid, "deliveryId" uuid, number integer)`;

const RELEASE_LANES = `
  UPDATE delivery SET lane_held = false
  FROM unnest($1::text[], $2::text[], $3::text[]) AS l (tenant, target, lane)
  WHERE delivery.lane_held AND delivery.tenant = l.tenant AND delivery.target = l.target AND delivery.lane = l.lane`;

const ATTEMPTS = `
  INSERT INTO attempt (id, delivery_id, exchange_id, trigger, fence, started_at, duration_ms, class, code, status,
    excerpt, actor, fenced)
  SELECT a.id, a."deliveryId", a."exchangeId", a.trigger, a.fence, a."startedAt", a."durationMs", a.class, a.code,
    a.status, a.excerpt, a.actor, a.fenced
  FROM jsonb_to_recordset($1::jsonb) AS a (id uuid, "deliveryId" uuid, "exchangeId" uuid, trigger text, fence integer,
    "startedAt" timestamptz, "durationMs" integer, class text, code text, status text, excerpt text, actor text,
    fenced boolean)
  ON CONFLICT (id) DO NOTHING`;

/** Every change of state goes through here: delivery, exchange, trail and outbox in the caller's transaction. */
export class ChangeRecorder {
  readonly service: string;
  readonly #announce: Announce | undefined;
  readonly #recorded: Recorded | undefined;
  readonly #trail = new Trail();

  constructor(options: RecorderOptions) {
    this.service = options.service;
    this.#announce = options.announce;
    this.#recorded = options.recorded;
  }

  /**
   * Records changes of different deliveries, set-based.
   * @returns the recorded ones by delivery id; one whose fence did not hold is missing and had no effect
   * @throws as {@link transition}, before anything is written
   */
  async record(tx: Tx, changes: readonly StateChange[]): Promise<ReadonlyMap<string, DeliveryChange>> {
    if (changes.length === 0) return new Map();
    const planned = changes.map((change) => ({ change, after: next(change) }));
    const rows = planned.map(({ change, after }) => ({
      ...after,
      oldFence: change.before.fence,
      nextInMs: change.nextInMs,
    }));
    const updated = await tx.query<{ id: string; at: Date; nextAt: Date | null }>(UPDATE, [JSON.stringify(rows)]);
    const byId = new Map(updated.map((row) => [row.id, row]));
    const done = planned.flatMap(({ change, after }) => {
      const row = byId.get(after.id);
      if (!row) return [];
      const delivery: Delivery = { ...after, nextAt: row.nextAt ?? undefined, updatedAt: row.at };
      const { before, answer } = change;
      return [{ change, result: { from: before.state, delivery, at: row.at, answer } satisfies DeliveryChange }];
    });
    await this.#openExchanges(tx, done);
    await this.releaseLanes(
      tx,
      done
        .filter(({ result }) => mayReleaseLane(result.from, result.delivery.state))
        .map(({ result }) => result.delivery),
    );
    await this.#trail.append(
      tx,
      done.map(({ change, result }) => auditRow(result.delivery, change)),
    );
    const moved = done.filter(({ result }) => result.from !== result.delivery.state).map(({ result }) => result);
    if (moved.length > 0) await this.#recorded?.(tx, moved);
    await this.publish(
      tx,
      done
        .filter(({ change, result }) => change.announceAnyway || result.from !== result.delivery.state)
        .map(({ result }) => result),
    );
    return new Map(done.map(({ result }) => [result.delivery.id, result]));
  }

  /** Emits `delivery.changed`, and what the service adds, for changes written elsewhere (queueing, claims). */
  async publish(tx: Tx, changes: readonly DeliveryChange[]): Promise<void> {
    const events = changes.flatMap((change) => [this.#changed(change), ...(this.#announce?.(change) ?? [])]);
    await outbox.append(tx, events);
  }

  async audit(tx: Tx, changes: readonly DeliveryChange[], kind: string, actor = this.service): Promise<void> {
    await this.#trail.append(
      tx,
      changes.map(({ delivery }) => auditRow(delivery, { kind, actor })),
    );
  }

  /** An audit row about a delivery that stays as it is. */
  async note(tx: Tx, delivery: Delivery, note: Pick<StateChange, 'kind' | 'actor' | 'details'>): Promise<void> {
    await this.#trail.append(tx, [auditRow(delivery, note)]);
  }

  /** Lets the deliveries that were seen waiting in these lanes be looked at again. */
  async releaseLanes(tx: Tx, lanes: readonly Pick<Delivery, 'tenant' | 'target' | 'lane'>[]): Promise<void> {
    if (lanes.length === 0) return;
    const columns = (name: 'tenant' | 'target' | 'lane') => lanes.map((lane) => lane[name]);
    await tx.query(RELEASE_LANES, [columns('tenant'), columns('target'), columns('lane')]);
  }

  async attempts(tx: Tx, attempts: readonly Attempt[]): Promise<void> {
    if (attempts.length > 0) await tx.query(ATTEMPTS, [JSON.stringify(attempts)]);
  }

  async #openExchanges(tx: Tx, done: readonly { change: StateChange; result: DeliveryChange }[]): Promise<void> {
    const opened = done
      .filter(({ change, result }) => change.before.exchangeId !== result.delivery.exchangeId)
      .map(({ result: { delivery } }) => ({
        id: delivery.exchangeId,
        deliveryId: delivery.id,
        number: delivery.exchangeNumber,
      }));
    if (opened.length > 0) await tx.query(OPEN_EXCHANGES, [JSON.stringify(opened)]);
  }

  #changed({ delivery, at }: DeliveryChange): EncodedEvent {
    return encodeEvent(
      deliveryChanged,
      {
        deliveryId: delivery.id,
        submissionId: delivery.submissionId,
        tenant: delivery.tenant,
        service: this.service,
        purpose: delivery.purpose,
        target: delivery.target,
        state: delivery.state,
        sequence: delivery.sequence,
        at: at.toISOString(),
        dueAt: delivery.dueAt?.toISOString(),
        code: delivery.code,
        fingerprint: delivery.fingerprint,
        aktenzeichen: delivery.aktenzeichen,
      },
      {
        source: `/ozg-hub/${this.service}`,
        at,
        sequence: delivery.sequence,
        trace: parseTraceparent(delivery.traceparent),
      },
    );
  }
}

function next({ before, event, set, announceAnyway }: StateChange): Delivery {
  const state = event ? transition(before.state, event) : before.state;
  const moved = announceAnyway || state !== before.state;
  return {
    ...before,
    // what belongs to the state that is left; `set` gives it anew where the next state has it
    ...(state === before.state ? {} : { dueAt: undefined, overdue: false }),
    ...set,
    state,
    sequence: before.sequence + (moved ? 1 : 0),
    fence: before.fence + 1,
    leaseUntil: undefined,
  };
}

function auditRow(delivery: Delivery, change: Pick<StateChange, 'kind' | 'actor' | 'details'>) {
  return {
    tenant: delivery.tenant,
    kind: change.kind,
    subject: { delivery: delivery.id, submission: delivery.submissionId, exchange: delivery.exchangeId },
    actor: change.actor,
    state: delivery.state,
    code: delivery.code,
    details: { target: delivery.target, sequence: delivery.sequence, ...change.details },
  };
}
