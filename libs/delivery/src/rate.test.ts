import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { refill, share } from './rate.ts';

describe('rate and shares', () => {
  test('a new bucket is full, a used one refills steadily and never beyond its size', () => {
    expect(refill({ tokens: 0 }, 5)).toBe(5);
    expect(refill({ tokens: 0, ageMs: 400 }, 5)).toBe(2);
    expect(refill({ tokens: 3, ageMs: 60_000 }, 5)).toBe(5);
    expect(refill({ tokens: 0, ageMs: 100 }, 0.5)).toBeLessThan(1);
  });

  test('slots are never given twice, never beyond what a target has room for, and never left over', () => {
    fc.assert(
      fc.property(fc.nat(64), fc.array(fc.integer({ min: -1, max: 20 }), { maxLength: 70 }), (slots, room) => {
        const given = share(slots, room);
        const sum = given.reduce((total, count) => total + count, 0);
        const wanted = room.reduce((total, places) => total + Math.max(0, places), 0);
        expect(sum).toBe(Math.min(slots, wanted));
        given.forEach((count, index) => expect(count).toBeLessThanOrEqual(Math.max(0, room[index]!)));
      }),
    );
  });

  test('a target with much to do does not take the places of the others', () => {
    expect(share(8, [100, 100, 1, 100])).toEqual([3, 2, 1, 2]);
  });
});
