import { describe, expect, test } from '@jest/globals';
import { kassenzeichen, seriesOf } from './kassenzeichen.ts';

const DAY = '2026-11-22';

describe('a Kassenzeichen', () => {
  test.each([
    ['{yyyy}-{number:8}-{check}', 483, '2026-00000483-6'],
    ['{yy}{number:6}', 1, '26000001'],
    ['4711{number:5}{check:luhn}', 12, '4711000127'],
    ['{number:4}', 9999, '9999'],
  ])('by %s of number %d is %s', (pattern, number, made) => {
    expect(kassenzeichen(pattern, DAY, number)).toBe(made);
  });

  test('has the check digit of ISO 7064 MOD 11,10 as its example has it', () => {
    // The standard's own example: 0794 has the check digit 5.
    expect(kassenzeichen('{number:4}{check}', DAY, 794)).toBe('07945');
  });

  test('has the check digit of Luhn as its example has it', () => {
    expect(kassenzeichen('{number:10}{check:luhn}', DAY, 7_992_739_871)).toBe('79927398713');
  });

  test('is none where the number has outgrown the pattern', () => {
    expect(kassenzeichen('{number:4}', DAY, 10_000)).toBeUndefined();
  });

  test('with one wrong digit does not fit its check digit', () => {
    const digits = kassenzeichen('{number:8}{check}', DAY, 12_345_678)!;
    for (const [index, digit] of [...digits.slice(0, 8)].entries()) {
      const wrong = Number(`${digits.slice(0, index)}${(Number(digit) + 1) % 10}${digits.slice(index + 1, 8)}`);
      expect(kassenzeichen('{number:8}{check}', DAY, wrong)!.at(-1)).not.toBe(digits.at(-1));
    }
  });
});

test('numbers begin anew each year where the pattern shows the year, and only there', () => {
  expect(seriesOf('{yy}{number:6}', '2026-12-31')).not.toBe(seriesOf('{yy}{number:6}', '2027-01-01'));
  expect(seriesOf('{number:6}', '2026-12-31')).toBe(seriesOf('{number:6}', '2027-01-01'));
});
