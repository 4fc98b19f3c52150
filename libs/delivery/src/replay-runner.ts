import { type Failpoints, HubError, type Logger, newId, noFailpoints } from '@ozg-hub/core';
import { ListeningLoop, type Store, type Tx } from '@ozg-hub/store';
import { settledWell } from './attempt-result.ts';
import { ChangeRecorder, type RecorderOptions, type StateChange } from './change-recorder.ts';
import { engineChannel } from './deliveries.ts';
import type { Delivery } from './delivery.ts';
import { deliveryColumns, toDelivery } from './delivery-row.ts';
import { deliveryErrors } from './errors.ts';
import { refill, share } from './rate.ts';
import { type LockedBatch, ReplayBatchRepository, type ReplayedItem } from './replay-batch.repository.ts';
import { replayChannel, replayNotes } from './replay-batches.ts';
import { Trail } from './trail.ts';
import { transition } from './transition.ts';

export interface ReplayRunnerOptions extends RecorderOptions {
  readonly store: Store;
  readonly logger: Logger;
  readonly failpoints?: Failpoints;
  /** Longest time between two looks into the database; milliseconds. Default 1,000. */
  readonly pollMs?: number;
}

/** Deliveries of one transaction, at most: live ones wait for the event loop and the database while it is written. */
const PORTION = 25;
/** Milliseconds between two portions of a batch, and until its targets are looked at again where their queues are full. */
const BETWEEN_MS = 25;
const FULL_MS = 250;

const LOCK = `SELECT ${deliveryColumns} FROM delivery d WHERE d.id = ANY($1::uuid[]) FOR UPDATE SKIP LOCKED`;
const GONE = `
  SELECT i.id FROM unnest($1::uuid[]) AS i (id) WHERE NOT EXISTS (SELECT 1 FROM delivery d WHERE d.id = i.id)`;

/**
 * Works off replays of many deliveries. Several may share a schema: a portion is one transaction under the lock of the
 * batch's row, which holds the rate as well, so whoever is alive goes on where the last commit ended.
 */
export class ReplayRunner {
  readonly #options: ReplayRunnerOptions;
  readonly #failpoints: Failpoints;
  readonly #recorder: ChangeRecorder;
  readonly #batches = new ReplayBatchRepository();
  readonly #trail = new Trail();
  readonly #loop: ListeningLoop;

  constructor(options: ReplayRunnerOptions) {
    this.#options = options;
    this.#failpoints = options.failpoints ?? noFailpoints;
    this.#recorder = new ChangeRecorder(options);
    const { store, logger, pollMs = 1_000 } = options;
    this.#loop = new ListeningLoop({
      store,
      channel: replayChannel(store.schema),
      everyMs: pollMs,
      look: (stopping) => this.advance(stopping),
      onError: (error) => logger.warn({ err: error as Error }, 'replays could not go on; it is tried again'),
    });
  }

  /** Begins to work; returns at once. */
  start(): void {
    this.#loop.start();
  }

  /** Ends after the portion under way. */
  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  /**
   * One portion of each batch whose rate allows it.
   * @returns milliseconds after which there may be more to do; undefined where no batch runs
   */
  async advance(stopping?: AbortSignal): Promise<number | undefined> {
    const running = await this.#batches.running(this.#options.store);
    const waits: number[] = [];
    for (const { id, waitMs } of running) {
      if (stopping?.aborted) break;
      waits.push(waitMs >= 1 ? waitMs : await this.#portion(id));
    }
    return running.length === 0 ? undefined : Math.min(...waits);
  }

  async #portion(id: string): Promise<number> {
    const worked = await this.#options.store.tx(async (tx) => {
      const batch = await this.#batches.lockFree(tx, id);
      if (batch?.state !== 'RUNNING') return undefined;
      const tokens = refill(batch, batch.rate);
      const ids = await this.#next(tx, id, Math.min(PORTION, Math.floor(tokens)));
      const items = await this.#replay(tx, batch, ids);
      await this.#batches.settle(tx, id, items);
      await this.#batches.book(tx, id, tokens - items.filter(({ code }) => code === undefined).length);
      if (items.length === batch.remaining) await this.#finish(tx, id);
      this.#failpoints.hit('delivery.before-replay-commit');
      return items.length;
    });
    if (worked) this.#failpoints.hit('delivery.after-replay-commit');
    return worked ? BETWEEN_MS : FULL_MS;
  }

  /** Of all targets evenly; none whose queue has enough of this already, so that a dead one does not hold up others. */
  async #next(tx: Tx, id: string, most: number): Promise<string[]> {
    const targets = await this.#batches.places(tx, id);
    const shares = share(
      most,
      targets.map(({ places }) => places),
    );
    const wanted = targets.map((target, index) => ({ ...target, places: shares[index]! }));
    return await this.#batches.next(
      tx,
      id,
      wanted.filter(({ places }) => places > 0),
    );
  }

  /** What somebody else holds just now is left for the next portion. */
  async #replay(tx: Tx, batch: LockedBatch, ids: readonly string[]): Promise<readonly ReplayedItem[]> {
    if (ids.length === 0) return [];
    const deliveries = (await tx.query(LOCK, [ids])).map(toDelivery);
    const refusals = new Map(deliveries.map((before) => [before.id, refusal(before, batch.reason)]));
    const changes = deliveries.flatMap((before) =>
      refusals.get(before.id) === undefined ? [replayed(before, batch)] : [],
    );
    await this.#recorder.record(tx, changes);
    if (changes.length > 0) tx.notify(engineChannel(tx.schema));
    const gone = deliveries.length === ids.length ? [] : await tx.query<{ id: string }>(GONE, [ids]);
    return [
      ...deliveries.map(({ id }) => ({ id, code: refusals.get(id) })),
      ...gone.map(({ id }) => ({ id, code: deliveryErrors.HUB_DELIVERY_UNKNOWN().code })),
    ];
  }

  async #finish(tx: Tx, id: string): Promise<void> {
    await this.#batches.switchTo(tx, id, 'DONE');
    const notes = { kind: 'replay.finished', actor: this.#options.service };
    await this.#trail.append(tx, replayNotes(id, await this.#batches.targets(tx, id), notes));
  }
}

function refusal({ state }: Delivery, reason: string): string | undefined {
  try {
    transition(state, { type: 'replay', reason });
    return undefined;
  } catch (error) {
    if (error instanceof HubError) return error.code;
    throw error;
  }
}

function replayed(before: Delivery, batch: LockedBatch): StateChange {
  const anew = { exchangeId: newId(), exchangeNumber: before.exchangeNumber + 1 };
  return {
    before,
    event: { type: 'replay', reason: batch.reason },
    set: { ...settledWell, trigger: 'BATCH', ...(before.state === 'REJECTED' ? anew : {}) },
    nextInMs: 0,
    actor: batch.actor,
    kind: 'delivery.replayed',
    details: { reason: batch.reason.trim().slice(0, 200), from: before.state, replay: batch.id },
  };
}
