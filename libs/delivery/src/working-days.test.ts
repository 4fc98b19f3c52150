import { describe, expect, test } from '@jest/globals';
import { addWorkingDays } from './working-days.ts';

const after = (from: string, days: number) =>
  addWorkingDays(new Date(`${from}T10:00:00Z`), days)
    .toISOString()
    .slice(0, 10);

describe('working days in Hessen', () => {
  test('weekends do not count', () => {
    expect(after('2026-08-20', 2)).toBe('2026-08-24');
    expect(after('2026-08-22', 1)).toBe('2026-08-24');
  });

  test('Easter, Ascension, Whit Monday and Corpus Christi do not count', () => {
    expect(after('2026-04-02', 1)).toBe('2026-04-07');
    expect(after('2026-05-13', 1)).toBe('2026-05-15');
    expect(after('2026-05-22', 1)).toBe('2026-05-26');
    expect(after('2026-06-03', 1)).toBe('2026-06-05');
  });

  test('Christmas and New Year do not count', () => {
    expect(after('2026-12-23', 6)).toBe('2027-01-04');
  });

  test('keeps the time of day', () => {
    expect(addWorkingDays(new Date('2026-03-27T10:15:30Z'), 1).toISOString()).toBe('2026-03-30T10:15:30.000Z');
  });
});
