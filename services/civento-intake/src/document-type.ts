import { fileTypeFromBuffer } from 'file-type';

/** Enough to tell every type that is allowed. */
const SAMPLE_BYTES = 4_100;

/** Media types that a municipality's DMS takes; found in the content. */
export const allowedTypes: ReadonlySet<string> = new Set([
  'application/pdf',
  'image/jpeg',
  'image/png',
  'image/tiff',
  'application/msword',
  'application/x-cfb',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/xml',
]);

/** Content whose first bytes were looked at. */
export interface Sampled {
  readonly sample: Buffer;
  /** All bytes, the sample included. */
  readonly content: AsyncGenerator<Buffer, void, undefined>;
}

/** Reads the beginning without losing it. */
export async function sampleOf(content: AsyncIterable<Buffer>): Promise<Sampled> {
  const chunks = content[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  let length = 0;
  while (length < SAMPLE_BYTES) {
    const next = await chunks.next();
    if (next.done) break;
    head.push(next.value);
    length += next.value.length;
  }
  const all = async function* () {
    yield* head.splice(0);
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  };
  return { sample: Buffer.concat(head, length).subarray(0, SAMPLE_BYTES), content: all() };
}

/** Media type by content; undefined where it is none that is known. */
export async function mediaTypeOf(sample: Buffer): Promise<string | undefined> {
  // The three common ones without the library's long list of questions.
  if (sample.subarray(0, 5).equals(PDF)) return 'application/pdf';
  if (sample.subarray(0, 3).equals(JPEG)) return 'image/jpeg';
  if (sample.subarray(0, 8).equals(PNG)) return 'image/png';
  const found = await fileTypeFromBuffer(sample);
  return found?.mime === 'application/zip' ? (officeType(sample) ?? found.mime) : found?.mime;
}

const PDF = Buffer.from('%PDF-');
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const ZIP_ENTRY = Buffer.from([0x50, 0x4b, 0x03, 0x04]);

/** Some programs, LibreOffice among them, write the entry that names the type at the very end: the folders tell it too. */
function officeType(sample: Buffer): string | undefined {
  for (
    let at = sample.indexOf(ZIP_ENTRY);
    at >= 0 && at + 30 <= sample.length;
    at = sample.indexOf(ZIP_ENTRY, at + 30)
  ) {
    const name = sample.toString('latin1', at + 30, at + 30 + sample.readUInt16LE(at + 26));
    if (name.startsWith('word/')) return 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
    if (name.startsWith('xl/')) return 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  }
  return undefined;
}

/** Bytes of an entry of the metadata that are looked at: its name and the first letters of its value. */
const ENTRY_BYTES = 64;

/**
 * Watches a file go by for what a PDF's metadata says of PDF/A (ISO 19005 wants the XMP packet uncompressed).
 */
export class FormatWatcher {
  readonly #version: string | undefined;
  #tail = Buffer.alloc(0);
  #part: string | undefined;
  #conformance: string | undefined;

  /** @param sample the first bytes of the file */
  constructor(sample: Buffer) {
    this.#version = /^%PDF-(\d\.\d)/.exec(sample.toString('latin1', 0, 8))?.[1];
  }

  /** Lets the content through unchanged. */
  async *watch(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of content) {
      if (this.#version && !(this.#part && this.#conformance)) this.#see(chunk);
      yield chunk;
    }
  }

  /** E.g. `PDF/A-2b`, or `PDF 1.7` from the header, or undefined for another type. */
  get format(): string | undefined {
    if (!this.#version) return undefined;
    return this.#part ? `PDF/A-${this.#part}${this.#conformance ?? ''}` : `PDF ${this.#version}`;
  }

  #see(chunk: Buffer): void {
    // An entry may be cut by the borders of chunks.
    const seen = Buffer.concat([this.#tail, chunk]);
    for (let at = seen.indexOf('pdfaid:'); at >= 0; at = seen.indexOf('pdfaid:', at + 1))
      this.#read(seen.toString('latin1', at, at + ENTRY_BYTES));
    this.#tail = Buffer.from(seen.subarray(Math.max(0, seen.length - ENTRY_BYTES)));
  }

  #read(entry: string): void {
    this.#part ??= /^pdfaid:part\s*(?:>|=\s*["'])\s*(\d)/.exec(entry)?.[1];
    this.#conformance ??= /^pdfaid:conformance\s*(?:>|=\s*["'])\s*([A-Za-z])/.exec(entry)?.[1]?.toLowerCase();
  }
}
