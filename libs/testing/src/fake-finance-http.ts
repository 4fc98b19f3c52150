import { setTimeout as pause } from 'node:timers/promises';
import { type Logger, silentLogger } from '@ozg-hub/core';
import type { FinanceEvent, FinanceItem, FinanceMoney } from './fake-finance-ledger.ts';
import type { FakeFinance, FinanceAnswer } from './fake-finance.ts';

export interface FakeFinanceHttpOptions {
  readonly finance: FakeFinance;
  /** Of the hub, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** With scope `book`. */
  readonly key: string;
  readonly tenant: string;
  /** Milliseconds between two questions; default 200. */
  readonly everyMs?: number;
  readonly logger?: Logger;
}

const TIMEOUT_MS = 30_000;

/** What `GET /epay21/v1/postings` says of one, as far as it is needed. */
interface OpenPosting {
  readonly eventId: string;
  readonly kind: 'SETTLED' | 'REVERSED';
  readonly businessDay: string;
  readonly data: {
    readonly paymentId: string;
    readonly tenant: string;
    readonly kassenzeichen: string;
    readonly amount: FinanceMoney;
    readonly items: readonly FinanceItem[];
    readonly fee?: FinanceMoney;
    readonly reversed?: FinanceMoney;
    readonly originalEventId?: string;
  };
}

/** A finance system that fetches what waits to be posted, and says by HTTP what became of it. */
export class FakeFinanceHttp {
  readonly #options: FakeFinanceHttpOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: FakeFinanceHttpOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends after what it has fetched is answered. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { logger = silentLogger, everyMs = 200 } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        for (const posting of await this.#open()) await this.#post(posting);
      } catch (error) {
        logger.warn({ err: error as Error }, 'fake finance: the hub cannot be asked');
      }
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #open(): Promise<readonly OpenPosting[]> {
    const { postings } = (await this.#call(`/epay21/v1/postings?tenant=${this.#options.tenant}`)) as {
      postings: OpenPosting[];
    };
    return postings;
  }

  async #post({ eventId, kind, businessDay, data }: OpenPosting): Promise<void> {
    const { paymentId, tenant, kassenzeichen, items, fee, originalEventId } = data;
    const event: FinanceEvent = {
      id: eventId,
      type: kind === 'SETTLED' ? 'settled' : 'reversed',
      ...{ tenant, paymentId, kassenzeichen, items },
      amount: data.reversed ?? data.amount,
      day: businessDay,
      ...(fee && { fee }),
      ...(originalEventId !== undefined && { originalEventId }),
    };
    for (const answer of await this.#options.finance.take(event, 'http')) await this.#answer(answer);
  }

  async #answer({ paymentId, eventId, outcome, document, code }: FinanceAnswer): Promise<void> {
    await this.#call('/epay21/v1/bookings', { paymentId, eventId, outcome, document, code });
  }

  async #call(path: string, body?: object): Promise<unknown> {
    const { url, key } = this.#options;
    const answer = await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const said: unknown = await answer.json();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return said;
  }
}
