import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '@ozg-hub/core';
import type { Money } from '@ozg-hub/money';
import { Journal } from './fake-dms-journal.ts';

/** As ePay21 spells them. */
export type FakePaymentStatus = 'init' | 'started' | 'payed' | 'confirmed' | 'canceled' | 'failed';

/** What was asked for. */
export interface PlacedPayment {
  /** The service's own id: transactionId, PayID. */
  readonly payId: string;
  /** The shop's id: requestId, CallerPayID. */
  readonly requestId: string;
  /** `originatorId/endpointId` by REST, the Mandant by SOAP. */
  readonly payee: string;
  readonly face: 'rest' | 'soap';
  readonly amount: Money;
  readonly purpose: string;
  readonly kassenzeichen: string;
  readonly returnUrl: string;
  readonly cancelUrl: string;
  readonly timeoutMinutes: number;
  /** The request as it came by REST. */
  readonly request?: Readonly<Record<string, unknown>>;
}

export interface FakeCharge {
  readonly at: string;
  readonly method: string;
}

export interface FakePayment extends PlacedPayment {
  readonly placedAt: string;
  status: FakePaymentStatus;
  startedAt?: string;
  finishedAt?: string;
  /** How often the citizen's money was taken; more than one is what must never be. */
  readonly charges: FakeCharge[];
  /** ConfirmPayment, in order. */
  readonly closings: { readonly at: string; readonly action: string }[];
  readonly protocol: { readonly at: string; readonly operation: string; readonly status: FakePaymentStatus }[];
}

/** A line of `books.jsonl`. */
export type FakeEpay21Line = { readonly at: string } & (
  | { readonly event: 'placed'; readonly payment: PlacedPayment }
  /** A request with an id that is known; refused. */
  | { readonly event: 'repeated'; readonly payId: string }
  | { readonly event: 'started' | 'canceled' | 'failed'; readonly payId: string }
  | { readonly event: 'charged'; readonly payId: string; readonly method: string }
  | { readonly event: 'closed'; readonly payId: string; readonly action: string }
  /** Somebody set the status by hand. */
  | { readonly event: 'corrected'; readonly payId: string; readonly status: FakePaymentStatus }
);
type Entry = FakeEpay21Line extends infer Line ? (Line extends unknown ? Omit<Line, 'at'> : never) : never;

const FINAL: readonly FakePaymentStatus[] = ['payed', 'confirmed', 'canceled', 'failed'];

/** The one set of books behind all faces. Each change is a line, and on disk before it is answered where there is a folder. */
export class FakeEpay21Books {
  readonly #payments = new Map<string, FakePayment>();
  readonly #newest = new Map<string, FakePayment>();
  readonly #lines: FakeEpay21Line[] = [];
  #written: Promise<void> = Promise.resolve();

  private constructor(
    private readonly journal: Journal<FakeEpay21Line> | undefined,
    public clock: Clock,
  ) {
    for (const line of journal?.lines ?? []) this.#apply(line);
  }

  static async open(folder: string | undefined, clock: Clock = systemClock): Promise<FakeEpay21Books> {
    if (folder === undefined) return new FakeEpay21Books(undefined, clock);
    await mkdir(folder, { recursive: true });
    return new FakeEpay21Books(await Journal.open(join(folder, 'books.jsonl')), clock);
  }

  async close(): Promise<void> {
    await this.#written;
    await this.journal?.close();
  }

  /** Everything that happened, in order. */
  get lines(): readonly FakeEpay21Line[] {
    return this.#lines;
  }

  get payments(): readonly FakePayment[] {
    return [...this.#payments.values()];
  }

  /** By the service's own id. */
  get(payId: string): FakePayment | undefined {
    return this.#payments.get(payId);
  }

  /** The newest of that requestId. */
  ofRequest(requestId: string): FakePayment | undefined {
    return this.#newest.get(requestId);
  }

  /** As it is now: who was too slow has failed. */
  async find(payId: string): Promise<FakePayment | undefined> {
    const payment = this.#payments.get(payId);
    if (!payment || FINAL.includes(payment.status)) return payment;
    const end = Date.parse(payment.placedAt) + payment.timeoutMinutes * 60_000;
    if (this.clock.now().getTime() >= end) await this.#write({ event: 'failed', payId });
    return payment;
  }

  async place(payment: Omit<PlacedPayment, 'payId'>): Promise<FakePayment> {
    const payId = randomUUID();
    await this.#write({ event: 'placed', payment: { payId, ...payment } });
    return this.#payments.get(payId)!;
  }

  async repeated(payId: string): Promise<void> {
    await this.#write({ event: 'repeated', payId });
  }

  /** What the citizen does on the pay page; false where the payment has come to its end before. */
  async act(payId: string, action: 'start' | 'pay' | 'cancel', method = 'Paypal'): Promise<boolean> {
    const payment = await this.find(payId);
    if (!payment || FINAL.includes(payment.status)) return false;
    if (action === 'start') {
      if (payment.status === 'init') await this.#write({ event: 'started', payId });
    } else if (action === 'pay') await this.#write({ event: 'charged', payId, method });
    else await this.#write({ event: 'canceled', payId });
    return true;
  }

  /** The money comes, whatever the status was. */
  async charge(payId: string, method = 'Paypal'): Promise<void> {
    await this.#write({ event: 'charged', payId, method });
  }

  async confirm(payId: string, action: string): Promise<void> {
    await this.#write({ event: 'closed', payId, action });
  }

  async correct(payId: string, status: FakePaymentStatus): Promise<void> {
    await this.#write({ event: 'corrected', payId, status });
  }

  /** Applied at once, so that who comes next sees it; on disk when this returns. */
  async #write(entry: Entry): Promise<void> {
    const line = { at: this.clock.now().toISOString(), ...entry } as FakeEpay21Line;
    this.#apply(line);
    const { journal } = this;
    if (journal) this.#written = this.#written.then(() => journal.append(line));
    await this.#written;
  }

  #apply(line: FakeEpay21Line): void {
    this.#lines.push(line);
    const { at } = line;
    if (line.event === 'placed') {
      const protocol = [{ at, operation: 'InitPayment', status: 'init' as const }];
      const payment = { ...line.payment, placedAt: at, status: 'init' as const, charges: [], closings: [], protocol };
      this.#payments.set(payment.payId, payment);
      this.#newest.set(payment.requestId, payment);
      return;
    }
    const payment = this.#payments.get(line.payId);
    if (payment) change(payment, line);
  }
}

function change(payment: FakePayment, line: Exclude<FakeEpay21Line, { event: 'placed' }>): void {
  const { at, event } = line;
  const becomes = (status: FakePaymentStatus, operation: string) => {
    payment.status = status;
    payment.protocol.push({ at, operation, status });
  };
  switch (event) {
    case 'started':
      payment.startedAt = at;
      return becomes('started', 'StartPayment');
    case 'charged':
      payment.finishedAt = at;
      payment.charges.push({ at, method: line.method });
      return becomes('payed', 'ClosePayment');
    case 'canceled':
    case 'failed':
      payment.finishedAt = at;
      return becomes(event, 'ClosePayment');
    case 'corrected':
      return becomes(line.status, 'Correction');
    case 'closed':
      payment.closings.push({ at, action: line.action });
      return becomes(afterClosing(payment.status, line.action), 'ConfirmPayment');
    case 'repeated':
      return;
    default:
      line satisfies never;
  }
}

function afterClosing(status: FakePaymentStatus, action: string): FakePaymentStatus {
  if (status === 'payed') return action === 'confirm' ? 'confirmed' : status;
  return (status === 'init' || status === 'started') && action === 'cancel' ? 'canceled' : status;
}
