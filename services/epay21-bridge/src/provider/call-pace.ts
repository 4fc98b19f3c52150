import { setTimeout as pause } from 'node:timers/promises';
import type { Pace } from './payment-provider.port.ts';

/** Longer than a second by a twentieth: one call may be longer on its way than the next. */
const SECOND_MS = 1_050;

/** Lets calls to one payment service leave one by one, so that in no second there are more than its rate. */
export class CallPace implements Pace {
  /** Milliseconds from one call to the next. */
  readonly everyMs: number;
  #last = -Infinity;
  #waiting = 0;
  #before: Promise<void> = Promise.resolve();

  /** @param now milliseconds, monotonic */
  constructor(
    rate: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.everyMs = SECOND_MS / rate;
  }

  /** Calls that are to leave and may not yet. */
  get waiting(): number {
    return this.#waiting;
  }

  async leave(signal: AbortSignal): Promise<void> {
    this.#waiting += 1;
    const turn = this.#before.then(() => this.#turn(signal));
    this.#before = turn.catch(() => undefined);
    try {
      await turn;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (let wait = this.#wait(); wait > 0; wait = this.#wait()) {
      await pause(Math.ceil(wait), undefined, { signal }).catch(() => signal.throwIfAborted());
    }
    this.#last = this.now();
  }

  #wait(): number {
    return this.#last + this.everyMs - this.now();
  }
}
