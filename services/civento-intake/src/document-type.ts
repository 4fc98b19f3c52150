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
  return (await fileTypeFromBuffer(sample))?.mime;
}

const PDF = Buffer.from('%PDF-');
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * Watches a PDF go by for what its metadata says of PDF/A (ISO 19005 wants the XMP packet uncompressed).
 * @returns e.g. `PDF/A-2b`, or `PDF 1.7` from the header, or undefined for another type
 */
export class FormatWatcher {
  #tail = Buffer.alloc(0);
  #part: string | undefined;
  #conformance: string | undefined;
  #header: string | undefined;

  /** Lets the content through unchanged. */
  async *watch(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of content) {
      this.see(chunk);
      yield chunk;
    }
  }

  see(chunk: Buffer): void {
    this.#header ??= /^%PDF-(\d\.\d)/.exec(chunk.subarray(0, 8).toString('latin1'))?.[1] ?? '';
    if (this.#header === '' || this.#conformance) return;
    for (let at = chunk.indexOf('pdfaid:'); at >= 0; at = chunk.indexOf('pdfaid:', at + 1))
      this.#read(chunk.subarray(at, at + 64));
    // A name cut in two by the border of chunks.
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, 64)]);
    const at = seam.indexOf('pdfaid:');
    if (at >= 0 && at < this.#tail.length) this.#read(seam.subarray(at));
    this.#tail = Buffer.from(chunk.subarray(Math.max(0, chunk.length - 64)));
  }

  get format(): string | undefined {
    if (!this.#header) return undefined;
    return this.#part ? `PDF/A-${this.#part}${this.#conformance ?? ''}` : `PDF ${this.#header}`;
  }

  #read(bytes: Buffer): void {
    const text = bytes.toString('latin1');
    this.#part ??= /^pdfaid:part\s*(?:>|=\s*["'])\s*(\d)/.exec(text)?.[1];
    this.#conformance ??= /^pdfaid:conformance\s*(?:>|=\s*["'])\s*([A-Za-z])/.exec(text)?.[1]?.toLowerCase();
  }
}
