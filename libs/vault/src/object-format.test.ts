import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  CHUNK_BYTES,
  HEADER_BYTES,
  type ObjectKey,
  ObjectOpener,
  ObjectSealer,
  SEALED_CHUNK_BYTES,
  sealedSize,
} from './object-format.ts';

const key = (): ObjectKey => ({ dataKey: randomBytes(32), keyId: randomUUID(), objectId: randomUUID() });
const corrupt = expect.objectContaining({ code: 'HUB_VAULT_CORRUPT' });

function seal(plain: Buffer, objectKey: ObjectKey): Buffer {
  const sealer = new ObjectSealer(objectKey);
  const parts = [sealer.header];
  let at = 0;
  for (; plain.length - at > CHUNK_BYTES; at += CHUNK_BYTES) {
    parts.push(...sealer.chunk([plain.subarray(at, at + 9), plain.subarray(at + 9, at + CHUNK_BYTES)], false));
  }
  return Buffer.concat([...parts, ...sealer.chunk([plain.subarray(at)], true)]);
}

function open(stored: Buffer, objectKey: ObjectKey): Buffer {
  const opener = new ObjectOpener(objectKey);
  opener.start(stored);
  const parts: Buffer[] = [];
  for (let at = HEADER_BYTES; ; at += SEALED_CHUNK_BYTES) {
    const last = at + SEALED_CHUNK_BYTES >= stored.length;
    parts.push(opener.chunk(stored.subarray(at, at + SEALED_CHUNK_BYTES), last));
    if (last) return Buffer.concat(parts);
  }
}

const thrown = (run: () => unknown): unknown => {
  try {
    run();
    return 'nothing';
  } catch (error) {
    return error;
  }
};

describe('object format v1', () => {
  test.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])(
    'gives back %d bytes as they were, in the size announced',
    (size) => {
      const objectKey = key();
      const plain = randomBytes(size);
      const stored = seal(plain, objectKey);
      expect(stored.length).toBe(sealedSize(size));
      expect(open(stored, objectKey).equals(plain)).toBe(true);
    },
  );

  const objectKey = key();
  const plain = randomBytes(2 * CHUNK_BYTES + 100);
  const stored = seal(plain, objectKey);

  test('notices any flipped bit', () => {
    fc.assert(
      fc.property(fc.nat(stored.length - 1), fc.nat(7), (at, bit) => {
        const changed = Buffer.from(stored);
        changed[at] = changed[at]! ^ (1 << bit);
        expect(thrown(() => open(changed, objectKey))).toEqual(corrupt);
      }),
    );
    for (let at = 0; at < HEADER_BYTES; at++) {
      const changed = Buffer.from(stored);
      changed[at] = changed[at]! ^ 1;
      expect(thrown(() => open(changed, objectKey))).toEqual(corrupt);
    }
  });

  test('notices any cut, at the boundaries of chunks too', () => {
    const boundaries = [0, HEADER_BYTES, HEADER_BYTES + SEALED_CHUNK_BYTES, HEADER_BYTES + 2 * SEALED_CHUNK_BYTES];
    const cuts = boundaries.flatMap((at) => [at - 1, at, at + 1, at + 16]).filter((at) => at >= 0);
    for (const at of [...cuts, stored.length - 1, stored.length - 16]) {
      expect(thrown(() => open(stored.subarray(0, at), objectKey))).toEqual(corrupt);
    }
    fc.assert(
      fc.property(fc.nat(stored.length - 1), (at) => {
        expect(thrown(() => open(stored.subarray(0, at), objectKey))).toEqual(corrupt);
      }),
    );
  });

  test('notices swapped, repeated and missing chunks', () => {
    const chunk = (n: number) => stored.subarray(HEADER_BYTES + n * SEALED_CHUNK_BYTES).subarray(0, SEALED_CHUNK_BYTES);
    const head = stored.subarray(0, HEADER_BYTES);
    for (const order of [[1, 0, 2], [0, 0, 2], [0, 2], [1, 2], [0, 1, 1], [0, 1, 1, 2], [2], [0, 1]]) {
      expect(thrown(() => open(Buffer.concat([head, ...order.map(chunk)]), objectKey))).toEqual(corrupt);
    }
  });

  test('notices any extension', () => {
    for (const more of [1, 16, 17, SEALED_CHUNK_BYTES]) {
      expect(thrown(() => open(Buffer.concat([stored, Buffer.alloc(more)]), objectKey))).toEqual(corrupt);
    }
    const full = seal(randomBytes(CHUNK_BYTES), objectKey);
    const appended = Buffer.concat([full, stored.subarray(HEADER_BYTES)]);
    expect(thrown(() => open(appended, objectKey))).toEqual(corrupt);
  });

  test('does not open as another object of the same submission, nor under the id of another key', () => {
    for (const other of [{ objectId: randomUUID() }, { keyId: randomUUID() }, { dataKey: randomBytes(32) }]) {
      expect(thrown(() => open(stored, { ...objectKey, ...other }))).toEqual(corrupt);
    }
  });

  test('does not take the chunks of another object, even of the same length', () => {
    const other = seal(plain, { ...objectKey, objectId: randomUUID() });
    const mixed = Buffer.concat([stored.subarray(0, HEADER_BYTES), other.subarray(HEADER_BYTES)]);
    expect(thrown(() => open(mixed, objectKey))).toEqual(corrupt);
  });

  test('seals the metadata under the object too, and never as a chunk', () => {
    const sealer = new ObjectSealer(objectKey);
    const meta = sealer.meta(Buffer.from('{"fileName":"Müller.pdf"}'));
    expect(meta.includes('Müller')).toBe(false);
    expect(new ObjectOpener(objectKey).meta(meta).toString()).toContain('Müller');
    expect(thrown(() => new ObjectOpener(key()).meta(meta))).toEqual(corrupt);
    expect(thrown(() => open(Buffer.concat([sealer.header, meta]), objectKey))).toEqual(corrupt);
  });
});
