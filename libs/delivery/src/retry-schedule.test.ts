import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { budgetExhausted, longestRetryAfterMs, retryBudgetMs, retryDelayMs } from './retry-schedule.ts';

const random = fc.double({ min: 0, max: 0.999999, noNaN: true });

describe('retry schedule', () => {
  test('goes on at once twice, then after 10 s, 1 m, 5 m, 30 m, 2 h, 6 h, and every 12 h', () => {
    const delays = Array.from({ length: 11 }, (_, index) => retryDelayMs(index + 1, 0.5) / 1_000);
    expect(delays).toEqual([0, 0, 10, 60, 300, 1_800, 7_200, 21_600, 43_200, 43_200, 43_200]);
  });

  test('jitter stays within a tenth', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), random, (failures, chance) => {
        const middle = retryDelayMs(failures, 0.5);
        expect(Math.abs(retryDelayMs(failures, chance) - middle)).toBeLessThanOrEqual(middle * 0.1 + 1);
      }),
    );
  });

  test('Retry-After wins and is never undercut', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        random,
        fc.integer({ min: 1, max: 86_400 }),
        (failures, chance, seconds) => {
          const delay = retryDelayMs(failures, chance, seconds);
          expect(delay).toBeGreaterThanOrEqual(seconds * 1_000);
          expect(delay).toBeLessThanOrEqual(seconds * 1_100 + 1);
        },
      ),
    );
  });

  test('an absurd Retry-After does not put a delivery away for ever', () => {
    expect(retryDelayMs(1, 0, 10 ** 9)).toBe(longestRetryAfterMs);
  });

  test('the budget is 72 hours of open time', () => {
    expect(budgetExhausted(retryBudgetMs - 1)).toBe(false);
    expect(budgetExhausted(72 * 3_600_000)).toBe(true);
  });
});
