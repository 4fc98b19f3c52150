import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Breaker,
  type BreakerEvent,
  type OpenTime,
  closedBreaker,
  mayTry,
  nextBreaker,
  openClock,
  withClosed,
} from './breaker.ts';

const failures = (count: number, at = 0): Breaker =>
  Array.from({ length: count }).reduce<Breaker>(
    (breaker) => nextBreaker(breaker, { type: 'failure' }, at),
    closedBreaker,
  );

describe('breaker', () => {
  test('opens at the fifth failure in a row, not at the fourth', () => {
    expect(failures(4).state).toBe('CLOSED');
    expect(failures(5)).toMatchObject({ state: 'OPEN', until: 15_000 });
  });

  test('a success in between starts the count anew', () => {
    expect(nextBreaker(failures(4), { type: 'success' }, 0)).toEqual(closedBreaker);
  });

  test('lets one delivery through once its time is over, and no second', () => {
    const open = failures(5);
    expect(mayTry(open, 14_999)).toBe(false);
    expect(mayTry(open, 15_000)).toBe(true);
    const trying = nextBreaker(open, { type: 'trial', lostAfterMs: 60_000 }, 15_000);
    expect(trying.state).toBe('HALF_OPEN');
    expect(mayTry(trying, 74_999)).toBe(false);
    expect(mayTry(trying, 75_000)).toBe(true);
  });

  test('a failed trial opens it for twice as long, a good one closes it', () => {
    const trying = nextBreaker(failures(5), { type: 'trial', lostAfterMs: 60_000 }, 15_000);
    expect(nextBreaker(trying, { type: 'failure' }, 20_000)).toMatchObject({ state: 'OPEN', until: 50_000 });
    expect(nextBreaker(trying, { type: 'success' }, 20_000)).toEqual(closedBreaker);
  });

  test('however it is driven, an open breaker ends within ten minutes and one success always closes it', () => {
    const event: fc.Arbitrary<BreakerEvent> = fc.oneof(
      fc.constant<BreakerEvent>({ type: 'success' }),
      fc.constant<BreakerEvent>({ type: 'failure' }),
      fc.constant<BreakerEvent>({ type: 'trial', lostAfterMs: 60_000 }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.nat(900_000))), (steps) => {
        let breaker: Breaker = closedBreaker;
        let now = 0;
        for (const [what, later] of steps) {
          now += later;
          const before = breaker;
          breaker = nextBreaker(breaker, what, now);
          if (breaker.state === 'HALF_OPEN' && before.state === 'OPEN') expect(before.until!).toBeLessThanOrEqual(now);
          if (breaker.state !== 'CLOSED') expect(breaker.until! - now).toBeLessThanOrEqual(600_000);
          expect(nextBreaker(breaker, { type: 'success' }, now)).toEqual(closedBreaker);
        }
      }),
    );
  });
});

describe('clock of open time', () => {
  test('counts exactly the time in which the target was open', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(100_000))), (steps) => {
        let time: OpenTime = { closedMs: 0 };
        let now = 1_000;
        let open = true;
        let expected = openClock(time, now);
        for (const [closed, later] of steps) {
          now += later;
          if (open) expected += later;
          time = withClosed(time, closed, now);
          open = !closed;
          expect(openClock(time, now)).toBe(expected);
        }
      }),
    );
  });
});
