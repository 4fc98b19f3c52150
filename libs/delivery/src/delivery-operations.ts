import { type Failpoints, type Logger, newId, noFailpoints } from '@ozg-hub/core';
import type { Store, Tx } from '@ozg-hub/store';
import { settledWell } from './attempt-result.ts';
import { ChangeRecorder, type RecorderOptions, type StateChange } from './change-recorder.ts';
import { Deliveries, engineChannel } from './deliveries.ts';
import type { Delivery } from './delivery.ts';
import * as queries from './delivery-queries.ts';
import { deliveryColumns, toDelivery } from './delivery-row.ts';
import { deliveryErrors } from './errors.ts';
import { PersonalProbe } from './personal-probe.ts';
import type { TargetAdapter, TargetDirectory } from './target-adapter.port.ts';
import { type TargetKey, type TargetState, listTargets, switchTarget } from './target-states.ts';
import { type AuditValue, Trail } from './trail.ts';
import { type DeliveryEvent, mayBeEffective, transition } from './transition.ts';

/** Who asks, and why; both go into the trail. The reason there is a free text: no personal data. */
export interface Request {
  /** Id of an API key or operator. */
  readonly actor: string;
  readonly reason?: string | undefined;
  /** Tenants the actor may touch; undefined: all. */
  readonly tenants?: readonly string[] | undefined;
}

export interface ReplayRequest extends Request {
  /** `current` pins the delivery to the newest directory and writes the differences to the trail. Default `pinned`. */
  readonly directory?: 'pinned' | 'current' | undefined;
}

/** The reference a delivery would get today, and how it differs; ids and paths only. */
export interface Repinned {
  readonly reference: Readonly<Record<string, string>>;
  readonly differences: readonly { readonly path: string; readonly from?: string; readonly to?: string }[];
}

export interface DeliveryOperationsOptions extends RecorderOptions {
  readonly store: Store;
  readonly directory: TargetDirectory;
  /** For probes before a replay out of doubt. */
  readonly adapters: readonly TargetAdapter[];
  readonly logger: Logger;
  readonly failpoints?: Failpoints;
  /** Missing: `replay` with `directory: 'current'` is refused. */
  readonly repin?: (delivery: Delivery) => Promise<Repinned>;
  /** Milliseconds; as the engine's. */
  readonly leaseMs?: number;
}

const LOCK = `
  SELECT ${deliveryColumns} FROM delivery d
  WHERE d.id = $1 AND ($2::text[] IS NULL OR d.tenant = ANY($2)) FOR UPDATE`;

/** What operators do with deliveries. Every change is an audit row with actor and reason. */
export class DeliveryOperations {
  readonly #options: DeliveryOperationsOptions;
  readonly #recorder: ChangeRecorder;
  readonly #deliveries: Deliveries;
  readonly #probe: PersonalProbe;
  readonly #trail = new Trail();

  constructor(options: DeliveryOperationsOptions) {
    this.#options = options;
    this.#recorder = new ChangeRecorder(options);
    this.#deliveries = new Deliveries(options);
    this.#probe = new PersonalProbe({
      ...options,
      recorder: this.#recorder,
      failpoints: options.failpoints ?? noFailpoints,
    });
  }

  async list(filter: queries.DeliveryFilter, page?: queries.Page): Promise<readonly Delivery[]> {
    return await queries.listDeliveries(this.#options.store, filter, page);
  }

  /** @throws HUB_DELIVERY_UNKNOWN */
  async get(id: string, tenants?: readonly string[]): Promise<queries.DeliveryDetails> {
    const details = await queries.getDelivery(this.#options.store, id, tenants);
    if (!details) throw deliveryErrors.HUB_DELIVERY_UNKNOWN();
    return details;
  }

  async groups(tenants?: readonly string[]): Promise<readonly queries.FailureGroup[]> {
    return await queries.failureGroups(this.#options.store, tenants);
  }

  async counts(tenants?: readonly string[]): Promise<readonly queries.DeliveryCount[]> {
    return await queries.countDeliveries(this.#options.store, tenants);
  }

  async targets(tenants?: readonly string[]): Promise<readonly TargetState[]> {
    return await listTargets(this.#options.store, tenants);
  }

  /**
   * Another try: at once from RETRY_WAIT, PARKED and REJECTED (there in a new exchange); from IN_DOUBT and AWAITING
   * states only with a reason and after a probe that could not prove an effect.
   * @throws HUB_ALREADY_EFFECTIVE, HUB_DELIVERY_TRANSITION, HUB_DELIVERY_REASON_REQUIRED, HUB_DELIVERY_UNKNOWN
   */
  async replay(id: string, request: ReplayRequest): Promise<Delivery> {
    const repinned = request.directory === 'current' ? await this.#repin(id, request) : undefined;
    const found = await this.#deliveries.find(this.#options.store, id);
    const doubtful = found && mayBeEffective(found.state);
    // what no probe could allow is refused before the target is asked
    if (doubtful) transition(found.state, { type: 'replay', probed: 'UNKNOWN', reason: request.reason });
    const asked = doubtful ? await this.#probe.run(id, request) : undefined;
    const probed = asked?.verdict;
    return await this.#change(
      id,
      request,
      'delivery.replayed',
      { type: 'replay', probed, reason: request.reason },
      (before) => ({
        set: {
          ...settledWell,
          trigger: 'REPLAY',
          ...(repinned ? { reference: repinned.reference } : {}),
          // its stored steps would keep the same exchange from sending anything, or from sending it by other rules
          ...(before.state === 'REJECTED' || before.state.startsWith('AWAITING') || probed === 'UNKNOWN' || repinned
            ? { exchangeId: newId(), exchangeNumber: before.exchangeNumber + 1 }
            : {}),
        },
        nextInMs: 0,
        details: { probed, differences: repinned?.differences.map(({ path }) => path).slice(0, 50) },
      }),
      asked?.fence,
    );
  }

  /**
   * A new delivery in place of one that took effect, or may have (AWAITING states).
   * @throws HUB_DELIVERY_TRANSITION where a replay would do, HUB_DELIVERY_REASON_REQUIRED
   */
  async sendAgain(id: string, request: Request): Promise<Delivery> {
    if (!request.reason?.trim()) throw deliveryErrors.HUB_DELIVERY_REASON_REQUIRED();
    return await this.#options.store.tx(async (tx) => {
      const before = await this.#lock(tx, id, request);
      const newDelivery = newId();
      await this.#record(tx, before, { type: 'supersede' }, 'delivery.superseded', request, {
        set: { supersededBy: newDelivery },
        details: { by: newDelivery },
      });
      const { submissionId, tenant, purpose, target, lane, awaitsResult, reference, traceparent } = before;
      const naturalKey = `again:${before.id}`;
      const [queued] = await this.#deliveries.queue(tx, [
        {
          id: newDelivery,
          submissionId,
          tenant,
          purpose,
          target,
          lane,
          awaitsResult,
          reference,
          traceparent,
          naturalKey,
          supersedes: id,
          placeOf: id,
          actor: request.actor,
        },
      ]);
      return queued!;
    });
  }

  /** Nothing more is sent. With a reason also out of doubt and while an answer is awaited. */
  async cancel(id: string, request: Request): Promise<Delivery> {
    return await this.#change(
      id,
      request,
      'delivery.cancelled',
      { type: 'cancel', reason: request.reason },
      () => ({}),
    );
  }

  /** A person vouches that the target has it: CONFIRMED. */
  async settle(id: string, request: Request & { aktenzeichen?: string; objectId?: string }): Promise<Delivery> {
    return await this.#change(
      id,
      request,
      'delivery.settled',
      { type: 'settled', reason: request.reason },
      (before) => ({
        set: {
          ...settledWell,
          aktenzeichen: request.aktenzeichen ?? before.aktenzeichen,
          objectId: request.objectId ?? before.objectId,
        },
      }),
    );
  }

  /** Nothing goes to the target until it is resumed; its deliveries burn no budget meanwhile. */
  async pauseTarget(key: TargetKey, request: Request & { reason: string }): Promise<TargetState> {
    return await this.#switch(key, request.reason, 'target.paused', request);
  }

  /** Also closes the breaker and forgets a Retry-After. */
  async resumeTarget(key: TargetKey, request: Request): Promise<TargetState> {
    return await this.#switch(key, undefined, 'target.resumed', request);
  }

  async #switch(key: TargetKey, pause: string | undefined, kind: string, request: Request): Promise<TargetState> {
    if (request.tenants && !request.tenants.includes(key.tenant)) throw deliveryErrors.HUB_DELIVERY_TARGET_UNKNOWN();
    return await this.#options.store.tx(async (tx) => {
      const { after } = await switchTarget(tx, key, pause, request.actor);
      const details = { reason: reasonOf(request) };
      await this.#trail.append(tx, [
        { tenant: key.tenant, kind, subject: { target: key.target }, actor: request.actor, details },
      ]);
      tx.notify(engineChannel(tx.schema));
      return after;
    });
  }

  async #repin(id: string, request: Request): Promise<Repinned> {
    if (!this.#options.repin) throw deliveryErrors.HUB_DELIVERY_DIRECTORY_UNAVAILABLE();
    const { delivery } = await this.get(id, request.tenants);
    return await this.#options.repin(delivery);
  }

  async #change(
    id: string,
    request: Request,
    kind: string,
    event: DeliveryEvent,
    rest: (before: Delivery) => Pick<StateChange, 'set' | 'nextInMs' | 'details'>,
    fence?: number,
  ): Promise<Delivery> {
    return await this.#options.store.tx(async (tx) => {
      const before = await this.#lock(tx, id, request);
      if (fence !== undefined && before.fence !== fence) {
        throw deliveryErrors.HUB_DELIVERY_TRANSITION({ detail: 'The delivery moved on after the target was asked.' });
      }
      return await this.#record(tx, before, event, kind, request, rest(before));
    });
  }

  async #record(
    tx: Tx,
    before: Delivery,
    event: DeliveryEvent,
    kind: string,
    request: Request,
    rest: Pick<StateChange, 'set' | 'nextInMs' | 'details'>,
  ): Promise<Delivery> {
    const details: Record<string, AuditValue> = { reason: reasonOf(request), from: before.state, ...rest.details };
    const recorded = await this.#recorder.record(tx, [{ before, event, kind, actor: request.actor, ...rest, details }]);
    tx.notify(engineChannel(tx.schema));
    return recorded.get(before.id)!.delivery;
  }

  async #lock(tx: Tx, id: string, request: Request): Promise<Delivery> {
    const [row] = await tx.query(LOCK, [id, request.tenants ?? null]);
    if (!row) throw deliveryErrors.HUB_DELIVERY_UNKNOWN();
    return toDelivery(row);
  }
}

/** As much of the reason as the trail takes. */
function reasonOf({ reason }: Request): string | undefined {
  return reason?.trim().slice(0, 200);
}
