import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  GRACE_SECONDS,
  SWEEP_DAYS,
  isOver,
  jittered,
  secondsToNextClosing,
  secondsToNextLook,
} from './look-schedule.ts';
import { paymentStates } from '../payment.ts';

const open = { state: 'INITIATED', looks: 0, secondsLeft: 1800, failures: 0 } as const;
const DAY = 86_400;

describe('the next look', () => {
  test('comes within seconds at first, and within five minutes at last', () => {
    expect(secondsToNextLook(open)).toBe(3);
    expect(secondsToNextLook({ ...open, looks: 5 })).toBe(15);
    expect(secondsToNextLook({ ...open, looks: 500 })).toBe(300);
  });

  test('comes just when the time for paying and the grace are over', () => {
    const facts = { ...open, looks: 500, secondsLeft: 20 - GRACE_SECONDS };
    expect(secondsToNextLook(facts)).toBe(20);
    expect(isOver(facts)).toBe(false);
    expect(isOver({ ...facts, secondsLeft: -GRACE_SECONDS })).toBe(true);
  });

  test('waits as long as the payment service asks, an hour at most', () => {
    expect(secondsToNextLook({ ...open, failures: 1, retryAfterSeconds: 120 })).toBe(120);
    expect(secondsToNextLook({ ...open, failures: 1, retryAfterSeconds: 1_000_000 })).toBe(3600);
    expect(secondsToNextClosing(1, 1_000_000)).toBe(3600);
  });

  test.each([0, 1, 50])(
    'comes each five minutes while nobody can tell what became of it, after %d failures',
    (failures) => {
      expect(secondsToNextLook({ ...open, secondsLeft: -GRACE_SECONDS - 5, failures })).toBe(300);
    },
  );

  test('of one that waits to be closed comes at once, and ever later where that fails', () => {
    expect([0, 1, 2, 3, 100].map((failures) => secondsToNextClosing(failures))).toEqual([1, 30, 60, 120, 3600]);
  });

  test('comes each day for two weeks after a payment came to nothing, then never again', () => {
    expect(secondsToNextLook({ ...open, state: 'EXPIRED', secondsLeft: 0 })).toBe(DAY);
    expect(secondsToNextLook({ ...open, state: 'CANCELLED', secondsLeft: -(SWEEP_DAYS - 1) * DAY })).toBeUndefined();
  });

  test('of a payment in doubt comes soon and then daily', () => {
    const doubt = { ...open, state: 'UNKNOWN', looks: 1 } as const;
    expect(secondsToNextLook(doubt)).toBe(5);
    expect(secondsToNextLook({ ...doubt, looks: 50 })).toBe(DAY);
    expect(secondsToNextLook({ ...doubt, secondsLeft: -(SWEEP_DAYS + 1) * DAY })).toBeUndefined();
  });

  test('never comes where money is here', () => {
    expect(secondsToNextLook({ ...open, state: 'PAID' })).toBeUndefined();
    expect(secondsToNextLook({ ...open, state: 'SETTLED' })).toBeUndefined();
  });

  test('is never due at once and never a number that is none', () => {
    const facts = fc.record({
      state: fc.constantFrom(...paymentStates),
      looks: fc.nat(10_000),
      secondsLeft: fc.integer({ min: -10_000_000, max: 100_000 }),
      failures: fc.nat(1_000),
      retryAfterSeconds: fc.option(fc.nat(100_000), { nil: undefined }),
    });
    fc.assert(
      fc.property(facts, fc.double({ min: 0, max: 0.999, noNaN: true }), (given, random) => {
        const seconds = secondsToNextLook(given);
        if (seconds === undefined) return;
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(jittered(seconds, random)).toBeGreaterThan(seconds * 0.79);
      }),
    );
  });
});
