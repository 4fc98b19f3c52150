import { describe, expect, test } from '@jest/globals';
import { contentHash } from './index.ts';

describe('the content hash', () => {
  const canonical = 'a'.repeat(64);
  const one = { part: 'one', sha256: 'b'.repeat(64), size: 1 };
  const two = { part: 'two', sha256: 'c'.repeat(64), size: 2 };
  const hash = contentHash(canonical, [one, two]);

  test('does not depend on the order of the files or the case of their hashes', () => {
    expect(contentHash(canonical, [two, { ...one, sha256: one.sha256.toUpperCase() }])).toBe(hash);
  });

  test.each([
    ['the application', contentHash('d'.repeat(64), [one, two])],
    ['a file less', contentHash(canonical, [one])],
    ['the name of a file', contentHash(canonical, [{ ...one, part: 'three' }, two])],
    ['the content of a file', contentHash(canonical, [{ ...one, sha256: two.sha256 }, two])],
    ['the size of a file', contentHash(canonical, [{ ...one, size: 3 }, two])],
    [
      'two files that exchange their contents',
      contentHash(canonical, [
        { ...one, part: 'two' },
        { ...two, part: 'one' },
      ]),
    ],
  ])('depends on %s', (_, other) => {
    expect(other).not.toBe(hash);
    expect(other).toMatch(/^[0-9a-f]{64}$/);
  });
});
