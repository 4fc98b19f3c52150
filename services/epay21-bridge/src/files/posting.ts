import { type Money, add, lineOfGross, money, sum } from '@ozg-hub/money';
import type { Booking } from '../payment.ts';

/** An item of a payment, as the event of the posting carries it. */
export interface PostingItem {
  readonly id: string;
  readonly reference?: string | undefined;
  readonly description: string;
  readonly quantity: number;
  /** Percent, e.g. `19.00`. */
  readonly taxRate: string;
  readonly net: Money;
  readonly tax: Money;
  readonly gross: Money;
  readonly booking: Booking;
}

/** Money that came, or went back: one settled or reversed event. */
export interface Posting {
  readonly position: number;
  readonly eventId: string;
  readonly paymentId: string;
  readonly kind: 'SETTLED' | 'REVERSED';
  /** Day in Germany, `2026-11-20`. */
  readonly businessDay: string;
  /** Positive; REVERSED takes it away. */
  readonly gross: Money;
  /** What the payment service keeps; only of SETTLED. */
  readonly fee?: Money | undefined;
  readonly kassenzeichen: string;
  readonly purpose: string;
  readonly provider: string;
  readonly transactionId?: string | undefined;
  readonly providerReference?: string | undefined;
  readonly method?: string | undefined;
  readonly submissionId?: string | undefined;
  readonly leistung?: string | undefined;
  readonly vorgang?: string | undefined;
  readonly paidAt?: Date | undefined;
  readonly reversal?: PostingReversal | undefined;
  /** Of the payment as a whole. */
  readonly items: readonly PostingItem[];
}

export interface PostingReversal {
  readonly id: string;
  /** Event of the posting that it takes back. */
  readonly originalEventId: string;
  /** REFUND or CHARGEBACK. */
  readonly kind: string;
  readonly reason?: string | undefined;
  readonly at: Date;
}

/** One line of a file. Amounts are positive whatever the kind of posting. */
export interface PostingLine {
  readonly posting: Posting;
  /** The item it is about; of a line for the whole payment its first. */
  readonly item: PostingItem;
  readonly net: Money;
  readonly tax: Money;
  readonly gross: Money;
  /** Of the payment, on its first line only. */
  readonly fee?: Money | undefined;
}

/**
 * A line for each item that has an amount, or one for the payment. Where only a part went back, it is spread over the
 * items in proportion to their gross, and tax is taken out of each part anew; the lines always add up to the posting.
 */
export function linesOf(posting: Posting, per: 'item' | 'payment'): readonly PostingLine[] {
  const parts = partsOf(posting);
  const { currency } = posting.gross;
  if (per === 'payment') {
    const [net, tax] = [
      sum(
        parts.map((part) => part.net),
        currency,
      ),
      sum(
        parts.map((part) => part.tax),
        currency,
      ),
    ];
    return [{ posting, item: posting.items[0]!, net, tax, gross: posting.gross, fee: posting.fee }];
  }
  const lines = parts.filter(({ gross }) => gross.minor !== 0);
  return lines.map((line, index) => (index === 0 ? { ...line, fee: posting.fee } : line));
}

function partsOf(posting: Posting): readonly PostingLine[] {
  const { items, gross } = posting;
  const whole = sum(
    items.map((item) => item.gross),
    gross.currency,
  );
  if (whole.minor === gross.minor) {
    return items.map((item) => ({ posting, item, net: item.net, tax: item.tax, gross: item.gross }));
  }
  const shares = spread(
    gross,
    items.map((item) => item.gross),
  );
  return items.map((item, index) => {
    const { net, tax, gross: share } = lineOfGross(shares[index]!, item.taxRate);
    return { posting, item, net, tax, gross: share };
  });
}

/** Parts of an amount in proportion to the weights; what is left over goes to the first ones, a minor unit each. */
export function spread(amount: Money, weights: readonly Money[]): readonly Money[] {
  const { currency } = amount;
  const total = BigInt(sum(weights, currency).minor);
  const floors = weights.map(({ minor }) => (total === 0n ? 0n : (BigInt(amount.minor) * BigInt(minor)) / total));
  let left = BigInt(amount.minor) - floors.reduce((all, each) => all + each, 0n);
  return floors.map((floor) => {
    const extra = left > 0n ? 1n : 0n;
    left -= extra;
    return money(Number(floor + extra), currency);
  });
}

/** What a file is checked against. Amounts are positive, but for `net`. */
export interface ControlTotals {
  readonly postings: number;
  /** What came. */
  readonly gross: Money;
  /** What the payment service keeps of it, as far as it says so. */
  readonly fee: Money;
  /** What went back. */
  readonly reversed: Money;
  /** What the payment service owes: gross less fee less reversed. */
  readonly net: Money;
}

export function controlTotals(postings: readonly Posting[], currency: string): ControlTotals {
  let [gross, fee, reversed] = [money(0, currency), money(0, currency), money(0, currency)];
  for (const posting of postings) {
    if (posting.kind === 'REVERSED') reversed = add(reversed, posting.gross);
    else gross = add(gross, posting.gross);
    if (posting.fee) fee = add(fee, posting.fee);
  }
  const net = money(gross.minor - fee.minor - reversed.minor, currency);
  return { postings: postings.length, gross, fee, reversed, net };
}
