import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { berlinDate } from '@ozg-hub/core';
import { CLEARING_ACCOUNT, FakeEpay21, FakeFinance, FakeFinanceHttp } from '@ozg-hub/testing';

/** A fee at the end of the demo. */
export interface FeeLine {
  readonly paymentId: string;
  readonly vorgang: string;
  readonly kassenzeichen: string;
  readonly amount: string;
  readonly state: string;
  /** Number of the posting in the finance system. */
  readonly document: string | null;
}

/** What the municipality's books say in the end. */
export interface FeeReport {
  readonly fees: readonly FeeLine[];
  /** By account: debits less credits, in cents. */
  readonly ledger: Readonly<Record<string, number>>;
  /** Files of postings that the hub handed over. */
  readonly files: readonly string[];
}

export interface CollectOptions {
  readonly url: string;
  readonly operatorToken: string;
  /** Applications of which a fee is asked for. */
  readonly applications: readonly { readonly id: string; readonly vorgang: string }[];
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

interface AskedPayment {
  readonly id: string;
  readonly state: string;
  readonly amount: string;
  readonly currency: string;
  readonly kassenzeichen: string;
  readonly payPageUrl?: string;
  readonly vorgang?: string;
}

/** The municipality whose fees the demo takes, as deploy/directory configures it. */
const FEE_TENANT = 'musterstadt';
const USER = 'musterstadt';
const LOOK_MS = 100;

/** Payment service and finance system of Musterstadt, and the citizen who pays. */
export class Fees {
  private constructor(
    private readonly epay: FakeEpay21,
    private readonly finance: FakeFinance,
    /** Values of the names by which the directory refers to address and password. */
    readonly references: Readonly<Record<string, string>>,
  ) {}

  static async start(dataDir: string): Promise<Fees> {
    const password = randomBytes(12).toString('hex');
    const epay = new FakeEpay21({ folder: join(dataDir, 'epay21'), credentials: { user: USER, password } });
    await epay.start();
    const finance = await FakeFinance.open({ folder: join(dataDir, 'finance/books'), accounts: ['5110000'] });
    return new Fees(epay, finance, { MUSTERSTADT_EPAY_URL: epay.restUrl, MUSTERSTADT_EPAY_PASSWORD: password });
  }

  async stop(): Promise<void> {
    await this.epay.stop();
    await this.finance.close();
  }

  /** Each citizen pays, the finance system posts and answers, and the day's files are written. */
  async collect(options: CollectOptions): Promise<FeeReport> {
    const hub = new FeeClient(options);
    for (const { id, vorgang } of options.applications) {
      const payment = await hub.until(`/epay21/v1/submissions/${id}/payment`, ({ payPageUrl }) => Boolean(payPageUrl));
      options.say(`${vorgang}  asks for ${payment.amount} ${payment.currency}, Kassenzeichen ${payment.kassenzeichen}`);
      await pay(payment.payPageUrl!, options.signal);
      await hub.until(`/epay21/v1/payments/${payment.id}`, ({ state }) => state === 'PAID');
      options.say(`${vorgang}  paid at the payment service, and the hub has asked whether that is true`);
    }
    await this.#post(await hub.bookingKey(), options);
    const fees = await Promise.all(options.applications.map((application) => this.#lineOf(hub, application)));
    return { fees, ledger: Object.fromEntries(this.finance.balances), files: await hub.closeDay() };
  }

  /** The finance system fetches what waits, posts it and answers, until all is answered. */
  async #post(key: string, { url, applications, say }: CollectOptions): Promise<void> {
    const fetching = new FakeFinanceHttp({ finance: this.finance, url, key, tenant: FEE_TENANT });
    fetching.start();
    await this.finance.until(({ journal }) => journal.length >= applications.length);
    await fetching.stop();
    for (const { kassenzeichen, document, code } of this.finance.journal) {
      say(`${kassenzeichen}  ${document ? `booked by the finance system as ${document}` : `not booked: ${code}`}`);
    }
  }

  async #lineOf(hub: FeeClient, { id, vorgang }: CollectOptions['applications'][number]): Promise<FeeLine> {
    const {
      id: paymentId,
      kassenzeichen,
      amount,
      state,
    } = await hub.until(`/epay21/v1/submissions/${id}/payment`, (payment) => payment.state !== 'PAID');
    const posted = this.finance.posted.find((line) => line.paymentId === paymentId);
    return { paymentId, vorgang, kassenzeichen, amount, state, document: posted?.document ?? null };
  }
}

/** What is not as it should be. */
export function feeProblems({ fees, ledger }: FeeReport): string[] {
  const total = Object.values(ledger).reduce((sum, minor) => sum + minor, 0);
  return [
    ...fees.filter(({ state }) => state !== 'BOOKED').map(({ vorgang, state }) => `${vorgang}: its fee is ${state}`),
    ...(total === 0 ? [] : [`the ledger does not come to zero but to ${total} cents`]),
    ...(fees.length > 0 && !(CLEARING_ACCOUNT in ledger) ? ['the ledger has nothing of the payment service'] : []),
  ];
}

/** The citizen's browser: the pay page, its form, and where it is sent back to. */
async function pay(payPageUrl: string, signal: AbortSignal): Promise<void> {
  await fetch(payPageUrl, { signal });
  const body = new URLSearchParams({ action: 'pay', method: 'PAYPAL' });
  const answer = await fetch(payPageUrl, { method: 'POST', body, signal });
  if (!answer.ok) throw new Error(`the citizen came back to ${answer.url} and saw ${answer.status}`);
}

/** Speaks to the hub as online service, finance system and operator. */
class FeeClient {
  constructor(private readonly options: CollectOptions) {}

  async until(path: string, holds: (payment: AskedPayment) => boolean): Promise<AskedPayment> {
    for (;;) {
      const answer = await this.#ask(path);
      if (answer.ok) {
        const payment = (await answer.json()) as AskedPayment;
        if (holds(payment)) return payment;
      }
      await this.pause();
    }
  }

  /** Files of today, though it has not ended. @returns their names */
  async closeDay(): Promise<readonly string[]> {
    const day = berlinDate(new Date());
    const answer = await this.#ask('/epay21-bridge/ops/v1/files/close', { tenant: FEE_TENANT, day, early: true });
    if (!answer.ok) throw new Error(`no files: ${answer.status} ${await answer.text()}`);
    const { files } = (await answer.json()) as { files: readonly { name: string }[] };
    return files.map(({ name }) => name);
  }

  pause(): Promise<void> {
    return pause(LOOK_MS, undefined, { signal: this.options.signal });
  }

  /** A key with which the finance system may fetch and answer. */
  async bookingKey(): Promise<string> {
    const body = { name: 'Finanzsystem (demo)', scopes: ['book'], tenants: [FEE_TENANT] };
    const answer = await this.#ask('/hub/ops/v1/keys', body);
    return ((await answer.json()) as { key: string }).key;
  }

  #ask(path: string, body?: object): Promise<Response> {
    const { url, operatorToken, signal } = this.options;
    return fetch(`${url}${path}`, {
      headers: {
        authorization: `Bearer ${operatorToken}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      signal,
    });
  }
}
