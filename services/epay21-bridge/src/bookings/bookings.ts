import { createHash } from 'node:crypto';
import type { Store, Tx } from '@ozg-hub/store';
import { epayErrors } from '../errors.ts';
import type { PaymentRecorder } from '../payment-recorder.ts';
import { type Payment, bookingOf, findPayment } from '../payment.repository.ts';

/** What a finance system says of a posting. */
export interface BookingAnswer {
  readonly paymentId: string;
  /** Of the payment.settled or payment.reversed that it answers. */
  readonly eventId: string;
  readonly outcome: 'ACCEPTED' | 'REJECTED';
  /** Number of the posting there. */
  readonly document?: string | undefined;
  /** Why it was rejected. */
  readonly code?: string | undefined;
}

export interface BookingOrigin {
  readonly way: 'bus' | 'http' | 'file';
  readonly actor: string;
  /** Undefined: all. */
  readonly tenants?: ReadonlySet<string> | undefined;
}

export interface BookingsOptions {
  readonly store: Store;
  readonly recorder: PaymentRecorder;
  readonly observe?: ((outcome: BookingAnswer['outcome']) => void) | undefined;
}

/** Answers of finance systems: PAID becomes BOOKED, or a case for an operator. The same answer twice changes nothing. */
export class Bookings {
  constructor(private readonly options: BookingsOptions) {}

  /** @throws HUB_EPAY_PAYMENT_UNKNOWN, HUB_EPAY_BOOKING_UNKNOWN */
  async take(answer: BookingAnswer, origin: BookingOrigin): Promise<Payment> {
    return await this.options.store.tx((tx) => this.takeIn(tx, answer, origin));
  }

  /** {@link take} in a transaction of the caller. */
  async takeIn(tx: Tx, answer: BookingAnswer, { way, actor, tenants }: BookingOrigin): Promise<Payment> {
    const payment = await findPayment(tx, answer.paymentId, true);
    if (!payment || (tenants && !tenants.has(payment.tenant))) throw epayErrors.HUB_EPAY_PAYMENT_UNKNOWN();
    const [posting] = await tx.query<{ accepted: boolean }>(POSTING, [payment.id, answer.eventId]);
    if (!posting) throw epayErrors.HUB_EPAY_BOOKING_UNKNOWN();
    if (!(await this.#isNew(tx, answer, way)) || posting.accepted) return payment;
    const accepted = answer.outcome === 'ACCEPTED';
    const booking = await bookingOf(tx, payment.id);
    const isForThePayment = answer.eventId === payment.settledEvent;
    tx.afterCommit(() => this.options.observe?.(answer.outcome));
    return await this.options.recorder.record(tx, payment, {
      ...(accepted &&
        isForThePayment && { event: { type: 'booked', settled: payment.settledOn !== undefined } as const }),
      cause: accepted ? 'booked' : 'booking-rejected',
      actor,
      patch: {
        booking,
        bookingCode: accepted ? (booking === 'REJECTED' ? payment.bookingCode : undefined) : answer.code,
        ...(accepted && isForThePayment && { bookingReference: answer.document, bookedAt: payment.readAt }),
      },
    });
  }

  async #isNew(tx: Tx, { paymentId, eventId, outcome, document, code }: BookingAnswer, way: string): Promise<boolean> {
    const hash = createHash('sha256')
      .update(JSON.stringify([eventId, outcome, document, code]))
      .digest('hex');
    const rows = await tx.query(
      `INSERT INTO booking_answer (payment_id, event_id, reference, outcome, document, code, way)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING payment_id`,
      [paymentId, eventId, hash, outcome, document, code, way],
    );
    if (rows.length === 0) return false;
    await tx.query('UPDATE posting SET answered_at = coalesce(answered_at, now()) WHERE event_id = $1', [eventId]);
    return true;
  }
}

const POSTING = `
  SELECT EXISTS (
    SELECT 1 FROM booking_answer a
    WHERE a.payment_id = posting.payment_id AND a.event_id = posting.event_id AND a.outcome = 'ACCEPTED') AS accepted
  FROM posting WHERE payment_id = $1 AND event_id = $2`;
