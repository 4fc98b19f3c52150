import { newId } from '@ozg-hub/core';
import { type Money, isSame, subtract } from '@ozg-hub/money';
import type { Store, Tx } from '@ozg-hub/store';
import { epayErrors } from './errors.ts';
import type { PaymentRecorder } from './payment-recorder.ts';
import { type Payment, findPayment } from './payment.repository.ts';
import { hasMoney } from './transition.ts';

/** Money that went back to the citizen, as an operator or a statement says. */
export interface ReversalOrder {
  readonly paymentId: string;
  readonly kind: 'REFUND' | 'CHARGEBACK';
  readonly amount: Money;
  /** What tells it from others of the payment, e.g. the bank's reference; once each. */
  readonly reference: string;
  readonly reason?: string | undefined;
  readonly at: Date;
}

/** Refunds and chargebacks: the hub does not order them, it records that they happened and tells the finance system. */
export class Reversals {
  constructor(
    private readonly store: Store,
    private readonly recorder: PaymentRecorder,
  ) {}

  /** @throws HUB_EPAY_PAYMENT_UNKNOWN, HUB_EPAY_REVERSAL */
  async record(order: ReversalOrder, actor: string, tenants?: ReadonlySet<string>): Promise<Payment> {
    return await this.store.tx((tx) => this.recordIn(tx, order, actor, tenants));
  }

  /** {@link record} in a transaction of the caller. */
  async recordIn(tx: Tx, order: ReversalOrder, actor: string, tenants?: ReadonlySet<string>): Promise<Payment> {
    const payment = await findPayment(tx, order.paymentId, true);
    if (!payment || (tenants && !tenants.has(payment.tenant))) throw epayErrors.HUB_EPAY_PAYMENT_UNKNOWN();
    const { kind, amount, reference, reason, at } = order;
    const [before] = await tx.query<{ grossMinor: number }>(KNOWN, [payment.id, reference]);
    if (before) {
      if (isSame({ minor: before.grossMinor, currency: amount.currency }, amount)) return payment;
      throw epayErrors.HUB_EPAY_REVERSAL({ detail: 'A reversal of this reference is there, with another amount.' });
    }
    const left = subtract(payment.gross, payment.reversed);
    if (
      !hasMoney(payment.state) ||
      amount.currency !== left.currency ||
      amount.minor < 1 ||
      amount.minor > left.minor
    ) {
      throw epayErrors.HUB_EPAY_REVERSAL();
    }
    const reversal = { id: newId(), kind, amount, at: at < payment.readAt ? at : payment.readAt, reason };
    await tx.query(
      `INSERT INTO reversal (id, payment_id, kind, gross_minor, reference, reason, at, actor)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [reversal.id, payment.id, kind, amount.minor, reference, reason, reversal.at, actor],
    );
    return await this.recorder.reversed(tx, payment, reversal, actor);
  }
}

/** Id of a reversal that is recorded. */
export async function reversalId(tx: Tx, paymentId: string, reference: string): Promise<string> {
  const [row] = await tx.query<{ id: string }>('SELECT id FROM reversal WHERE payment_id = $1 AND reference = $2', [
    paymentId,
    reference,
  ]);
  return row!.id;
}

const KNOWN = `SELECT gross_minor AS "grossMinor" FROM reversal WHERE payment_id = $1 AND reference = $2`;
