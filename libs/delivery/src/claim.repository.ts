import type { Store, Tx } from '@ozg-hub/store';
import type { ChangeRecorder } from './change-recorder.ts';
import type { Delivery, DeliveryTrigger } from './delivery.ts';
import { deliveryColumns, toDelivery } from './delivery-row.ts';
import { refill, share } from './rate.ts';
import type { Json, TargetSettings } from './target-adapter.port.ts';
import { type TargetKey, updateTargets } from './target-states.ts';
import { laneHoldingStates } from './transition.ts';

/** A delivery under lease, with what its worker needs. */
export interface Claimed {
  readonly delivery: Delivery;
  readonly settings: TargetSettings;
  readonly mode: 'deliver' | 'probe';
  readonly trigger: DeliveryTrigger;
  /** Stored results of the exchange by step name. */
  readonly steps: ReadonlyMap<string, Json>;
  /** Database time of the claim. */
  readonly at: Date;
}

export interface ClaimRequest {
  readonly slots: number;
  /** Of the slots, those that replays of many may take. */
  readonly batchSlots: number;
  readonly leaseMs: number;
  /** undefined: the target is not for this engine (unknown, no adapter); it is left alone. */
  settings(key: TargetKey): TargetSettings | undefined;
}

const DEFAULT_CONCURRENCY = 4;
const holding = laneHoldingStates.map((state) => `'${state}'`).join(', ');

/** The sub-selects with LIMIT look at the first entry of an index per target; they must not become a join. */
const OPEN_TARGETS = `
  SELECT t.tenant, t.target, t.breaker, t.tokens,
    (extract(epoch FROM now() - t.tokens_at) * 1000)::double precision AS "ageMs",
    coalesce((SELECT d.next_at FROM delivery d WHERE d.tenant = t.tenant AND d.target = t.target
      AND d.state IN ('QUEUED', 'RETRY_WAIT') AND NOT d.lane_held AND d.trigger <> 'BATCH' ORDER BY d.next_at LIMIT 1)
      <= now(), false)
    OR coalesce((SELECT d.next_at FROM delivery d WHERE d.tenant = t.tenant AND d.target = t.target
      AND d.state = 'IN_DOUBT' AND d.lease_until IS NULL AND d.next_at IS NOT NULL ORDER BY d.next_at LIMIT 1) <= now(),
      false) AS live,
    (SELECT count(*)::integer FROM delivery d WHERE d.tenant = t.tenant AND d.target = t.target
      AND d.lease_until IS NOT NULL) AS leased
  FROM target_state t
  WHERE NOT t.paused AND (t.not_before IS NULL OR t.not_before <= now())
    AND (t.breaker = 'CLOSED' OR t.breaker_until <= now())
    AND ((SELECT d.next_at FROM delivery d WHERE d.tenant = t.tenant AND d.target = t.target
            AND d.state IN ('QUEUED', 'RETRY_WAIT') AND NOT d.lane_held ORDER BY d.next_at LIMIT 1) <= now()
      OR (SELECT d.next_at FROM delivery d WHERE d.tenant = t.tenant AND d.target = t.target
            AND d.state = 'IN_DOUBT' AND d.lease_until IS NULL AND d.next_at IS NOT NULL ORDER BY d.next_at LIMIT 1) <= now())
  ORDER BY live DESC, random() LIMIT 64
  FOR UPDATE OF t SKIP LOCKED`;

/**
 * One statement for all targets, each locked before: counts what is under way, takes doubts first, then the queue's
 * front; what a replay of many has queued comes last and never takes all places. A candidate behind another delivery of
 * its lane is marked held, under a share lock on the one before it: a change that releases the lane then waits for this
 * transaction and sees the mark.
 */
const CLAIM = `
  WITH room AS MATERIALIZED (
    SELECT o.tenant, o.target, o.skip_parked, least(o.share, o.cap - r.leased) AS places,
      least(o.batch_share, o.batch_cap - r.of_batches) AS batch_places
    FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::boolean[], $7::integer[], $8::integer[])
      AS o (tenant, target, share, cap, skip_parked, batch_share, batch_cap)
    CROSS JOIN LATERAL (
      SELECT count(*)::integer AS leased, (count(*) FILTER (WHERE r.trigger = 'BATCH'))::integer AS of_batches
      FROM delivery r WHERE r.tenant = o.tenant AND r.target = o.target AND r.lease_until IS NOT NULL) r
  ), doubt AS MATERIALIZED (
    SELECT c.id, o.tenant, o.target FROM room o CROSS JOIN LATERAL (
      SELECT d.id FROM delivery d
      WHERE d.tenant = o.tenant AND d.target = o.target AND d.state = 'IN_DOUBT' AND d.lease_until IS NULL
        AND d.next_at IS NOT NULL AND d.next_at <= now()
      ORDER BY d.next_at LIMIT greatest(o.places, 0) FOR UPDATE SKIP LOCKED) c
  ), rest AS MATERIALIZED (
    SELECT o.*, o.places - (SELECT count(*) FROM doubt x WHERE x.tenant = o.tenant AND x.target = o.target) AS free
    FROM room o
  ), live AS MATERIALIZED (
    SELECT c.*, o.skip_parked FROM rest o CROSS JOIN LATERAL (
      SELECT d.id, d.tenant, d.target, d.lane, d.position, d.awaits_result FROM delivery d
      WHERE d.tenant = o.tenant AND d.target = o.target AND d.state IN ('QUEUED', 'RETRY_WAIT') AND NOT d.lane_held
        AND d.next_at <= now() AND d.trigger <> 'BATCH'
      ORDER BY d.next_at, d.position LIMIT greatest(o.free, 0) FOR UPDATE SKIP LOCKED) c
  ), spare AS MATERIALIZED (
    SELECT o.*, least(o.batch_places, o.free - (SELECT count(*) FROM live l
      WHERE l.tenant = o.tenant AND l.target = o.target)) AS spare FROM rest o
  ), front AS MATERIALIZED (
    SELECT * FROM live UNION ALL
    SELECT c.*, o.skip_parked FROM spare o CROSS JOIN LATERAL (
      SELECT d.id, d.tenant, d.target, d.lane, d.position, d.awaits_result FROM delivery d
      WHERE d.tenant = o.tenant AND d.target = o.target AND d.state = 'QUEUED' AND NOT d.lane_held
        AND d.next_at <= now() AND d.trigger = 'BATCH'
      ORDER BY d.next_at, d.position LIMIT greatest(o.spare, 0) FOR UPDATE SKIP LOCKED) c
  ), seen AS MATERIALIZED (
    SELECT f.id, coalesce(b.id, r.id) AS before_id, s.id AS locked_id FROM front f
    LEFT JOIN LATERAL (
      SELECT d.id FROM delivery d
      WHERE d.tenant = f.tenant AND d.target = f.target AND d.lane = f.lane AND d.position < f.position
        AND d.state IN (${holding}) AND NOT (f.skip_parked AND d.state IN ('PARKED', 'REJECTED'))
      ORDER BY d.position LIMIT 1) b ON true
    LEFT JOIN LATERAL (
      SELECT d.id FROM delivery d
      WHERE f.awaits_result AND b.id IS NULL AND d.tenant = f.tenant AND d.target = f.target AND d.lane = f.lane
        AND d.position < f.position AND d.state = 'AWAITING_RESULT'
      ORDER BY d.position LIMIT 1) r ON true
    LEFT JOIN LATERAL (
      SELECT d.id FROM delivery d WHERE d.id = coalesce(b.id, r.id)
        AND (d.state IN (${holding}) OR f.awaits_result AND d.state = 'AWAITING_RESULT') FOR SHARE SKIP LOCKED) s ON true
  ), held AS (
    UPDATE delivery d SET lane_held = true WHERE d.id = ANY (ARRAY(SELECT id FROM seen WHERE locked_id IS NOT NULL))
  ), mine AS MATERIALIZED (
    SELECT id FROM doubt UNION ALL SELECT id FROM seen WHERE before_id IS NULL
  )
  UPDATE delivery d SET
    state = CASE WHEN d.state = 'IN_DOUBT' THEN d.state ELSE 'IN_FLIGHT' END,
    sequence = d.sequence + CASE WHEN d.state = 'IN_DOUBT' THEN 0 ELSE 1 END,
    fence = d.fence + 1, attempts = d.attempts + 1, lease_until = now() + $6 * interval '1 millisecond', updated_at = now()
  WHERE d.id = ANY (ARRAY(SELECT id FROM mine))
  RETURNING ${deliveryColumns}, now() AS "claimedAt"`;

const STEPS = `SELECT exchange_id AS "exchangeId", name, result FROM step WHERE exchange_id = ANY($1::uuid[])`;

const TAKE_TOKENS = `
  UPDATE target_state t SET tokens = k.tokens, tokens_at = now()
  FROM unnest($1::text[], $2::text[], $3::double precision[]) AS k (tenant, target, tokens)
  WHERE t.tenant = k.tenant AND t.target = k.target`;

interface OpenTarget extends TargetKey {
  /** It has something ready that no replay of many has queued. */
  readonly live: boolean;
  /** Deliveries under way there, in all processes. */
  readonly leased: number;
  readonly breaker: string;
  readonly tokens: number;
  readonly ageMs: number | null;
}

interface Room extends OpenTarget {
  readonly settings: TargetSettings;
  readonly bucket: number;
}

/** Takes deliveries by state, never by "id after last"; several engines share the work. */
export class ClaimRepository {
  readonly #store: Store;
  readonly #recorder: ChangeRecorder;

  constructor(store: Store, recorder: ChangeRecorder) {
    this.#store = store;
    this.#recorder = recorder;
  }

  /** At most `slots` deliveries in one transaction, shared evenly over the targets that may be sent to. */
  async claim(request: ClaimRequest): Promise<readonly Claimed[]> {
    return await this.#store.tx(async (tx) => {
      const targets = this.#rooms(await tx.query<OpenTarget>(OPEN_TARGETS), request);
      if (targets.length === 0) return [];
      const { shares, batchShares } = shared(targets, request);
      const rows = await tx.query<{ claimedAt: Date }>(CLAIM, [
        targets.map(({ tenant }) => tenant),
        targets.map(({ target }) => target),
        shares,
        targets.map(concurrency),
        targets.map(({ settings }) => settings.parkedLane === 'skip'),
        request.leaseMs,
        batchShares,
        targets.map((target) => half(concurrency(target))),
      ]);
      const taken = rows.map(({ claimedAt, ...row }) => ({ delivery: toDelivery(row), at: claimedAt }));
      await this.#bookTargets(tx, targets, taken, request.leaseMs);
      const sent = taken.filter(({ delivery }) => delivery.state === 'IN_FLIGHT');
      const changes = sent.map(({ delivery, at }) => ({
        from: delivery.failures > 0 ? ('RETRY_WAIT' as const) : ('QUEUED' as const),
        delivery,
        at,
      }));
      await this.#recorder.audit(tx, changes, 'delivery.claimed');
      await this.#recorder.publish(tx, changes);
      return await this.#withSteps(tx, targets, taken);
    });
  }

  #rooms(targets: readonly OpenTarget[], request: ClaimRequest): Room[] {
    return targets.flatMap((target) => {
      const settings = request.settings(target);
      if (!settings) return [];
      const { rate } = settings;
      const bucket = !rate
        ? Infinity
        : refill({ tokens: target.tokens, ageMs: target.ageMs ?? undefined }, rate.count / rate.perSeconds, rate.count);
      return [{ ...target, settings, bucket }];
    });
  }

  async #bookTargets(tx: Tx, targets: readonly Room[], taken: readonly { delivery: Delivery }[], leaseMs: number) {
    const count = (key: TargetKey) =>
      taken.filter(({ delivery }) => delivery.tenant === key.tenant && delivery.target === key.target).length;
    const trials = targets.filter((target) => target.breaker !== 'CLOSED' && count(target) > 0);
    await updateTargets(
      tx,
      trials.map(({ tenant, target }) => ({ tenant, target, events: [{ type: 'trial', lostAfterMs: leaseMs }] })),
      this.#recorder.service,
    );
    const limited = targets.filter((target) => target.settings.rate !== undefined && count(target) > 0);
    if (limited.length === 0) return;
    await tx.query(TAKE_TOKENS, [
      limited.map(({ tenant }) => tenant),
      limited.map(({ target }) => target),
      limited.map((target) => target.bucket - count(target)),
    ]);
  }

  async #withSteps(tx: Tx, targets: readonly Room[], taken: readonly { delivery: Delivery; at: Date }[]) {
    const settings = new Map(targets.map((target) => [`${target.tenant}:${target.target}`, target.settings]));
    const again = taken.filter(({ delivery }) => delivery.attempts > 1).map(({ delivery }) => delivery.exchangeId);
    const steps =
      again.length === 0 ? [] : await tx.query<{ exchangeId: string; name: string; result: Json }>(STEPS, [again]);
    return taken.map(({ delivery, at }): Claimed => {
      const mine = steps.filter(({ exchangeId }) => exchangeId === delivery.exchangeId);
      const mode = delivery.state === 'IN_DOUBT' ? 'probe' : 'deliver';
      return {
        delivery,
        at,
        mode,
        settings: settings.get(`${delivery.tenant}:${delivery.target}`)!,
        trigger: mode === 'probe' ? 'PROBE' : delivery.trigger,
        steps: new Map(mine.map(({ name, result }) => [name, result])),
      };
    });
  }
}

/** Targets with live deliveries share the slots first; what is left goes to those that have only replays of many. */
function shared(targets: readonly Room[], { slots, batchSlots }: ClaimRequest) {
  const batchShares = share(batchSlots, targets.map(batchRoom));
  const live = share(
    slots,
    targets.map((target) => (target.live ? room(target) : 0)),
  );
  const left = slots - live.reduce((sum, given) => sum + given, 0);
  const others = share(
    left,
    targets.map((target, index) => (target.live ? 0 : batchShares[index]!)),
  );
  return { shares: live.map((given, index) => given + others[index]!), batchShares };
}

function concurrency({ settings, breaker }: Room): number {
  return breaker === 'CLOSED' ? (settings.concurrency ?? DEFAULT_CONCURRENCY) : 1;
}

function room(target: Room): number {
  return Math.max(0, Math.floor(Math.min(concurrency(target) - target.leased, target.bucket)));
}

/** Places and permissions that replays of many may use: the rest stays for live deliveries. */
function batchRoom(target: Room): number {
  const { rate } = target.settings;
  const kept = rate ? Math.floor(rate.count / 2) : 0;
  return Math.max(0, Math.floor(Math.min(half(concurrency(target)), target.bucket - kept)));
}

/** At least one. */
export function half(places: number): number {
  return Math.max(1, Math.floor(places / 2));
}
