import type { Fee } from '@ozg-hub/directory';
import { type Money, lineOfGross, money, parseDecimal, sum } from '@ozg-hub/money';
import { epayErrors } from '../errors.ts';
import type { Booking, PaymentItem } from '../payment.ts';

/** A line as it is asked for: gross amount of one piece as decimal text. */
export interface FeeLine {
  readonly id: string;
  readonly reference?: string | undefined;
  readonly name: string;
  readonly amount: string;
  readonly quantity: number;
  readonly taxRate: string;
  readonly booking: Booking;
}

/** Most that XBezahldienste takes for one payment: 999,999 euros. */
const MOST_MINOR = 99_999_900;

export interface FeeLines {
  readonly items: readonly PaymentItem[];
  readonly gross: Money;
}

/**
 * Lines with their amounts, and their sum. Lines that cost nothing are kept; a fee of nothing is none.
 * @throws HUB_EPAY_AMOUNT for a sum of zero or above 999,999, HUB_MONEY_… for what is no amount
 */
export function feeLines(lines: Fee['items'] | readonly FeeLine[], currency: string): FeeLines {
  const items = lines.map(({ id, reference, name, amount, quantity, taxRate, booking }) => {
    const single = parseDecimal(amount, currency);
    if (single.minor < 0 || single.minor > MOST_MINOR) throw epayErrors.HUB_EPAY_AMOUNT();
    const amounts = lineOfGross(single, taxRate, quantity);
    return { id, reference, description: name, quantity, taxRate, booking, ...amounts };
  });
  const gross = sum(
    items.map((item) => item.gross),
    currency,
  );
  if (gross.minor <= 0 || gross.minor > MOST_MINOR) throw epayErrors.HUB_EPAY_AMOUNT();
  return { items, gross };
}

/** Lines as they are stored: amounts as whole minor units. */
export interface StoredItem {
  readonly id: string;
  readonly reference?: string | undefined;
  readonly description: string;
  readonly quantity: number;
  readonly taxRate: string;
  readonly net: number;
  readonly tax: number;
  readonly gross: number;
  readonly singleNet: number;
  readonly singleTax: number;
  readonly booking: Booking;
}

export function storedItem(item: PaymentItem): StoredItem {
  const { net, tax, gross, singleNet, singleTax, ...rest } = item;
  return {
    ...rest,
    net: net.minor,
    tax: tax.minor,
    gross: gross.minor,
    singleNet: singleNet.minor,
    singleTax: singleTax.minor,
  };
}

export function itemOf(stored: StoredItem, currency: string): PaymentItem {
  const { net, tax, gross, singleNet, singleTax, ...rest } = stored;
  return {
    ...rest,
    net: money(net, currency),
    tax: money(tax, currency),
    gross: money(gross, currency),
    singleNet: money(singleNet, currency),
    singleTax: money(singleTax, currency),
  };
}
