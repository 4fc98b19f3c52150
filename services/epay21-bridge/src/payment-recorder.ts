import { berlinDate } from '@ozg-hub/core';
import { Trail } from '@ozg-hub/delivery';
import type { EncodedEvent } from '@ozg-hub/events';
import { type Money, add, isSame } from '@ozg-hub/money';
import { type Tx, outbox } from '@ozg-hub/store';
import { FinanceEvents, type Reversal } from './finance-events.ts';
import { jittered, secondsToNextClosing, secondsToNextLook } from './provider/look-schedule.ts';
import type { PaymentState } from './payment.ts';
import { type Payment, type PaymentPatch, bookingOf, updatePayment } from './payment.repository.ts';
import { type PaymentEvent, hasMoney, transition } from './transition.ts';

/** Wakes the poller after a commit. */
export const LOOKS = 'payment_looks';

/** What happened to a payment. */
export interface PaymentChange {
  /** Left out: nothing that moves the state, e.g. a call that failed. */
  readonly event?: PaymentEvent | undefined;
  /** Names it in the history: `initiate`, `look`, `close`, `booking`, … */
  readonly cause: string;
  /** Service, or who ordered it. */
  readonly actor: string;
  readonly patch?: PaymentPatch | undefined;
  /** A call to the payment service was answered, or not to be used. */
  readonly call?: 'answered' | 'failed' | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

export interface PaymentRecorderOptions {
  /** CloudEvents source. */
  readonly source: string;
  /** Whether the payment service wants to be told that it was booked. */
  readonly closes: (payment: Payment) => boolean;
  /** After the commit of each change of state. */
  readonly observe?: ((payment: Pick<Payment, 'tenant' | 'state'>) => void) | undefined;
  /** Spreads looks only. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

export interface SettledPayment {
  readonly id: string;
  readonly tenant: string;
  /** That its history has already. */
  readonly changes: number;
}

/** What an operator sees in the history when it changes. */
const NEWS = ['state', 'integrity', 'booking', 'closing', 'settledOn'] as const satisfies (keyof Payment)[];

/** Writes what happens to payments: state, history, events for the finance system, postings and trail, in one transaction. */
export class PaymentRecorder {
  readonly #trail = new Trail();
  readonly #events: FinanceEvents;

  constructor(private readonly options: PaymentRecorderOptions) {
    this.#events = new FinanceEvents(options.source);
  }

  /** For a payment that this transaction has just inserted. */
  async created(tx: Tx, payment: Payment, actor: string): Promise<void> {
    await outbox.append(tx, [this.#events.requested(payment)]);
    await tx.query('UPDATE payment SET sequence = sequence + 1 WHERE id = $1', [payment.id]);
    await this.#history(tx, payment, { cause: 'created', actor }, undefined);
    tx.notify(LOOKS);
    tx.afterCommit(() => this.options.observe?.(payment));
  }

  /** Records a change of a payment that this transaction has locked, and gives the payment as it is now. */
  async record(tx: Tx, before: Payment, change: PaymentChange): Promise<Payment> {
    const { event, call } = change;
    const { state, contradicts } = event
      ? transition(before.state, event)
      : { state: before.state, contradicts: false };
    const moved: Payment = {
      ...before,
      ...change.patch,
      state,
      ...(contradicts && wasSaid(before) ? { integrity: 'HUB_EPAY_CONTRADICTION' } : {}),
      looks: before.looks + (call ? 1 : 0),
      failures: call === 'failed' ? before.failures + 1 : call ? 0 : before.failures,
    };
    const after = state === before.state ? moved : await this.#announce(tx, moved);
    await this.#write(tx, before, after, change);
    return after;
  }

  /** Money that went back; the caller has stored the reversal and checked its amount. */
  async reversed(tx: Tx, before: Payment, reversal: Reversal, actor: string): Promise<Payment> {
    const event = this.#events.reversed(before, reversal);
    await outbox.append(tx, [event]);
    await appendPosting(tx, before, event, { kind: 'REVERSED', amount: reversal.amount, at: reversal.at });
    const reversed = add(before.reversed, reversal.amount);
    const inFull = isSame(reversed, before.gross);
    return await this.record(tx, before, {
      ...(inFull && { event: { type: 'reversed', kind: reversal.kind } }),
      cause: reversal.kind.toLowerCase(),
      actor,
      patch: { reversed, sequence: before.sequence + 1, booking: await bookingOf(tx, before.id) },
    });
  }

  /** Many at once that a statement has just moved to SETTLED, one statement each for history and trail. */
  async settled(tx: Tx, payments: readonly SettledPayment[]): Promise<void> {
    await tx.query(SETTLED, [payments.map(({ id }) => id), payments.map(({ changes }) => changes + 1)]);
    tx.afterCommit(() => payments.forEach(({ tenant }) => this.options.observe?.({ tenant, state: 'SETTLED' })));
    await this.#trail.append(
      tx,
      payments.map(({ id, tenant }) => ({
        tenant,
        kind: 'payment.settled',
        subject: { payment: id },
        actor: 'epay21-bridge',
        state: 'SETTLED',
      })),
    );
  }

  /** What the finance system hears of the new state. */
  async #announce(tx: Tx, moved: Payment): Promise<Payment> {
    const event = this.#eventOf(moved);
    if (!event) return moved;
    await outbox.append(tx, [event]);
    const told = { ...moved, sequence: moved.sequence + 1 };
    if (!hasMoney(moved.state)) return told;
    const { gross: amount, paidAt: at = moved.readAt } = moved;
    await appendPosting(tx, moved, event, { kind: 'SETTLED', amount, at });
    return {
      ...told,
      settledEvent: event.id,
      booking: 'WAITING',
      ...(this.options.closes(moved) ? { closing: 'WAITING' } : {}),
    };
  }

  #eventOf(payment: Payment): EncodedEvent | undefined {
    switch (payment.state) {
      case 'PAID':
      case 'LATE_PAID':
        return this.#events.settled(payment);
      case 'FAILED':
      case 'EXPIRED':
        return this.#events.failed(payment);
      case 'CANCELLED':
        return this.#events.cancelled(payment);
      default:
        return undefined;
    }
  }

  async #write(tx: Tx, before: Payment, after: Payment, change: PaymentChange): Promise<void> {
    const nextLook = this.#nextLook(after, change);
    await updatePayment(tx, before.id, differences(before, after), nextLook);
    if (NEWS.some((name) => before[name] !== after[name]) || !isSame(before.reversed, after.reversed)) {
      await this.#history(tx, after, change, before.state);
    }
    if (nextLook !== undefined && nextLook < 5) tx.notify(LOOKS);
    if (after.state !== before.state) tx.afterCommit(() => this.options.observe?.(after));
  }

  #nextLook(payment: Payment, { retryAfterSeconds }: PaymentChange): number | undefined {
    if (payment.closing === 'WAITING') return secondsToNextClosing(payment.failures, retryAfterSeconds);
    const seconds = secondsToNextLook({ ...payment, retryAfterSeconds });
    return seconds === undefined ? undefined : jittered(seconds, (this.options.random ?? Math.random)());
  }

  async #history(
    tx: Tx,
    payment: Payment,
    { cause, actor }: Pick<PaymentChange, 'cause' | 'actor'>,
    from: PaymentState | undefined,
  ): Promise<void> {
    const { id, tenant, state, submissionId } = payment;
    const code = payment.integrity ?? payment.code;
    await tx.query(
      `INSERT INTO payment_change (payment_id, position, from_state, state, cause, code, actor)
       SELECT $1::uuid, coalesce(max(position), 0) + 1, $2, $3, $4, $5, $6 FROM payment_change WHERE payment_id = $1::uuid`,
      [id, from, state, cause, code, actor],
    );
    const subject = { payment: id, ...(submissionId ? { submission: submissionId } : {}) };
    await this.#trail.append(tx, [{ tenant, kind: `payment.${cause}`, subject, actor, state, code }]);
  }
}

/** An end that the hub or a person set is nothing that the payment service takes back. */
function wasSaid({ state, providerStatus = '' }: Payment): boolean {
  return hasMoney(state) || providerStatus.startsWith(state);
}

const SETTLED = `
  INSERT INTO payment_change (payment_id, position, from_state, state, cause, actor)
  SELECT p.id, p.position, 'BOOKED', 'SETTLED', 'settled', 'epay21-bridge'
  FROM unnest($1::uuid[], $2::int[]) AS p (id, position)`;

interface PostingFacts {
  readonly kind: 'SETTLED' | 'REVERSED';
  readonly amount: Money;
  /** When the money came or went. */
  readonly at: Date;
}

async function appendPosting(tx: Tx, payment: Payment, event: EncodedEvent, { kind, amount, at }: PostingFacts) {
  const { id, tenant, finance, gross, fee } = payment;
  await tx.query(
    `INSERT INTO posting (event_id, payment_id, tenant, finance, kind, business_day, currency, gross_minor, fee_minor, data)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      event.id,
      id,
      tenant,
      finance,
      kind,
      berlinDate(at),
      gross.currency,
      amount.minor,
      kind === 'SETTLED' ? fee?.minor : undefined,
      event.value.toString('utf8'),
    ],
  );
}

/** What a change set, for one statement that writes only that. */
function differences(before: Payment, after: Payment): PaymentPatch {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => before[name as keyof Payment] !== value),
  ) as PaymentPatch;
}
