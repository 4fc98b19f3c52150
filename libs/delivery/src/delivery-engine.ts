import { setTimeout as delay } from 'node:timers/promises';
import { type Failpoints, type Logger, newId, noFailpoints } from '@ozg-hub/core';
import type { Store, ListenHandle } from '@ozg-hub/store';
import { type AttemptResult, toFailure } from './attempt-result.ts';
import { type Announce, ChangeRecorder } from './change-recorder.ts';
import { ClaimRepository, type Claimed, half } from './claim.repository.ts';
import { engineChannel } from './deliveries.ts';
import type { Attempt } from './delivery.ts';
import { Leases } from './leases.ts';
import { ResultWriter, type Written } from './result-writer.ts';
import { RunningDelivery } from './running-delivery.ts';
import { Sweeper } from './sweeper.ts';
import type { TargetAdapter, TargetDirectory } from './target-adapter.port.ts';

export interface DeliveryEngineOptions {
  readonly store: Store;
  /** Name of the service: source of events, actor in trail and attempts. */
  readonly service: string;
  /** One per kind of target. */
  readonly adapters: readonly TargetAdapter[];
  readonly directory: TargetDirectory;
  readonly logger: Logger;
  readonly announce?: Announce;
  /**
   * Deliveries under way at once in this process. One that has waited for its target for half a second gives its place
   * away, up to four times this number, so that dead targets do not slow others. Default 8.
   */
  readonly concurrency?: number;
  /** A worker silent for so long has lost its deliveries; milliseconds. Default 60,000. */
  readonly leaseMs?: number;
  /** Longest time between two looks into the database; milliseconds. Default 1,000. */
  readonly pollMs?: number;
  readonly failpoints?: Failpoints;
  /** Uniform in [0, 1), for jitter. Default Math.random. */
  readonly random?: () => number;
  /** Called after each recorded attempt, for metrics. */
  readonly observe?: (attempt: Attempt) => void;
}

interface Active {
  readonly running: RunningDelivery;
  readonly since: number;
  /** The adapter is done; the result is on its way into the database. */
  answered: boolean;
  readonly done: Promise<void>;
}

const SLOW_AFTER_MS = 500;
/** Few free places wait so long for more, so that one claim serves many. */
const GATHER_MS = 10;
const WAITING_FACTOR = 4;
/** Polls between two tries to listen. */
const POLLS_PER_LISTEN = 10;

/** Sends what is queued: claims, runs the adapter, stores the result under its fence. Several may share a schema. */
export class DeliveryEngine {
  readonly #options: Required<Pick<DeliveryEngineOptions, 'concurrency' | 'leaseMs' | 'pollMs'>> &
    DeliveryEngineOptions;
  readonly #adapters: ReadonlyMap<string, TargetAdapter>;
  readonly #failpoints: Failpoints;
  readonly #claims: ClaimRepository;
  readonly #leases: Leases;
  readonly #writer: ResultWriter;
  readonly #sweeper: Sweeper;
  readonly #active = new Set<Active>();
  #loops: Promise<unknown> | undefined;
  #subscription: ListenHandle | undefined;
  #stopping = new AbortController();
  #awake: () => void = () => undefined;
  #woken = false;

  constructor(options: DeliveryEngineOptions) {
    this.#options = {
      ...options,
      concurrency: options.concurrency ?? 8,
      leaseMs: options.leaseMs ?? 60_000,
      pollMs: options.pollMs ?? 1_000,
    };
    this.#adapters = new Map(options.adapters.map((adapter) => [adapter.kind, adapter]));
    this.#failpoints = options.failpoints ?? noFailpoints;
    const { store, logger, observe } = options;
    const random = options.random ?? Math.random;
    const recorder = new ChangeRecorder(options);
    this.#claims = new ClaimRepository(store, recorder);
    this.#leases = new Leases(store, this.#options.leaseMs);
    this.#writer = new ResultWriter({ store, recorder, logger, failpoints: this.#failpoints, random, observe });
    this.#sweeper = new Sweeper(store, recorder, random);
  }

  /** Begins to send; returns at once. */
  start(): void {
    if (this.#loops) return;
    this.#stopping = new AbortController();
    this.#loops = Promise.all([
      this.#listen(),
      this.#send(),
      this.#every(this.#options.pollMs, () => this.sweep()),
      this.#every(this.#options.leaseMs / 3, () => this.#heartbeat()),
    ]);
  }

  /**
   * Claims nothing more and waits for what is under way. What is not done by then is aborted and within a second given back,
   * in doubt: whoever runs next probes it at once. An adapter that does not heed the abort leaves it to the lease.
   * @param graceMs default 10,000
   */
  async stop(graceMs = 10_000): Promise<void> {
    if (!this.#loops) return;
    this.#stopping.abort();
    this.wake();
    const heartbeat = setInterval(() => void this.#heartbeat().catch(() => undefined), this.#options.leaseMs / 3);
    const all = () => Promise.all([...this.#active].map(({ done }) => done));
    const until = performance.now() + graceMs;
    // A claim under way still brings deliveries.
    await within(this.#loops, Math.max(0, graceMs));
    await within(all(), Math.max(0, until - performance.now()));
    await this.#giveUp();
    await this.#loops;
    // A claim that took longer than all of this has brought more.
    await this.#giveUp();
    clearInterval(heartbeat);
    await this.#subscription?.close();
    this.#subscription = undefined;
    this.#loops = undefined;
  }

  /** Aborts what is under way, and gives its results a second to be stored. */
  async #giveUp(): Promise<void> {
    const left = [...this.#active].filter(({ running }) => !running.signal.aborted);
    for (const { running } of left) running.abandon();
    await within(Promise.all(left.map(({ done }) => done)), 1_000);
  }

  /** Looks into the database now instead of at the next poll. */
  wake(): void {
    this.#woken = true;
    this.#awake();
  }

  /** Expired leases and overdue answers, once; the engine does this at each poll. */
  async sweep(): Promise<void> {
    while ((await this.#sweeper.expireLeases()) === 100);
    while ((await this.#sweeper.markOverdue()) === 100);
    this.wake();
  }

  async #listen(): Promise<void> {
    const { store, logger, pollMs } = this.#options;
    while (!this.#subscription && !this.#stopping.signal.aborted) {
      try {
        this.#subscription = await store.listen(engineChannel(store.schema), () => this.wake());
      } catch (error) {
        logger.warn({ err: error as Error }, 'no notifications, polling only until the next try');
        await delay(POLLS_PER_LISTEN * pollMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      }
    }
  }

  async #send(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#woken = false;
      const claimed = await this.#guard('claim', () => this.#claim());
      if (claimed) continue;
      const full = this.#slots() === 0;
      if (!this.#woken) await this.#pause(full ? SLOW_AFTER_MS / 2 : this.#options.pollMs);
    }
  }

  async #claim(): Promise<boolean> {
    if (this.#slots() < this.#options.concurrency / 2) await delay(GATHER_MS);
    const slots = this.#slots();
    if (slots === 0) return false;
    const { leaseMs, directory } = this.#options;
    const asked = performance.now();
    const claimed = await this.#claims.claim({
      slots,
      batchSlots: Math.min(slots, this.#batchSlots()),
      leaseMs,
      settings: ({ tenant, target }) => {
        const settings = directory.target(tenant, target);
        return settings && this.#adapters.has(settings.kind) ? settings : undefined;
      },
    });
    if (claimed.length > 0) this.#failpoints.hit('delivery.after-claim');
    for (const one of claimed) this.#begin(one, asked + leaseMs);
    return claimed.length > 0;
  }

  #slots(): number {
    const { concurrency } = this.#options;
    return free([...this.#active], concurrency, concurrency * WAITING_FACTOR);
  }

  /** Half of everything: live deliveries find a place at any time. */
  #batchSlots(): number {
    const { concurrency } = this.#options;
    const ofBatches = [...this.#active].filter(({ running }) => running.delivery.trigger === 'BATCH');
    return free(ofBatches, half(concurrency), half(concurrency * WAITING_FACTOR));
  }

  #begin(claimed: Claimed, validUntil: number): void {
    const running = new RunningDelivery(claimed, this.#leases, this.#failpoints, validUntil);
    const active: Active = {
      running,
      since: performance.now(),
      answered: false,
      done: this.#run(claimed, running, () => this.#answered(active)).finally(() => this.#end(active)),
    };
    this.#active.add(active);
  }

  #answered(active: Active): void {
    active.answered = true;
    this.wake();
  }

  #end(active: Active): void {
    active.running.end();
    this.#active.delete(active);
    this.wake();
  }

  async #run(claimed: Claimed, running: RunningDelivery, answered: () => void): Promise<void> {
    const { logger, service } = this.#options;
    const began = performance.now();
    const result = await this.#attempt(claimed, running);
    answered();
    const ended = performance.now();
    const stale = running.signal.aborted || ended >= running.validUntil;
    const finished = { attemptId: newId(), claimed, result, durationMs: ended - began, actor: service, stale };
    const fields = {
      deliveryId: claimed.delivery.id,
      tenant: claimed.delivery.tenant,
      target: claimed.delivery.target,
    };
    for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
      const written: Written = await this.#writer.write(finished).catch((error: unknown) => ({ type: 'error', error }));
      if (written.type === 'stored') return;
      if (written.type === 'fenced') return logger.warn(fields, 'result came under an old fence; recorded only');
      if (performance.now() + wait > running.validUntil || running.signal.aborted) {
        return logger.error(
          { ...fields, err: written.error as Error },
          'result could not be stored; the target will be probed',
        );
      }
      await delay(wait);
    }
  }

  async #attempt(claimed: Claimed, running: RunningDelivery): Promise<AttemptResult> {
    const adapter = this.#adapters.get(claimed.settings.kind)!;
    try {
      if (claimed.mode === 'probe') return { type: 'probed', probe: await adapter.probe(running) };
      return { type: 'sent', outcome: await adapter.deliver(running) };
    } catch (error) {
      const failure = toFailure(error);
      const { id, tenant, target } = claimed.delivery;
      const fields = { deliveryId: id, tenant, target, code: failure.code, class: failure.class };
      if (failure.code === 'HUB_DELIVERY_UNEXPECTED') {
        this.#options.logger.error({ ...fields, err: error as Error }, 'adapter failed unexpectedly');
      } else this.#options.logger.info(fields, 'attempt failed');
      return { type: 'failed', failure };
    }
  }

  async #heartbeat(): Promise<void> {
    const active = [...this.#active].map(({ running }) => running);
    const asked = performance.now();
    const states = await this.#leases.extend(active.map(({ delivery }) => delivery));
    for (const running of active) running.prolonged(states.get(running.delivery.id) ?? 'held', asked);
  }

  async #every(ms: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await delay(ms, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.#guard('upkeep', work);
    }
  }

  async #guard<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#options.logger.warn({ what, err: error as Error }, 'delivery engine could not work; it tries again');
      return undefined;
    }
  }

  async #pause(ms: number): Promise<void> {
    await within(new Promise<void>((resolve) => (this.#awake = resolve)), ms);
    this.#awake = () => undefined;
  }
}

function free(active: readonly Active[], concurrency: number, most: number): number {
  const now = performance.now();
  const busy = active.filter(({ since, answered }) => !answered && now - since < SLOW_AFTER_MS).length;
  return Math.max(0, Math.min(concurrency - busy, most - active.length));
}

/** Waits for the promise, at most so many milliseconds. */
async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([promise, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
