import type { Money } from '@ozg-hub/money';

/**
 * Where a payment is. UNKNOWN: nothing tells whether the provider took the request. LATE_PAID: the money came after the
 * payment was given up. BOOKED: the finance system has posted it. SETTLED: it stands on the bank's statement.
 */
export const paymentStates = [
  'CREATED',
  'INITIATED',
  'UNKNOWN',
  'PAID',
  'LATE_PAID',
  'FAILED',
  'CANCELLED',
  'EXPIRED',
  'BOOKED',
  'SETTLED',
  'REFUNDED',
  'CHARGEBACK',
] as const;
export type PaymentState = (typeof paymentStates)[number];

/** Where the municipality books a line. Keys that its finance system does not ask for are left out. */
export interface Booking {
  readonly produkt?: string | undefined;
  readonly sachkonto?: string | undefined;
  readonly kostenstelle?: string | undefined;
  readonly kostentraeger?: string | undefined;
  readonly haushaltsstelle?: string | undefined;
  readonly objektnummer?: string | undefined;
  readonly buchungstext?: string | undefined;
  readonly steuerschluessel?: string | undefined;
}

/** A line of a payment. All amounts are of the whole line unless they say `single`. */
export interface PaymentItem {
  /** Unique within the payment; letters, digits, `-` and `_`, 36 at most. */
  readonly id: string;
  /** Article or tariff, as {@link id}. */
  readonly reference?: string | undefined;
  /** 250 characters at most. */
  readonly description: string;
  readonly quantity: number;
  /** Percent, e.g. `19.00`. */
  readonly taxRate: string;
  readonly net: Money;
  readonly tax: Money;
  readonly gross: Money;
  readonly singleNet: Money;
  readonly singleTax: Money;
  readonly booking: Booking;
}

/** What is asked of a payment service: all that a face of it may need, and nothing about the citizen. */
export interface PaymentOrder {
  /** Id of the payment, which is the requestId and the CallerPayID too: known before the first call, the same at each. */
  readonly id: string;
  readonly createdAt: Date;
  readonly gross: Money;
  /** 27 characters at most of `[A-Za-z0-9 _-]`. */
  readonly purpose: string;
  /** What the citizen reads on the pay page, 250 characters at most. */
  readonly description: string;
  readonly kassenzeichen: string;
  /** At least one, 99 at most; they add up to {@link gross}. */
  readonly items: readonly PaymentItem[];
  /** Where the browser comes back to; proves nothing. */
  readonly returnUrl: string;
  /** Minutes after which the service gives the citizen up. */
  readonly timeoutMinutes: number;
}
