import { type Failpoints, type TraceContext, newSpan, parseTraceparent } from '@ozg-hub/core';
import type { Claimed } from './claim.repository.ts';
import { deliveryErrors } from './errors.ts';
import type { Leases } from './leases.ts';
import type { DeliveryWork, Json } from './target-adapter.port.ts';

/** A delivery under lease in this process. */
export class RunningDelivery implements DeliveryWork {
  readonly trace: TraceContext;
  readonly failpoints: Failpoints;
  readonly #claimed: Claimed;
  readonly #leases: Leases;
  readonly #steps: Map<string, Json>;
  readonly #abort = new AbortController();
  #validUntil: number;
  #watch: NodeJS.Timeout | undefined;
  #lost = false;

  /** @param validUntil monotonic milliseconds (`performance.now()`) until which the lease surely holds */
  constructor(claimed: Claimed, leases: Leases, failpoints: Failpoints, validUntil: number) {
    this.#claimed = claimed;
    this.#leases = leases;
    this.#steps = new Map(claimed.steps);
    this.#validUntil = validUntil;
    this.failpoints = failpoints;
    this.trace = newSpan(parseTraceparent(claimed.delivery.traceparent));
    this.#watchLease();
  }

  get delivery() {
    return this.#claimed.delivery;
  }

  get settings() {
    return this.#claimed.settings;
  }

  get exchange() {
    return { id: this.delivery.exchangeId, number: this.delivery.exchangeNumber };
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get validUntil(): number {
    return this.#validUntil;
  }

  async step<T extends Json>(name: string, run: () => Promise<T>): Promise<T> {
    if (this.#steps.has(name)) return this.#steps.get(name) as T;
    this.requireLease();
    this.failpoints.hit(`delivery.before-step:${name}`);
    const result = await run();
    this.failpoints.hit(`delivery.after-step:${name}`);
    await this.#store(name, result);
    this.#steps.set(name, result);
    this.failpoints.hit(`delivery.after-step-stored:${name}`);
    return result;
  }

  stored<T extends Json>(name: string): T | undefined {
    return this.#steps.get(name) as T | undefined;
  }

  requireLease(): void {
    if (performance.now() >= this.#validUntil) this.abandon();
    if (this.#lost) throw deliveryErrors.HUB_DELIVERY_FENCED();
  }

  /** Takes in what an extension said that was asked for at this monotonic time. */
  prolonged(state: 'extended' | 'held' | 'lost', asked: number, leaseMs = this.#leases.leaseMs): void {
    if (state === 'extended') this.#validUntil = asked + leaseMs;
    if (state === 'lost') this.abandon();
  }

  /** Aborts the work; what it says from now on is recorded as fenced or in doubt. */
  abandon(): void {
    this.#lost = true;
    this.#abort.abort(deliveryErrors.HUB_DELIVERY_FENCED());
  }

  /** The attempt is over, and what it said recorded: its lease is nobody's concern any more. */
  end(): void {
    clearTimeout(this.#watch);
  }

  /**
   * Whoever slept, or was cut off from the database, for the time of its lease has been replaced by another without
   * being told: the clock ends its work.
   */
  #watchLease(): void {
    const left = this.#validUntil - performance.now();
    if (left <= 0) this.abandon();
    else this.#watch = setTimeout(() => this.#watchLease(), left).unref();
  }

  /** The step took effect: whatever goes wrong from here leaves the delivery in doubt, never "try again". */
  async #store(name: string, result: Json): Promise<void> {
    const { id, fence, exchangeId } = this.delivery;
    let stored: boolean;
    try {
      stored = await this.#leases.storeStep({ id, fence, exchangeId, name, result: result ?? null });
    } catch (cause) {
      throw deliveryErrors.HUB_DELIVERY_UNEXPECTED({ detail: 'The result of a step could not be stored.', cause });
    }
    if (stored) return;
    this.abandon();
    throw deliveryErrors.HUB_DELIVERY_FENCED();
  }
}
