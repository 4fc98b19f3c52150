import { moneyErrors } from './errors.ts';
import { type Money, money, multiply, subtract } from './money.ts';

/** What a line of a fee comes to. */
export interface LineAmounts {
  /** Of all pieces. */
  readonly net: Money;
  readonly tax: Money;
  readonly gross: Money;
  /** Of one piece. */
  readonly singleNet: Money;
  readonly singleTax: Money;
}

const RATE = /^(\d{1,3})(?:\.(\d{1,2}))?$/;

/**
 * A line whose price contains the tax, as fees are set: the tax of one piece is taken out of its gross and rounded half up
 * to whole minor units, then multiplied. Rounding happens here and nowhere else, once per line, so that lines add up.
 * @param gross of one piece, not negative
 * @param rate percent as text, e.g. `19.00`; `0.00` for sovereign fees
 * @throws HUB_MONEY_INVALID for a rate that is none or above 100, HUB_MONEY_RANGE
 */
export function lineOfGross(gross: Money, rate: string, quantity = 1): LineAmounts {
  const hundredths = BigInt(rateInHundredths(rate));
  const divisor = 10_000n + hundredths;
  // Half up in whole numbers: (2 · a + b) / 2b.
  const tax = Number((2n * BigInt(gross.minor) * hundredths + divisor) / (2n * divisor));
  const singleTax = money(tax, gross.currency);
  const singleNet = subtract(gross, singleTax);
  return {
    net: multiply(singleNet, quantity),
    tax: multiply(singleTax, quantity),
    gross: multiply(gross, quantity),
    singleNet,
    singleTax,
  };
}

/** `19.00` is 1900. @throws HUB_MONEY_INVALID */
export function rateInHundredths(rate: string): number {
  const [, whole, fraction = ''] = RATE.exec(rate) ?? [];
  const hundredths = whole === undefined ? undefined : Number(`${whole}${fraction.padEnd(2, '0')}`);
  if (hundredths === undefined || hundredths > 10_000) {
    throw moneyErrors.HUB_MONEY_INVALID({ detail: 'A tax rate is a percentage from 0.00 to 100.00.' });
  }
  return hundredths;
}
