import type { PaymentState } from './payment.ts';

/** What the payment service may say of a payment that it knows. */
export type ProviderStatus = 'OPEN' | 'PAID' | 'FAILED' | 'CANCELLED';

export type PaymentEvent =
  | { readonly type: 'says'; readonly status: ProviderStatus }
  /** The request left, and nothing tells whether it was taken. */
  | { readonly type: 'outcomeUnknown' }
  /** The payment service refused the request for what it is. */
  | { readonly type: 'refused' }
  /** The time for paying, and some more, is over. */
  | { readonly type: 'expired' }
  /** A person gives it up. */
  | { readonly type: 'abandoned' }
  /** The finance system has posted it; the bank may have shown the money before. */
  | { readonly type: 'booked'; readonly settled: boolean }
  | { readonly type: 'settled' }
  /** All of the money went back. */
  | { readonly type: 'reversed'; readonly kind: 'REFUND' | 'CHARGEBACK' };

export interface Transition {
  readonly state: PaymentState;
  /** True where the payment service takes back what it said: shown to an operator. From money back to none nothing follows. */
  readonly contradicts: boolean;
}

const WITHOUT_MONEY: ReadonlySet<PaymentState> = new Set(['FAILED', 'CANCELLED', 'EXPIRED']);
const BEFORE_MONEY: ReadonlySet<PaymentState> = new Set(['CREATED', 'INITIATED', 'UNKNOWN']);

/** Money came: what a ledger posts follows from it. */
export function hasMoney(state: PaymentState): boolean {
  return !WITHOUT_MONEY.has(state) && !BEFORE_MONEY.has(state);
}

/** It came to nothing, as far as anybody knows; money may still come. */
export function isWithoutMoney(state: PaymentState): boolean {
  return WITHOUT_MONEY.has(state);
}

/** Nothing is decided: the payment service is asked again and again. */
export function isOpen(state: PaymentState): boolean {
  return BEFORE_MONEY.has(state);
}

/** The transition table: pure, total, and never from money back to none. */
export function transition(state: PaymentState, event: PaymentEvent): Transition {
  return { state: next(state, event), contradicts: event.type === 'says' && contradicts(state, event.status) };
}

function next(state: PaymentState, event: PaymentEvent): PaymentState {
  switch (event.type) {
    case 'says':
      return afterAnswer(state, event.status);
    case 'outcomeUnknown':
      return state === 'CREATED' ? 'UNKNOWN' : state;
    // After a lost answer an earlier request may have been taken all the same.
    case 'refused':
      return state === 'CREATED' ? 'FAILED' : state;
    case 'expired':
      return state === 'CREATED' || state === 'INITIATED' ? 'EXPIRED' : state;
    case 'abandoned':
      return isOpen(state) ? 'CANCELLED' : state;
    case 'booked':
      if (state !== 'PAID' && state !== 'LATE_PAID') return state;
      return event.settled ? 'SETTLED' : 'BOOKED';
    case 'settled':
      return state === 'BOOKED' ? 'SETTLED' : state;
    case 'reversed':
      if (!hasMoney(state) || state === 'REFUNDED' || state === 'CHARGEBACK') return state;
      return event.kind === 'REFUND' ? 'REFUNDED' : 'CHARGEBACK';
  }
}

function afterAnswer(state: PaymentState, status: ProviderStatus): PaymentState {
  if (isOpen(state)) return status === 'OPEN' ? 'INITIATED' : status;
  if (isWithoutMoney(state) && status === 'PAID') return 'LATE_PAID';
  return state;
}

function contradicts(state: PaymentState, status: ProviderStatus): boolean {
  if (hasMoney(state)) return status !== 'PAID';
  if (state === 'FAILED' || state === 'CANCELLED') return status === 'PAID' || status === 'OPEN';
  return false;
}
