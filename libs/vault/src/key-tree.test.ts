import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyTree, LEAF_COUNT } from './key-tree.ts';

const root = Buffer.alloc(32, 7);
const leaf = fc.oneof(fc.nat(63), fc.integer({ min: 0, max: LEAF_COUNT - 1 }), fc.constant(LEAF_COUNT - 1));
const hex = (tree: KeyTree, number: number) => tree.leafKey(number)?.toString('hex');

describe('a key tree', () => {
  test('forgets exactly the leaves it is told to forget, in whatever portions', () => {
    fc.assert(
      fc.property(fc.array(fc.array(leaf, { maxLength: 6 }), { maxLength: 4 }), fc.array(leaf), (portions, others) => {
        let tree = KeyTree.fromRoot(root);
        for (const portion of portions) tree = tree.without(portion);
        const forgotten = new Set(portions.flat());
        for (const number of [...forgotten, ...others]) {
          expect(tree.has(number)).toBe(!forgotten.has(number));
          expect(hex(tree, number)).toBe(forgotten.has(number) ? undefined : hex(KeyTree.fromRoot(root), number));
        }
      }),
    );
  });

  test('survives being written and read', () => {
    fc.assert(
      fc.property(fc.array(leaf), fc.array(leaf), (forgotten, asked) => {
        const tree = KeyTree.fromRoot(root).without(forgotten);
        const again = KeyTree.fromBuffer(tree.toBuffer());
        for (const number of [...forgotten, ...asked]) expect(hex(again, number)).toBe(hex(tree, number));
      }),
    );
  });

  test('gives each leaf a key of its own, the same in any order of asking', () => {
    const forwards = KeyTree.fromRoot(root);
    const keys = Array.from({ length: 300 }, (_, number) => hex(forwards, number));
    expect(new Set(keys).size).toBe(300);
    const backwards = KeyTree.fromRoot(root);
    for (let number = 299; number >= 0; number--) expect(hex(backwards, number)).toBe(keys[number]);
  });

  test('holds no key from which a forgotten leaf follows', () => {
    const forgotten = 123_456_789;
    const bytes = KeyTree.fromRoot(root).without([forgotten]).toBuffer();
    for (let at = 0; at < bytes.length; at += 37) {
      const span = 2 ** (32 - bytes.readUInt8(at));
      const first = bytes.readUInt32BE(at + 1) * span;
      expect(forgotten >= first && forgotten < first + span).toBe(false);
    }
    expect(bytes.includes(root)).toBe(false);
  });

  test('needs 32 nodes for one forgotten leaf and no more when its whole neighbourhood is forgotten', () => {
    const one = KeyTree.fromRoot(root).without([5]);
    expect(one.size).toBe(32);
    const thousand = one.without(Array.from({ length: 1024 }, (_, number) => number));
    expect(thousand.size).toBe(22);
  });

  test('refuses bytes that are no tree', () => {
    expect(() => KeyTree.fromBuffer(randomBytes(36))).toThrow(RangeError);
    const twice = Buffer.concat([KeyTree.fromRoot(root).toBuffer(), KeyTree.fromRoot(root).toBuffer()]);
    expect(() => KeyTree.fromBuffer(twice)).toThrow(RangeError);
  });
});
