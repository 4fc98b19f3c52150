import type { Logger } from '@ozg-hub/core';
import { type HeldLock, ListeningLoop, type Store } from '@ozg-hub/store';
import { LOOKS } from '../payment-recorder.ts';
import { CallPace } from './call-pace.ts';
import type { Advance, ProviderCalls } from './provider-calls.ts';

export interface PaymentWatchOptions {
  readonly store: Store;
  readonly calls: Pick<ProviderCalls, 'advance'>;
  readonly logger: Logger;
  /** Calls per second to one payment service, of all municipalities together. */
  readonly rate: number;
  /** Calls at a time to one payment service. */
  readonly concurrency: number;
  /** Milliseconds, monotonic. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
}

interface Endpoint {
  readonly running: Set<string>;
  /** Each of its requests, of which one payment may take several. */
  readonly pace: CallPace;
  /** Payments that may begin. */
  tokens: number;
  at: number;
  pausedUntil: number;
  failures: number;
}

const EVERY_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** Those that wait to be closed wait until the finance system's event is on the bus. */
const IS_DUE = `next_look_at <= now() AND (closing IS DISTINCT FROM 'WAITING'
  OR NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id = settled_event AND published_at IS NULL))`;
const DUE_ENDPOINTS = `SELECT DISTINCT endpoint FROM payment WHERE ${IS_DUE}`;
const DUE = `
  SELECT id FROM payment WHERE endpoint = $1 AND ${IS_DUE} AND id <> ALL ($2::uuid[]) ORDER BY next_look_at LIMIT $3`;

const PUT_BACK = `
  UPDATE payment SET next_look_at = greatest(next_look_at, now() + interval '5 minutes') WHERE id = $1`;

/**
 * Looks after open payments, one instance at a time. Each payment service has its own rate and concurrency, so that one
 * that hangs holds up no other.
 */
export class PaymentWatch {
  readonly #options: PaymentWatchOptions;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #loop: ListeningLoop;
  readonly #work = new Set<Promise<void>>();
  #stop = new AbortController();
  #lock: HeldLock | undefined;

  constructor(options: PaymentWatchOptions) {
    this.#options = options;
    const { store, logger } = options;
    this.#loop = new ListeningLoop({
      store,
      channel: LOOKS,
      everyMs: EVERY_MS,
      look: () => this.#look(),
      onError: (error) => logger.warn({ err: error as Error }, 'payments could not be looked at; it is tried again'),
    });
  }

  start(): void {
    this.#stop = new AbortController();
    this.#loop.start();
  }

  /** Ends the calls under way, at the latest after the time given; what they asked for is asked again. */
  async stop(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#stop.abort(), graceMs);
    await this.#loop.stop();
    await Promise.all(this.#work);
    clearTimeout(timer);
    await this.#giveBack();
  }

  /** One round of whoever has the lock. @returns milliseconds to the next one */
  async #look(): Promise<number> {
    if (this.#lock?.lost.aborted) await this.#giveBack();
    this.#lock ??= await this.#options.store.lock('payment-watch');
    return this.#lock ? await this.#round() : EVERY_MS;
  }

  async #giveBack(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    try {
      await lock?.release();
    } catch (error) {
      this.#options.logger.debug({ err: error as Error }, 'the lock of the watch went away with its connection');
    }
  }

  /** Begins what is due, as far as rate and concurrency allow. @returns milliseconds to the next round */
  async #round(): Promise<number> {
    const { store, concurrency } = this.#options;
    const due = await store.query<{ endpoint: string }>(DUE_ENDPOINTS);
    for (const { endpoint: name } of due) {
      const endpoint = this.#endpoint(name);
      const { tokens, running, pace } = endpoint;
      const room = Math.min(Math.floor(tokens), concurrency - running.size, this.#burst - pace.waiting);
      if (room < 1) continue;
      const rows = await store.query<{ id: string }>(DUE, [name, [...running], room]);
      for (const { id } of rows) this.#begin(endpoint, id);
    }
    return due.length === 0 ? EVERY_MS : Math.ceil(1000 / this.#options.rate);
  }

  /** Payments of one service that begin at once, and requests that wait, where more are due: a quarter of a second's. */
  get #burst(): number {
    return Math.max(1, Math.floor(this.#options.rate / 4));
  }

  #endpoint(name: string): Endpoint {
    const now = this.#now();
    const endpoint = this.#endpoints.get(name) ?? {
      running: new Set<string>(),
      pace: new CallPace(this.#options.rate, () => this.#now()),
      tokens: 1,
      at: now,
      pausedUntil: 0,
      failures: 0,
    };
    this.#endpoints.set(name, endpoint);
    const earned = (now - endpoint.at) / endpoint.pace.everyMs;
    endpoint.tokens = now < endpoint.pausedUntil ? 0 : Math.min(this.#burst, endpoint.tokens + earned);
    endpoint.at = now;
    return endpoint;
  }

  #begin(endpoint: Endpoint, id: string): void {
    endpoint.tokens -= 1;
    endpoint.running.add(id);
    const work = this.#advance(endpoint, id).finally(() => {
      endpoint.running.delete(id);
      this.#work.delete(work);
    });
    this.#work.add(work);
  }

  async #advance(endpoint: Endpoint, id: string): Promise<void> {
    try {
      const advance = await this.#options.calls.advance(id, this.#stop.signal, endpoint.pace);
      if (advance) this.#observe(endpoint, advance);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#options.logger.warn({ err: error as Error, payment: id }, 'a payment could not be looked at');
      await this.#putBack(endpoint, id);
    }
  }

  /** What fails for a reason of its own waits, so that it does not come first again and again. */
  async #putBack(endpoint: Endpoint, id: string): Promise<void> {
    try {
      await this.#options.store.query(PUT_BACK, [id]);
    } catch (error) {
      this.#slowDown(endpoint, 0);
      this.#options.logger.warn({ err: error as Error, payment: id }, 'a payment that failed could not be put back');
    }
  }

  #observe(endpoint: Endpoint, { outcome, ofThePayee, retryAfterSeconds = 0 }: Advance): void {
    // Nothing was asked of the service, or nothing follows for others.
    if (ofThePayee || outcome === 'WAITING') return;
    if (outcome === 'UNAVAILABLE' || outcome === 'UNKNOWN') return this.#slowDown(endpoint, retryAfterSeconds);
    endpoint.failures = 0;
  }

  /** The service as a whole is in trouble: fewer calls, not only for this payment. */
  #slowDown(endpoint: Endpoint, retryAfterSeconds: number): void {
    endpoint.failures += 1;
    const pause = Math.min(250 * 2 ** Math.min(endpoint.failures, 10), LONGEST_PAUSE_MS);
    endpoint.pausedUntil = this.#now() + Math.max(pause, Math.min(retryAfterSeconds * 1000, 10 * LONGEST_PAUSE_MS));
  }

  #now(): number {
    return (this.#options.now ?? (() => performance.now()))();
  }
}
