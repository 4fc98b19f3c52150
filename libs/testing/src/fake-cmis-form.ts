import { PassThrough, type Readable } from 'node:stream';
import { FakeCmisException } from './fake-cmis-model.ts';

/** A form as a servlet container reads it: text parts without charset are ISO-8859-1 unless `_charset_` says otherwise. */
export interface FakeForm<Content> {
  readonly fields: ReadonlyMap<string, string>;
  readonly content: Content | undefined;
}

const CR_LF = Buffer.from('\r\n');
const MAX_FIELDS_BYTES = 1024 * 1024;

export function readUrlEncoded(text: string): ReadonlyMap<string, string> {
  return new Map(new URLSearchParams(text));
}

/** Reads multipart/form-data; the bytes of the file part are handed on while they arrive. */
export async function readMultipart<Content>(
  body: Readable,
  contentType: string,
  keep: (stream: Readable, mediaType: string, fileName: string) => Promise<Content>,
): Promise<FakeForm<Content>> {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) throw new FakeCmisException('invalidArgument', 'Invalid form encoding!');
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const texts: { name: string; bytes: Buffer; charset: string | undefined }[] = [];
  let content: Content | undefined;
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let buffer: Buffer = Buffer.from(CR_LF);
  const more = async () => {
    const { value, done } = await chunks.next();
    if (done) throw new FakeCmisException('invalidArgument', 'Invalid form encoding!');
    buffer = Buffer.concat([buffer, value]);
  };
  const upTo = async (mark: Buffer): Promise<Buffer> => {
    let at = buffer.indexOf(mark);
    for (; at < 0; at = buffer.indexOf(mark)) {
      if (buffer.length > MAX_FIELDS_BYTES) throw new FakeCmisException('invalidArgument', 'A form field is too long.');
      await more();
    }
    const before = buffer.subarray(0, at);
    buffer = buffer.subarray(at + mark.length);
    return before;
  };
  await upTo(delimiter);
  for (;;) {
    while (buffer.length < 2) await more();
    if (buffer.toString('latin1', 0, 2) === '--') break;
    const head = (await upTo(Buffer.from('\r\n\r\n'))).toString('latin1');
    const name = /;\s*name="([^"]*)"/i.exec(head)?.[1] ?? '';
    const type = /^content-type:\s*(.+?)\s*$/im.exec(head)?.[1];
    const fileName = fileNameIn(head);
    if (fileName === undefined) {
      texts.push({ name, bytes: await upTo(delimiter), charset: /charset=([\w-]+)/i.exec(type ?? '')?.[1] });
      continue;
    }
    const stream = new PassThrough();
    const kept = keep(stream, type ?? 'application/octet-stream', fileName);
    kept.catch(() => undefined);
    const write = async (bytes: Buffer) => {
      if (!stream.write(bytes)) await new Promise((resolve) => stream.once('drain', resolve));
    };
    try {
      for (let at = buffer.indexOf(delimiter); ; at = buffer.indexOf(delimiter)) {
        const end = at < 0 ? Math.max(buffer.length - delimiter.length, 0) : at;
        if (end > 0) await write(buffer.subarray(0, end));
        buffer = buffer.subarray(at < 0 ? end : at + delimiter.length);
        if (at >= 0) break;
        await more();
      }
    } catch (error) {
      stream.destroy(error instanceof Error ? error : undefined);
      await kept.catch(() => undefined);
      throw error;
    }
    stream.end();
    content = await kept;
  }
  for await (const rest of { [Symbol.asyncIterator]: () => chunks }) void rest;
  const declared = texts.find(({ name }) => name === '_charset_')?.bytes.toString('latin1');
  const fields = texts.map(({ name, bytes, charset }): [string, string] => [name, decode(bytes, charset ?? declared)]);
  return { fields: new Map(fields), content };
}

function decode(bytes: Buffer, charset = 'iso-8859-1'): string {
  return bytes.toString(/^utf-?8$/i.test(charset) ? 'utf8' : 'latin1');
}

/** RFC 2231 where it is used; a raw name is ISO-8859-1, whatever was meant. */
export function fileNameIn(head: string): string | undefined {
  const extended = /;\s*filename\*=UTF-8''([^;\s]*)/i.exec(head)?.[1];
  if (extended !== undefined) return decodeURIComponent(extended);
  return /;\s*filename="((?:[^"\\]|\\.)*)"/i.exec(head)?.[1] ?? /;\s*filename=([^;\s"]+)/i.exec(head)?.[1];
}
