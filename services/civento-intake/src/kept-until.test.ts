import { expect, test } from '@jest/globals';
import { KeptUntil } from './kept-until.ts';

test('what is accepted is kept for whole months from its day in Hessen', () => {
  const kept = new KeptUntil();
  expect(kept.day(new Date('2026-08-21T10:00:00Z'), 12)).toBe('2027-08-21');
  expect(kept.day(new Date('2026-08-21T21:59:59Z'), 12)).toBe('2027-08-21');
  expect(kept.day(new Date('2026-08-21T22:00:00Z'), 12)).toBe('2027-08-22');
  expect(kept.day(new Date('2026-08-21T22:00:00Z'), 1)).toBe('2026-09-22');
});

test('a day that the last month does not have is its last one', () => {
  expect(new KeptUntil().day(new Date('2026-08-31T10:00:00Z'), 6)).toBe('2027-02-28');
  expect(new KeptUntil().day(new Date('2027-08-31T10:00:00Z'), 6)).toBe('2028-02-29');
});
