import { crc32, deflateSync } from 'node:zlib';

/** A PNG in colour that decodes to a gradient: 8 bit RGB, one IDAT. Sides from 1 to 65500 pixels. */
export function samplePng(width: number, height: number): Buffer {
  const row = 1 + width * 3;
  const pixels = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * row + 1 + x * 3;
      pixels[at] = shade(x, width);
      pixels[at + 1] = shade(y, height);
      pixels[at + 2] = 128;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(pixels)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function shade(at: number, side: number): number {
  return Math.floor((at * 256) / side);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, data.length + 8)), data.length + 8);
  return chunk;
}

/**
 * Huffman codes of the DC categories 0 to 8 (ITU-T T.81, table K.3). The scan needs a single AC code, end of block,
 * because every block of 8 × 8 pixels has one shade.
 */
const DC_CODES = ['00', '010', '011', '100', '101', '110', '1110', '11110', '111110'] as const;
const END_OF_BLOCK = '0';
/** With this step a quantised DC coefficient is the block's shade, less 128. */
const QUANTISER = 8;

/** A greyscale JPEG (baseline, JFIF 1.01) that decodes to a gradient of blocks. Sides from 1 to 65500 pixels. */
export function sampleJpeg(width: number, height: number): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt16BE(height, 0);
  size.writeUInt16BE(width, 2);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from('JFIF\0\x01\x01\x01\0\x48\0\x48\0\0', 'latin1')),
    segment(0xdb, Buffer.from([0, ...Array<number>(64).fill(QUANTISER)])),
    segment(0xc0, Buffer.from([8, ...size, 1, 1, 0x11, 0])),
    segment(0xc4, huffmanTable(0x00, [0, 1, 5, 1, 1, 1], [0, 1, 2, 3, 4, 5, 6, 7, 8])),
    segment(0xc4, huffmanTable(0x10, [1], [0])),
    segment(0xda, Buffer.from([1, 1, 0x00, 0, 63, 0])),
    scan(Math.ceil(width / 8), Math.ceil(height / 8)),
    Buffer.from([0xff, 0xd9]),
  ]);
}

function segment(marker: number, data: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}

/** @param counts how many codes have 1, 2, 3 … bits */
function huffmanTable(id: number, counts: readonly number[], values: readonly number[]): Buffer {
  const lengths = Array.from({ length: 16 }, (_, bits) => counts[bits] ?? 0);
  return Buffer.from([id, ...lengths, ...values]);
}

function scan(columns: number, rows: number): Buffer {
  const bytes: number[] = [];
  let bits = '';
  let before = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const shadeOfBlock = Math.floor(((x + y) * 256) / (columns + rows)) - 128;
      bits += difference(shadeOfBlock - before) + END_OF_BLOCK;
      before = shadeOfBlock;
      for (; bits.length >= 8; bits = bits.slice(8)) append(bytes, bits.slice(0, 8));
    }
  }
  if (bits !== '') append(bytes, bits.padEnd(8, '1'));
  return Buffer.from(bytes);
}

/** Category code and the difference's own bits; negative ones as ones' complement. */
function difference(value: number): string {
  const category = value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1;
  const magnitude = value < 0 ? value + 2 ** category - 1 : value;
  return DC_CODES[category]! + (category === 0 ? '' : magnitude.toString(2).padStart(category, '0'));
}

/** Inside a scan 0xFF is followed by a zero, or it would be a marker. */
function append(bytes: number[], bits: string): void {
  const byte = Number.parseInt(bits, 2);
  bytes.push(byte);
  if (byte === 0xff) bytes.push(0);
}
