import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Money,
  add,
  exponentOf,
  formatDecimal,
  isSame,
  money,
  multiply,
  negate,
  parseDecimal,
  subtract,
  sum,
} from './index.ts';

const currency = fc.constantFrom('EUR', 'CHF', 'JPY', 'BHD');
const amount = fc.tuple(fc.maxSafeInteger(), currency).map(([minor, code]) => money(minor, code));
const cents = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
const euro = (minor: number) => money(minor, 'EUR');

describe('an amount', () => {
  test('is the same after it was written and read, whatever it is', () => {
    fc.assert(
      fc.property(amount, (given) => {
        expect(parseDecimal(formatDecimal(given), given.currency)).toEqual(given);
      }),
      { numRuns: 2000 },
    );
  });

  test('is written with a point and all decimals of its currency', () => {
    fc.assert(
      fc.property(amount, (given) => {
        const decimals = exponentOf(given.currency);
        const fraction = decimals === 0 ? '' : String.raw`\.\d{${decimals}}`;
        expect(formatDecimal(given)).toMatch(new RegExp(`^-?(?:0|[1-9]\\d*)${fraction}$`));
      }),
    );
  });

  test.each([
    [0, 'EUR', '0.00'],
    [5, 'EUR', '0.05'],
    [-5, 'EUR', '-0.05'],
    [1250, 'EUR', '12.50'],
    [Number.MAX_SAFE_INTEGER, 'EUR', '90071992547409.91'],
    [1250, 'JPY', '1250'],
    [-7, 'BHD', '-0.007'],
  ])('of %d minor units of %s reads %s', (minor, code, written) => {
    expect(formatDecimal(money(minor, code))).toBe(written);
  });

  test.each([
    ['12.5', 'EUR', 1250],
    ['12', 'EUR', 1200],
    ['012.50', 'EUR', 1250],
    ['12.50000', 'EUR', 1250],
    ['-0', 'EUR', 0],
    ['-0.01', 'EUR', -1],
    ['12.000', 'JPY', 12],
    ['1.2345', 'BHD', undefined],
    ['12.505', 'EUR', undefined],
    ['12.1', 'JPY', undefined],
  ])('%s of %s is never rounded when it is read', (written, code, minor) => {
    if (minor === undefined) {
      expect(() => parseDecimal(written, code)).toThrow(expect.objectContaining({ code: 'HUB_MONEY_INVALID' }));
    } else expect(parseDecimal(written, code)).toStrictEqual(money(minor, code));
  });

  test.each([
    '',
    ' ',
    '12,50',
    '1.250,00',
    '1 000',
    '.5',
    '5.',
    '+5',
    '--5',
    '1e3',
    '0x10',
    'NaN',
    '١٢',
    '12.50 ',
    '12.500000',
  ])('is not %j', (written) => {
    expect(() => parseDecimal(written, 'EUR')).toThrow(expect.objectContaining({ code: 'HUB_MONEY_INVALID' }));
  });

  test.each(['', 'eur', 'EURO', 'E1R', 'EU'])('has no currency %j', (code) => {
    expect(() => money(1, code)).toThrow(expect.objectContaining({ code: 'HUB_MONEY_INVALID' }));
  });

  test('errors never quote what was given', () => {
    expect(() => parseDecimal('4711.471', 'EUR')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('4711') }),
    );
  });

  test('zero has no sign', () => {
    expect(Object.is(negate(euro(0)).minor, 0)).toBe(true);
    expect(Object.is(multiply(euro(0), -1).minor, 0)).toBe(true);
    expect(Object.is(parseDecimal('-0.00', 'EUR').minor, 0)).toBe(true);
  });
});

describe('calculating', () => {
  test('adds and takes away exactly', () => {
    fc.assert(
      fc.property(cents, cents, (a, b) => {
        expect(add(euro(a), euro(b))).toEqual(euro(a + b));
        expect(subtract(add(euro(a), euro(b)), euro(b))).toEqual(euro(a));
        expect(add(euro(a), negate(euro(a)))).toEqual(euro(0));
      }),
    );
  });

  test('a sum does not depend on the order, and nothing comes to zero', () => {
    expect(sum([], 'EUR')).toEqual(euro(0));
    fc.assert(
      fc.property(fc.array(cents, { maxLength: 50 }), (all) => {
        const amounts = all.map(euro);
        expect(sum(amounts, 'EUR')).toEqual(sum(amounts.toReversed(), 'EUR'));
        expect(sum(amounts, 'EUR').minor).toBe(all.reduce((total, each) => total + each, 0));
      }),
    );
  });

  const mixed: readonly (readonly [string, (a: Money, b: Money) => unknown])[] = [
    ['added', add],
    ['taken away', subtract],
    ['summed up', (a, b) => sum([a, b], a.currency)],
    ['begun with', (a, b) => sum([b], a.currency)],
  ];
  test.each(mixed)('no other currency is %s', (_, calculate) => {
    expect(() => calculate(euro(1), money(1, 'CHF'))).toThrow(
      expect.objectContaining({ code: 'HUB_MONEY_CURRENCIES' }),
    );
  });

  test('the same number of another currency is not the same amount', () => {
    expect(isSame(euro(1), money(1, 'CHF'))).toBe(false);
    expect(isSame(euro(1), euro(2))).toBe(false);
    expect(isSame(euro(1), euro(1))).toBe(true);
  });

  const tooMuch: readonly (readonly [string, () => unknown])[] = [
    ['an amount', () => euro(Number.MAX_SAFE_INTEGER + 1)],
    ['a negative amount', () => euro(-Number.MAX_SAFE_INTEGER - 1)],
    ['a sum', () => add(euro(Number.MAX_SAFE_INTEGER), euro(1))],
    ['a difference', () => subtract(euro(-Number.MAX_SAFE_INTEGER), euro(1))],
    ['a multiple', () => multiply(euro(Number.MAX_SAFE_INTEGER), 2)],
    ['what was written', () => parseDecimal('90071992547409.92', 'EUR')],
    ['half a cent', () => euro(0.5)],
    ['half a time', () => multiply(euro(1), 0.5)],
    ['no number', () => euro(Number.NaN)],
    ['no end', () => euro(Number.POSITIVE_INFINITY)],
  ];
  test.each(tooMuch)('%s that cannot be counted exactly is refused', (_, calculate) => {
    expect(calculate).toThrow(expect.objectContaining({ code: 'HUB_MONEY_RANGE' }));
  });
});
