import type { Store } from '@ozg-hub/store';
import { LOOKS } from '../payment-recorder.ts';
import { type Payment, findByReturnToken } from '../payment.repository.ts';
import { hasMoney, isWithoutMoney } from '../transition.ts';

const TOKEN = /^[A-Za-z0-9_-]{32}$/;
/** Of all citizens who wait for a state at once; more see the state of now. */
const MOST_WAITING = 64;

/** Brings the next look forward, where one is to come at all: to now, or a second after the last one. */
const LOOK_NOW = `
  UPDATE payment SET next_look_at = least(next_look_at, greatest(now(), (
    SELECT max(at) + interval '1 second' FROM provider_answer WHERE payment_id = payment.id AND call = 'look')))
  WHERE id = $1 AND next_look_at > now()`;

/** What the payment service said to a call that began after the citizen was back. */
const HEARD_SINCE = `
  SELECT outcome FROM provider_answer
  WHERE payment_id = $1 AND call IN ('initiate', 'look') AND at - make_interval(secs => milliseconds / 1000.0) >= $2
  ORDER BY at DESC LIMIT 1`;

export interface ReturnsOptions {
  readonly store: Store;
  /** Longest wait for what the payment service says; milliseconds. */
  readonly waitMs: number;
}

/** What a citizen who comes back is told. */
export interface Returned {
  readonly payment: Payment;
  /** The payment service has said since he is back that the payment came to nothing. */
  readonly nothingCame: boolean;
}

/** Citizens who come back from the pay page: each return makes the hub ask, in the pace of the poller. */
export class Returns {
  #waiting = 0;

  constructor(private readonly options: ReturnsOptions) {}

  /** The payment as it is, after a short wait for news where money may still come; undefined for a token of nobody. */
  async of(token: string): Promise<Returned | undefined> {
    const payment = TOKEN.test(token) ? await findByReturnToken(this.options.store, token) : undefined;
    if (!payment) return undefined;
    if (hasMoney(payment.state) || payment.nextLookAt === undefined || this.#waiting >= MOST_WAITING) {
      return { payment, nothingCame: false };
    }
    this.#waiting += 1;
    try {
      await this.#askFor(payment);
      return await this.#news(token, payment);
    } finally {
      this.#waiting -= 1;
    }
  }

  async #askFor({ id }: Payment): Promise<void> {
    await this.options.store.tx(async (tx) => {
      await tx.query(LOOK_NOW, [id]);
      tx.notify(LOOKS);
    });
  }

  async #news(token: string, before: Payment): Promise<Returned> {
    const { store, waitMs } = this.options;
    let payment = before;
    let heard: string | undefined;
    const isDecided = () => hasMoney(payment.state) || (isWithoutMoney(payment.state) && heard !== undefined);
    for (const until = performance.now() + waitMs; performance.now() < until && !isDecided();) {
      await new Promise((resume) => setTimeout(resume, 200));
      const { looks } = payment;
      payment = (await findByReturnToken(store, token)) ?? payment;
      if (payment.looks === looks) continue;
      heard = await this.#heardSince(before);
      // A call from before the return has put the next look off.
      if (heard === undefined) await this.#askFor(payment);
      // Not older than what was heard.
      else payment = (await findByReturnToken(store, token)) ?? payment;
    }
    return { payment, nothingCame: heard === 'KNOWN' && saysNothingCame(payment) };
  }

  async #heardSince({ id, readAt }: Payment): Promise<string | undefined> {
    const [answer] = await this.options.store.query<{ outcome: string }>(HEARD_SINCE, [id, readAt]);
    return answer?.outcome;
  }
}

/** That it is open at the service still, or that its answer is about something else, is no such word. */
function saysNothingCame({ state, integrity, providerStatus = '' }: Payment): boolean {
  return isWithoutMoney(state) && integrity === undefined && /^(?:FAILED|CANCELLED)\b/.test(providerStatus);
}
