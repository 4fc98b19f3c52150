import { describe, expect, test } from '@jest/globals';
import { isId, newId } from './ids.ts';

describe('ids', () => {
  test('are UUIDs of version 7 that carry their time', () => {
    const id = newId(new Date('2026-08-21T08:15:30.123Z'));
    expect(isId(id)).toBe(true);
    expect(id[14]).toBe('7');
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(Date.parse('2026-08-21T08:15:30.123Z'));
  });

  test('sort by the millisecond of their creation', () => {
    const early = newId(new Date(1_000));
    const late = newId(new Date(1_001));
    expect(early < late).toBe(true);
  });
});
