import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { inflateSync } from 'node:zlib';

const WOFF_HEADER = 44;
const WOFF_ENTRY = 20;
const SFNT_HEADER = 12;
const SFNT_ENTRY = 16;

/** The typeface of what the service prints, as TrueType fonts. */
export interface Roboto {
  readonly regular: Buffer;
  readonly medium: Buffer;
}

/** Reads the fonts from their package. */
export async function readRoboto(): Promise<Roboto> {
  const { resolve } = createRequire(import.meta.url);
  const read = async (style: string) =>
    unpacked(await readFile(resolve(`roboto-fontface/fonts/roboto/Roboto-${style}.woff`)));
  const [regular, medium] = await Promise.all([read('Regular'), read('Medium')]);
  return { regular, medium };
}

/** The TrueType font inside a WOFF 1.0 file: given the WOFF itself, pdfkit inflates a whole table for each glyph. */
function unpacked(woff: Buffer): Buffer {
  if (woff.toString('latin1', 0, 4) !== 'wOFF') throw new Error('not a WOFF 1.0 file');
  const count = woff.readUInt16BE(12);
  const header = Buffer.alloc(SFNT_HEADER + count * SFNT_ENTRY);
  woff.copy(header, 0, 4, 8);
  header.writeUInt16BE(count, 4);
  const power = Math.floor(Math.log2(count));
  header.writeUInt16BE(16 * 2 ** power, 6);
  header.writeUInt16BE(power, 8);
  header.writeUInt16BE(16 * (count - 2 ** power), 10);
  const tables: Buffer[] = [header];
  let offset = header.length;
  for (let index = 0; index < count; index += 1) {
    const entry = woff.subarray(WOFF_HEADER + index * WOFF_ENTRY, WOFF_HEADER + (index + 1) * WOFF_ENTRY);
    const [start, stored, length] = [entry.readUInt32BE(4), entry.readUInt32BE(8), entry.readUInt32BE(12)];
    const data = woff.subarray(start, start + stored);
    const table = stored < length ? inflateSync(data) : data;
    const at = SFNT_HEADER + index * SFNT_ENTRY;
    entry.copy(header, at, 0, 4);
    entry.copy(header, at + 4, 16, 20);
    header.writeUInt32BE(offset, at + 8);
    header.writeUInt32BE(length, at + 12);
    tables.push(table, Buffer.alloc(-length & 3));
    offset += length + (-length & 3);
  }
  return Buffer.concat(tables);
}
