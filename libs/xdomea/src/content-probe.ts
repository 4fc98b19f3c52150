import { isUtf8 } from 'node:buffer';

/** What a file is by its content, whatever its name says; undefined where nothing tells. */
export interface ProbedContent {
  readonly mediaType?: string;
  /** Of a PDF, from its header. */
  readonly version?: string;
  /** Part and level that a PDF claims in its XMP metadata, e.g. `2b`: a claim, not a proof. */
  readonly pdfA?: string;
}

/** Reads a stream once, with constant memory. */
export async function probeContent(content: AsyncIterable<Uint8Array>): Promise<ProbedContent> {
  const probe = new ContentProbe();
  for await (const chunk of content) probe.push(chunk);
  return probe.result();
}

/** As {@link probeContent}, for a file that is known to be a PDF. */
export async function probePdf(content: AsyncIterable<Uint8Array>): Promise<Pick<ProbedContent, 'version' | 'pdfA'>> {
  const { version, pdfA } = await probeContent(content);
  return { ...(version !== undefined && { version }), ...(pdfA !== undefined && { pdfA }) };
}

const HEAD = 4096;
/** Longer than anything that is looked for, so that nothing is missed where chunks are cut. */
const OVERLAP = 512;

/** Looks at a file chunk by chunk. XMP and the parts of an Office file may stand anywhere in it. */
export class ContentProbe {
  #head = Buffer.alloc(0);
  #tail = '';
  readonly #found = new Map<string, string>();

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#head.length < HEAD) this.#head = Buffer.concat([this.#head, bytes.subarray(0, HEAD - this.#head.length)]);
    const searched = SEARCHED.filter(({ name, starts }) => !this.#found.has(name) && starts(this.#head));
    if (searched.length > 0) {
      const window = this.#tail + bytes.toString('latin1');
      for (const { name, pattern } of searched) {
        const found = pattern.exec(window)?.[1];
        if (found !== undefined) this.#found.set(name, found);
      }
    }
    this.#tail = (this.#tail + bytes.subarray(-OVERLAP).toString('latin1')).slice(-OVERLAP);
  }

  result(): ProbedContent {
    const mediaType = mediaTypeOf(this.#head, this.#found.get('office'));
    if (mediaType === undefined) return {};
    const [version, part, level] = ['version', 'part', 'level'].map((name) => this.#found.get(name));
    return {
      mediaType,
      ...(version !== undefined && { version }),
      ...(part !== undefined && { pdfA: `${part}${level?.toLowerCase() ?? ''}` }),
    };
  }
}

const isPdf = (head: Buffer) => head.subarray(0, 1024).includes('%PDF-');
const isZip = (head: Buffer) => head.subarray(0, 4).equals(ZIP);
const ZIP = Buffer.from([0x50, 0x4b, 3, 4]);

const SEARCHED: readonly { name: string; starts: (head: Buffer) => boolean; pattern: RegExp }[] = [
  { name: 'version', starts: isPdf, pattern: /%PDF-(\d\.\d)/ },
  { name: 'part', starts: isPdf, pattern: /pdfaid:part(?:>|\s*=\s*["'])\s*([1-4])/ },
  { name: 'level', starts: isPdf, pattern: /pdfaid:conformance(?:>|\s*=\s*["'])\s*([ABEFUabefu])/ },
  { name: 'office', starts: isZip, pattern: /(word\/document|xl\/workbook|ppt\/presentation)\.xml/ },
];

const OOXML = 'application/vnd.openxmlformats-officedocument.';
const OFFICE: Readonly<Record<string, string>> = {
  'word/document': `${OOXML}wordprocessingml.document`,
  'xl/workbook': `${OOXML}spreadsheetml.sheet`,
  'ppt/presentation': `${OOXML}presentationml.presentation`,
};

/** What a file begins with. Old Office files all begin alike: `application/x-ole-storage` stands for any of them. */
const MAGIC: readonly (readonly [mediaType: string, start: readonly number[] | string])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/tiff', [0x49, 0x49, 0x2a, 0]],
  ['image/tiff', [0x4d, 0x4d, 0, 0x2a]],
  ['image/gif', 'GIF8'],
  ['application/rtf', '{\\rtf'],
  ['application/postscript', '%!PS'],
  ['application/gzip', [0x1f, 0x8b]],
  ['application/x-ole-storage', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]],
];

function mediaTypeOf(head: Buffer, office: string | undefined): string | undefined {
  if (isPdf(head)) return 'application/pdf';
  const starts = (start: readonly number[] | string) =>
    head.subarray(0, start.length).equals(Buffer.from(start as string));
  const known = MAGIC.find(([, start]) => starts(start))?.[0];
  if (known !== undefined) return known;
  if (isZip(head)) return (office && OFFICE[office]) ?? openDocumentType(head) ?? 'application/zip';
  if (starts('BM') && head.length > 26 && head.readUInt32LE(6) === 0) return 'image/bmp';
  return textType(head);
}

/** An OpenDocument file names its type in its first entry, which is stored as it is. */
function openDocumentType(head: Buffer): string | undefined {
  return /^PK.{28}mimetype(application\/vnd\.oasis\.opendocument\.[a-z-]+)/s.exec(head.toString('latin1'))?.[1];
}

function textType(head: Buffer): string | undefined {
  const end = head.length < HEAD ? head.length : head.lastIndexOf(0x0a) + 1 || HEAD - 4;
  const whole = head.subarray(0, end);
  if (whole.length === 0 || whole.includes(0) || !isUtf8(whole)) return undefined;
  const text = whole
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (/^<(!doctype\s+)?html\b/i.test(text) || /^<\?xml[^>]*>\s*<!doctype\s+html\b/i.test(text)) return 'text/html';
  return text.startsWith('<?xml') ? 'application/xml' : 'text/plain';
}

const OLE = ['application/x-ole-storage'];
const open = (kind: string) => [`application/vnd.oasis.opendocument.${kind}`];
/** What may be in a file of a format, by code; formats that are plain text are not told apart. */
const CONTENTS: Readonly<Record<string, readonly string[]>> = {
  '001': ['image/bmp'],
  '003': [...OLE, 'application/rtf'],
  '009': ['image/jpeg'],
  '010': ['image/jpeg'],
  '011': ['image/jpeg'],
  '012': OLE,
  '013': open('presentation'),
  '014': open('spreadsheet'),
  '015': open('text'),
  '016': open('presentation-template'),
  '017': open('spreadsheet-template'),
  '018': ['application/pdf'],
  '019': ['image/png'],
  '020': OLE,
  '021': ['application/postscript'],
  '022': ['application/rtf'],
  '023': ['image/tiff'],
  '024': ['image/tiff'],
  '028': OLE,
  '030': ['application/xml', 'text/html', 'text/plain'],
  '035': [`${OOXML}wordprocessingml.document`],
  '036': [`${OOXML}spreadsheetml.sheet`],
  '037': [`${OOXML}presentationml.presentation`],
  '038': [`${OOXML}wordprocessingml.document`],
  '039': [`${OOXML}spreadsheetml.sheet`],
  '040': [`${OOXML}presentationml.presentation`],
  '042': OLE,
  '043': open('text-template'),
  '044': ['application/pdf'],
  '045': ['text/plain', 'text/html', 'application/xml'],
};

/** True where a file is certainly not of the format that a code of the list dateiformat says. */
export function contradicts(code: string, { mediaType, pdfA }: ProbedContent): boolean {
  const possible = CONTENTS[code];
  if (possible === undefined || mediaType === undefined) return false;
  return !possible.includes(mediaType) || (code === '044' && pdfA === undefined);
}
