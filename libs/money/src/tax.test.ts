import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { add, formatDecimal, lineOfGross, money, multiply, parseDecimal, rateInHundredths, sum } from './index.ts';

const line = fc.record({
  gross: fc.integer({ min: 0, max: 99_999_900 }),
  hundredths: fc.integer({ min: 0, max: 10_000 }),
  quantity: fc.integer({ min: 1, max: 999 }),
});
const rate = (hundredths: number) => formatDecimal(money(hundredths, 'EUR'));

describe('a line whose price contains the tax', () => {
  test('adds up: net and tax to gross, singles times quantity to the line, lines to the payment', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 99 }), (given) => {
        const lines = given.map(({ gross, hundredths, quantity }) => {
          const single = money(gross, 'EUR');
          const amounts = lineOfGross(single, rate(hundredths), quantity);
          expect(add(amounts.net, amounts.tax)).toEqual(amounts.gross);
          expect(add(amounts.singleNet, amounts.singleTax)).toEqual(single);
          expect(multiply(amounts.singleNet, quantity)).toEqual(amounts.net);
          expect(multiply(amounts.singleTax, quantity)).toEqual(amounts.tax);
          expect(amounts.gross).toEqual(multiply(single, quantity));
          return amounts;
        });
        const all = (of: 'net' | 'tax' | 'gross') =>
          sum(
            lines.map((each) => each[of]),
            'EUR',
          );
        expect(add(all('net'), all('tax'))).toEqual(all('gross'));
      }),
    );
  });

  test('its tax is the nearest whole cent, the upper one of two as near', () => {
    fc.assert(
      fc.property(line, ({ gross, hundredths }) => {
        const { singleTax } = lineOfGross(money(gross, 'EUR'), rate(hundredths));
        // tax = gross · r / (1 + r), so 2 · |tax · (10000 + h) − gross · h| ≤ 10000 + h, and never just below the half.
        const divisor = 10_000n + BigInt(hundredths);
        const twice = 2n * (BigInt(singleTax.minor) * divisor - BigInt(gross) * BigInt(hundredths));
        expect(twice <= divisor && twice > -divisor).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['119.00', '19.00', '19.00'],
    ['12.50', '19.00', '2.00'],
    ['0.01', '100', '0.01'],
    ['0.03', '100.00', '0.02'],
    ['10.70', '7', '0.70'],
    ['0.10', '7.5', '0.01'],
    ['25.00', '0.00', '0.00'],
    ['0.00', '19.00', '0.00'],
  ])('of %s with %s percent holds %s of tax', (gross, percent, tax) => {
    expect(formatDecimal(lineOfGross(parseDecimal(gross, 'EUR'), percent).singleTax)).toBe(tax);
  });

  test('is rounded once for one piece, not for all of them', () => {
    expect(lineOfGross(money(10, 'EUR'), '19.00', 100)).toMatchObject({
      tax: money(200, 'EUR'),
      singleTax: money(2, 'EUR'),
    });
  });

  test.each(['', '-1', '19,00', '100.01', '19.001', 'x', '1000', '19%'])('has no rate %j', (written) => {
    expect(() => rateInHundredths(written)).toThrow(expect.objectContaining({ code: 'HUB_MONEY_INVALID' }));
  });

  test('that is too large for counting is refused', () => {
    expect(() => lineOfGross(money(Number.MAX_SAFE_INTEGER, 'EUR'), '19.00', 2)).toThrow(
      expect.objectContaining({ code: 'HUB_MONEY_RANGE' }),
    );
  });
});
