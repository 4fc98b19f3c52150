import { createCipheriv } from 'node:crypto';
import { Readable } from 'node:stream';

const WIDTH = 4096;
const CHUNK = 256 * 1024;

/**
 * A PDF 1.7 of exactly this many bytes, as of a scanned plan: one sheet (A0, landscape) with one image of
 * pseudo-random grey pixels, so that nothing can compress it. Always the same bytes, in constant memory.
 * @param bytes at least 8192
 */
export function largePlan(bytes: number): { readonly size: number; open(): Readable } {
  if (!Number.isSafeInteger(bytes) || bytes < 2 * WIDTH) throw new Error(`a plan has at least ${2 * WIDTH} bytes`);
  const rows = Math.floor((bytes - WIDTH) / WIDTH);
  return { size: bytes, open: () => Readable.from(planBytes(bytes, rows), { objectMode: false }) };
}

async function* planBytes(bytes: number, rows: number): AsyncGenerator<Buffer> {
  const image = WIDTH * rows;
  const before = Buffer.concat([
    Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1'),
    object(1, '<< /Type /Catalog /Pages 2 0 R >>'),
    object(2, '<< /Type /Pages /Kids [3 0 R] /Count 1 >>'),
    object(
      3,
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 3370 2384] /Contents 4 0 R /Resources << /XObject << /Plan 5 0 R >> >> >>',
    ),
    object(4, streamOf('q 3370 0 0 2384 0 0 cm /Plan Do Q')),
    Buffer.from(
      `5 0 obj\n<< /Type /XObject /Subtype /Image /Width ${WIDTH} /Height ${rows} /ColorSpace /DeviceGray` +
        ` /BitsPerComponent 8 /Length ${image} >>\nstream\n`,
    ),
  ]);
  const after = Buffer.from('\nendstream\nendobj\n');
  const end = (padding: number) => {
    const table = before.length + image + after.length + padding;
    return Buffer.from(`${' '.repeat(padding - 1)}\n${crossReferences(before)}startxref\n${table}\n%%EOF\n`);
  };
  yield before;
  yield* pixels(image);
  yield after;
  yield padded(end, bytes - before.length - image - after.length);
}

/** White space before the cross-reference table makes the file as long as asked for. */
function padded(end: (padding: number) => Buffer, length: number): Buffer {
  let padding = length - end(1).length + 1;
  // The offset of the table is a number whose digits count too.
  while (end(padding).length > length) padding--;
  const tail = end(padding);
  return tail.length === length ? tail : Buffer.concat([tail, Buffer.from('\n'.repeat(length - tail.length))]);
}

function object(number: number, content: string): Buffer {
  return Buffer.from(`${number} 0 obj\n${content}\nendobj\n`);
}

function streamOf(content: string): string {
  return `<< /Length ${content.length} >>\nstream\n${content}\nendstream`;
}

function crossReferences(objects: Buffer): string {
  const offsets = [1, 2, 3, 4, 5].map((number) => objects.indexOf(`${number} 0 obj\n`));
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`);
  return `xref\n0 6\n0000000000 65535 f \n${rows.join('')}trailer\n<< /Size 6 /Root 1 0 R >>\n`;
}

/** The key stream of AES in counter mode: random to look at, the same each time, faster than a disk. */
function* pixels(count: number): Generator<Buffer> {
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
  const zeros = Buffer.alloc(CHUNK);
  for (let left = count; left > 0; left -= CHUNK) {
    yield stream.update(left < CHUNK ? zeros.subarray(0, left) : zeros);
  }
}
