import { type TraceContext, parseTraceparent } from '@ozg-hub/core';
import {
  type EncodedEvent,
  encodeEvent,
  paymentCancelled,
  paymentFailed,
  paymentRequested,
  paymentReversed,
  paymentSettled,
} from '@ozg-hub/events';
import type { Money } from '@ozg-hub/money';
import type { PaymentItem } from './payment.ts';
import type { Payment } from './payment.repository.ts';

/** What went back, or is about to be recorded so. */
export interface Reversal {
  readonly id: string;
  readonly kind: 'REFUND' | 'CHARGEBACK';
  readonly amount: Money;
  readonly at: Date;
  readonly reason?: string | undefined;
}

/** What the finance system hears of payments; `sequence` counts per payment. */
export class FinanceEvents {
  constructor(private readonly source: string) {}

  requested(payment: Payment): EncodedEvent {
    return encodeEvent(paymentRequested, { ...facts(payment), items: items(payment) }, this.#origin(payment));
  }

  settled(payment: Payment): EncodedEvent {
    const { fee, method, paidAt, purpose, provider, transactionId, providerReference, state, readAt } = payment;
    const data = {
      ...facts(payment),
      items: items(payment),
      ...present({ fee, method, providerReference }),
      paidAt: (paidAt ?? readAt).toISOString(),
      purpose,
      provider,
      transactionId: transactionId ?? payment.id,
      late: state === 'LATE_PAID',
    };
    return encodeEvent(paymentSettled, data, this.#origin(payment));
  }

  failed(payment: Payment): EncodedEvent {
    return encodeEvent(paymentFailed, { ...facts(payment), ...present({ code: payment.code }) }, this.#origin(payment));
  }

  cancelled(payment: Payment): EncodedEvent {
    const data = { ...facts(payment), ...present({ code: payment.code }) };
    return encodeEvent(paymentCancelled, data, this.#origin(payment));
  }

  reversed(payment: Payment, { id, kind, amount, at, reason }: Reversal): EncodedEvent {
    const data = {
      ...facts(payment),
      reversalId: id,
      originalEventId: payment.settledEvent!,
      kind,
      reversed: amount,
      reversedAt: at.toISOString(),
      ...present({ reason }),
      items: items(payment),
    };
    return encodeEvent(paymentReversed, data, this.#origin(payment));
  }

  #origin(payment: Payment) {
    const trace: TraceContext | undefined = payment.traceparent ? parseTraceparent(payment.traceparent) : undefined;
    return { source: this.source, at: payment.readAt, sequence: payment.sequence, trace };
  }
}

function facts({ id, tenant, kassenzeichen, submissionId, leistung, vorgang, gross, readAt }: Payment) {
  return {
    paymentId: id,
    tenant,
    kassenzeichen,
    ...present({ submissionId, leistung, vorgang }),
    amount: gross,
    at: readAt.toISOString(),
  };
}

function items(payment: Payment) {
  return payment.items.map(({ singleNet: _net, singleTax: _tax, reference, booking, ...item }: PaymentItem) => ({
    ...item,
    ...present({ reference }),
    booking: present({ ...booking }),
  }));
}

/** Without what is undefined. */
function present<T extends object>(values: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
