import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { crc32, inflateSync } from 'node:zlib';
import { sampleJpeg, samplePng } from './sample-image.ts';

describe('sample PNG', () => {
  test('has intact chunks and as many pixels as it says', () => {
    const png = samplePng(33, 20);
    const chunks = chunksOf(png);
    expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'IDAT', 'IEND']);
    expect(chunks.every(({ intact }) => intact)).toBe(true);
    const [header, pixels] = chunks;
    expect([header!.data.readUInt32BE(0), header!.data.readUInt32BE(4)]).toEqual([33, 20]);
    const rows = inflateSync(pixels!.data);
    expect(rows).toHaveLength(20 * (1 + 33 * 3));
    expect(rows.subarray(0, 7)).toEqual(Buffer.from([0, 0, 0, 128, 7, 0, 128]));
  });
});

describe('sample JPEG', () => {
  test('decodes to a gradient of blocks', () => {
    const { width, height, shades } = decode(sampleJpeg(100, 60));
    expect([width, height]).toEqual([100, 60]);
    expect(shades).toHaveLength(13 * 8);
    expect([shades[0], shades[1], shades[13], shades.at(-1)]).toEqual([0, 12, 12, 231]);
  });

  test('is the same on every machine', () => {
    expect(createHash('sha256').update(sampleJpeg(640, 480)).digest('hex')).toBe(
      '39c32e777bb00a9246b9e4670f328aaf74b740945234067b8b8f3fa3c9e61abb',
    );
  });
});

function chunksOf(png: Buffer) {
  const chunks: { type: string; data: Buffer; intact: boolean }[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const body = png.subarray(at + 4, at + 8 + length);
    chunks.push({
      type: body.toString('latin1', 0, 4),
      data: body.subarray(4),
      intact: crc32(body) === png.readUInt32BE(at + 8 + length),
    });
    at += length + 12;
  }
  return chunks;
}

/** Enough of a baseline decoder (ITU-T T.81) for one component whose blocks have no AC coefficients. */
function decode(jpeg: Buffer) {
  expect(jpeg.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  expect(jpeg.subarray(-2)).toEqual(Buffer.from([0xff, 0xd9]));
  const segments = new Map<number, Buffer[]>();
  let at = 2;
  for (let marker = 0; marker !== 0xda;) {
    marker = jpeg[at + 1]!;
    const length = jpeg.readUInt16BE(at + 2);
    segments.set(marker, [...(segments.get(marker) ?? []), jpeg.subarray(at + 4, at + 2 + length)]);
    at += 2 + length;
  }
  const frame = segments.get(0xc0)![0]!;
  const [width, height] = [frame.readUInt16BE(3), frame.readUInt16BE(1)];
  const step = segments.get(0xdb)![0]![1]!;
  const [dc, ac] = segments.get(0xc4)!.map(codesOf);
  const data = jpeg.subarray(at, -2).toString('latin1').replaceAll('\xff\0', '\xff');
  const bits = [...data].map((byte) => byte.charCodeAt(0).toString(2).padStart(8, '0')).join('');
  let position = 0;
  const symbol = (codes: Map<string, number>) => {
    let code = '';
    while (!codes.has(code)) code += bits[position++]!;
    return codes.get(code)!;
  };
  const shades: number[] = [];
  let coefficient = 0;
  for (let block = 0; block < Math.ceil(width / 8) * Math.ceil(height / 8); block++) {
    const category = symbol(dc!);
    const own = bits.slice(position, (position += category));
    const value = category === 0 ? 0 : Number.parseInt(own, 2);
    coefficient += own.startsWith('0') ? value - 2 ** category + 1 : value;
    expect(symbol(ac!)).toBe(0);
    shades.push((coefficient * step) / 8 + 128);
  }
  expect(bits.slice(position)).toMatch(/^1{0,7}$/);
  return { width, height, shades };
}

function codesOf(table: Buffer): Map<string, number> {
  const codes = new Map<string, number>();
  let code = 0;
  let next = 17;
  for (let length = 1; length <= 16; length++) {
    for (let count = table[length]!; count > 0; count--) {
      codes.set(code.toString(2).padStart(length, '0'), table[next++]!);
      code++;
    }
    code *= 2;
  }
  return codes;
}
