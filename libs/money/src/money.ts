import { moneyErrors } from './errors.ts';

/** An amount: whole minor units (cents), negative where money goes out, and an ISO 4217 code. Never a fraction. */
export interface Money {
  readonly minor: number;
  readonly currency: string;
}

const CURRENCY = /^[A-Z]{3}$/;
const DECIMAL = /^(-?)(\d{1,16})(?:\.(\d{1,5}))?$/;

/** Decimals by ISO 4217 where they are not two. */
const EXPONENTS: Readonly<Record<string, number>> = Object.freeze({
  ...Object.fromEntries(
    ['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF'].map((code) => [code, 0]),
  ),
  ...Object.fromEntries(['UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'].map((code) => [code, 0])),
  ...Object.fromEntries(['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code) => [code, 3])),
});

/** @throws HUB_MONEY_INVALID, HUB_MONEY_RANGE */
export function money(minor: number, currency: string): Money {
  if (!CURRENCY.test(currency)) throw moneyErrors.HUB_MONEY_INVALID({ detail: 'The currency is no ISO 4217 code.' });
  if (!Number.isSafeInteger(minor)) throw moneyErrors.HUB_MONEY_RANGE();
  return { minor: minor === 0 ? 0 : minor, currency };
}

/** Decimals of the currency: 2 for EUR, 0 for JPY. */
export function exponentOf(currency: string): number {
  return EXPONENTS[currency] ?? 2;
}

/**
 * Reads `12.5`, `12.50` or `-3`; further decimals only where they are zeros. Never by way of a floating number.
 * @throws HUB_MONEY_INVALID, HUB_MONEY_RANGE
 */
export function parseDecimal(written: string, currency: string): Money {
  const [, sign, whole, fraction = ''] = DECIMAL.exec(written) ?? [];
  const decimals = exponentOf(currency);
  if (whole === undefined || !/^0*$/.test(fraction.slice(decimals))) throw moneyErrors.HUB_MONEY_INVALID();
  const minor = Number(`${whole}${fraction.slice(0, decimals).padEnd(decimals, '0')}`);
  return money(sign ? -minor : minor, currency);
}

/** `-12.50`: a point, the decimals of the currency, no thousands. */
export function formatDecimal({ minor, currency }: Money): string {
  const decimals = exponentOf(currency);
  const digits = String(Math.abs(minor)).padStart(decimals + 1, '0');
  const at = digits.length - decimals;
  return `${minor < 0 ? '-' : ''}${digits.slice(0, at)}${decimals > 0 ? `.${digits.slice(at)}` : ''}`;
}

/** @throws HUB_MONEY_CURRENCIES, HUB_MONEY_RANGE */
export function add(a: Money, b: Money): Money {
  return money(a.minor + sameCurrency(a, b).minor, a.currency);
}

/** @throws HUB_MONEY_CURRENCIES, HUB_MONEY_RANGE */
export function subtract(a: Money, b: Money): Money {
  return money(a.minor - sameCurrency(a, b).minor, a.currency);
}

/** Zero where there is nothing to add. @throws HUB_MONEY_CURRENCIES, HUB_MONEY_RANGE */
export function sum(amounts: Iterable<Money>, currency: string): Money {
  let total = money(0, currency);
  for (const amount of amounts) total = add(total, amount);
  return total;
}

/** @throws HUB_MONEY_RANGE */
export function multiply({ minor, currency }: Money, times: number): Money {
  if (!Number.isSafeInteger(times)) throw moneyErrors.HUB_MONEY_RANGE();
  return money(minor * times, currency);
}

export function negate({ minor, currency }: Money): Money {
  return money(-minor, currency);
}

export function isSame(a: Money, b: Money): boolean {
  return a.minor === b.minor && a.currency === b.currency;
}

function sameCurrency(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw moneyErrors.HUB_MONEY_CURRENCIES();
  return b;
}
