import { newId } from '@ozg-hub/core';
import type { Store, Tx } from '@ozg-hub/store';
import type { DeliveryState } from '@ozg-hub/submission';
import type { Request } from './delivery-operations.ts';
import type { DeliveryFilter } from './delivery-queries.ts';
import { deliveryErrors } from './errors.ts';
import {
  type RefusedReplay,
  type ReplayBatch,
  type ReplayBatchDetails,
  type ReplayBatchState,
  mostInBatch,
  mostOpenBatches,
  replayRate,
} from './replay-batch.ts';
import { ReplayBatchRepository } from './replay-batch.repository.ts';
import { Trail } from './trail.ts';

export interface ReplayBatchRequest extends Request {
  /** Goes into the trail of each municipality and of each delivery: no personal data. */
  readonly reason: string;
  /** Deliveries per second, at most; {@link replayRate} says which are possible and which is the default. */
  readonly rate?: number | undefined;
}

/** From here a replay needs no probe. */
const REPLAYABLE: readonly DeliveryState[] = ['RETRY_WAIT', 'PARKED', 'REJECTED'];

/** The channel on which a transaction wakes the runners of its schema, in every process. */
export function replayChannel(schema: string): string {
  return `replay_${schema}`;
}

/** Replays of many deliveries, as operators begin, watch, pause, resume and cancel them. {@link ReplayRunner} works them off. */
export class ReplayBatches {
  readonly #store: Store;
  readonly #batches = new ReplayBatchRepository();
  readonly #trail = new Trail();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Takes all deliveries that match now, 100,000 at most: without `states` those that can be replayed, in RETRY_WAIT,
   * PARKED and REJECTED. Where nothing matches, the batch is DONE at once.
   * @throws HUB_REPLAY_TOO_LARGE, HUB_REPLAY_TOO_MANY
   */
  async begin(filter: DeliveryFilter, request: ReplayBatchRequest): Promise<ReplayBatchDetails> {
    const { actor, reason, rate = replayRate.usual, tenants: allowed } = request;
    const tenants = filter.tenants?.filter((slug) => !allowed || allowed.includes(slug)) ?? allowed;
    const chosen = { ...filter, tenants, states: filter.states ?? REPLAYABLE };
    const id = newId();
    return await this.#store.tx(async (tx) => {
      if ((await this.#batches.countOpen(tx)) >= mostOpenBatches) throw deliveryErrors.HUB_REPLAY_TOO_MANY();
      const total = await this.#batches.insert(tx, { id, actor, reason, rate }, chosen);
      if (total > mostInBatch) {
        throw deliveryErrors.HUB_REPLAY_TOO_LARGE({ detail: `More than ${mostInBatch} deliveries match.` });
      }
      if (total === 0) await this.#batches.switchTo(tx, id, 'DONE');
      await this.#note(tx, id, 'replay.started', request, { rate });
      tx.notify(replayChannel(tx.schema));
      return await this.#details(tx, id);
    });
  }

  /** Newest first, 100 at most. */
  async list(tenants?: readonly string[], state?: ReplayBatchState): Promise<readonly ReplayBatch[]> {
    return await this.#batches.list(this.#store, tenants, state);
  }

  /** @throws HUB_REPLAY_UNKNOWN also where it holds deliveries of a tenant that the caller may not see */
  async get(id: string, tenants?: readonly string[]): Promise<ReplayBatchDetails> {
    return await this.#store.tx((tx) => this.#details(tx, id, tenants));
  }

  /** Deliveries that it left alone, in the order of their ids. @throws HUB_REPLAY_UNKNOWN */
  async refused(
    id: string,
    page: { readonly after?: string | undefined; readonly limit?: number | undefined },
    tenants?: readonly string[],
  ): Promise<readonly RefusedReplay[]> {
    if (!(await this.#batches.find(this.#store, id, tenants))) throw deliveryErrors.HUB_REPLAY_UNKNOWN();
    return await this.#batches.refused(this.#store, id, page.after, Math.min(page.limit ?? 50, 500));
  }

  /** Queues nothing more until it is resumed; what is queued already is sent. @throws HUB_REPLAY_ENDED, HUB_REPLAY_UNKNOWN */
  async pause(id: string, request: Request): Promise<ReplayBatchDetails> {
    return await this.#switch(id, 'PAUSED', 'replay.paused', request);
  }

  /** @param rate from now on; default as before. @throws HUB_REPLAY_ENDED, HUB_REPLAY_UNKNOWN */
  async resume(id: string, request: Request & { readonly rate?: number | undefined }): Promise<ReplayBatchDetails> {
    return await this.#switch(id, 'RUNNING', 'replay.resumed', request, request.rate);
  }

  /** Leaves what it has not come to as it is, for good. @throws HUB_REPLAY_ENDED, HUB_REPLAY_UNKNOWN */
  async cancel(id: string, request: Request): Promise<ReplayBatchDetails> {
    return await this.#switch(id, 'CANCELLED', 'replay.cancelled', request);
  }

  async #switch(
    id: string,
    state: ReplayBatchState,
    kind: string,
    request: Request,
    rate?: number,
  ): Promise<ReplayBatchDetails> {
    return await this.#store.tx(async (tx) => {
      const before = await this.#batches.lock(tx, id, request.tenants);
      if (!before) throw deliveryErrors.HUB_REPLAY_UNKNOWN();
      if (before.endedAt && before.state !== state) {
        throw deliveryErrors.HUB_REPLAY_ENDED({ detail: `The replay is ${before.state}.` });
      }
      if (before.state !== state || (rate !== undefined && rate !== before.rate)) {
        await this.#batches.switchTo(tx, id, state, rate);
        await this.#note(tx, id, kind, request, { rate });
        tx.notify(replayChannel(tx.schema));
      }
      return await this.#details(tx, id);
    });
  }

  async #details(tx: Tx, id: string, tenants?: readonly string[]): Promise<ReplayBatchDetails> {
    const batch = await this.#batches.find(tx, id, tenants);
    if (!batch) throw deliveryErrors.HUB_REPLAY_UNKNOWN();
    return {
      ...batch,
      targets: await this.#batches.targets(tx, id),
      refusals: await this.#batches.refusals(tx, id),
    };
  }

  async #note(tx: Tx, id: string, kind: string, request: Request, details: { rate?: number | undefined }) {
    const targets = await this.#batches.targets(tx, id);
    await this.#trail.append(tx, replayNotes(id, targets, { kind, ...request, ...details }));
  }
}

/** A row for the trail of each municipality in the batch, with the counts of its own deliveries. */
export function replayNotes(
  id: string,
  targets: ReplayBatchDetails['targets'],
  {
    kind,
    actor,
    reason,
    rate,
  }: { kind: string; actor: string; reason?: string | undefined; rate?: number | undefined },
) {
  const of = (tenant: string, count: 'total' | 'done' | 'refused') =>
    targets.reduce((sum, target) => sum + (target.tenant === tenant ? target[count] : 0), 0);
  return [...new Set(targets.map(({ tenant }) => tenant))].map((tenant) => ({
    tenant,
    kind,
    subject: { replay: id },
    actor,
    details: {
      reason: reason?.trim().slice(0, 200),
      rate,
      total: of(tenant, 'total'),
      done: of(tenant, 'done'),
      refused: of(tenant, 'refused'),
    },
  }));
}
