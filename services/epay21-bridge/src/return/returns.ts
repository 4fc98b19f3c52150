import type { Store } from '@ozg-hub/store';
import { LOOKS } from '../payment-recorder.ts';
import { type Payment, findByReturnToken } from '../payment.repository.ts';
import { isOpen } from '../transition.ts';

const TOKEN = /^[A-Za-z0-9_-]{32}$/;
/** Of all citizens who wait for a state at once; more see the state of now. */
const MOST_WAITING = 64;

/** Brings the next look forward, unless it is due already or the service was asked just now. */
const LOOK_NOW = `
  UPDATE payment SET next_look_at = now() WHERE id = $1 AND next_look_at > now() AND NOT EXISTS (
    SELECT 1 FROM provider_answer
    WHERE payment_id = payment.id AND call = 'look' AND at > now() - interval '2 seconds')`;

export interface ReturnsOptions {
  readonly store: Store;
  /** Longest wait for what the payment service says; milliseconds. */
  readonly waitMs: number;
}

/** Citizens who come back from the pay page: each return makes the hub ask, in the pace of the poller. */
export class Returns {
  #waiting = 0;

  constructor(private readonly options: ReturnsOptions) {}

  /** The payment as it is, after a short wait for news where it is open; undefined for a token of nobody. */
  async of(token: string): Promise<Payment | undefined> {
    const { store } = this.options;
    const payment = TOKEN.test(token) ? await findByReturnToken(store, token) : undefined;
    if (!payment || !isOpen(payment.state) || this.#waiting >= MOST_WAITING) return payment;
    this.#waiting += 1;
    try {
      await store.tx(async (tx) => {
        await tx.query(LOOK_NOW, [payment.id]);
        tx.notify(LOOKS);
      });
      return await this.#news(token, payment);
    } finally {
      this.#waiting -= 1;
    }
  }

  async #news(token: string, before: Payment): Promise<Payment> {
    let now = before;
    for (const until = performance.now() + this.options.waitMs; performance.now() < until && isOpen(now.state);) {
      await new Promise((resume) => setTimeout(resume, 200));
      now = (await findByReturnToken(this.options.store, token)) ?? now;
    }
    return now;
  }
}
