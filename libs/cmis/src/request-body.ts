import { randomBytes } from 'node:crypto';
import { type RequestBody, textBody } from '@ozg-hub/http';
import type { ContentSource } from './content-source.ts';
import { fileNameParameter } from './content-disposition.ts';
import { cmisErrors } from './errors.ts';

export type FormField = readonly [name: string, value: string];

export function formBody(fields: readonly FormField[]): RequestBody {
  const text = new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])).toString();
  return textBody('application/x-www-form-urlencoded;charset=UTF-8', text);
}

/**
 * A form with a file (RFC 7578). Each text part says that it is UTF-8, or servers read it as ISO-8859-1; the file comes
 * last, so that a request cut short never is a whole one.
 */
export function multipartBody(fields: readonly FormField[], content: ContentSource): RequestBody {
  const boundary = `ozg-hub-${randomBytes(16).toString('hex')}`;
  const texts = fields.map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${value}\r\n`,
  );
  const file = [
    `--${boundary}\r\nContent-Disposition: form-data; name="content"; ${fileNameParameter(content.fileName)}\r\n`,
    `Content-Type: ${headerValue(content.mediaType)}\r\nContent-Transfer-Encoding: binary\r\n\r\n`,
  ];
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    ...enclosed(Buffer.from([...texts, ...file].join(''), 'utf8'), content, `\r\n--${boundary}--\r\n`),
  };
}

/** The bytes as they are. */
export function rawBody(content: ContentSource): RequestBody {
  return {
    contentType: headerValue(content.mediaType),
    headers: { 'content-disposition': `attachment; ${fileNameParameter(content.fileName)}` },
    length: content.length,
    pieces: () => bytesOf(content),
  };
}

/**
 * An XML document with the content as base64 in the place of one empty element.
 * @param document with exactly one `<name/>`; texts cannot contain it, because their brackets are escaped
 */
export function base64Body(contentType: string, document: string, name: string, content: ContentSource): RequestBody {
  const [before, after] = document.split(`<${name}/>`);
  if (before === undefined || after === undefined) throw new TypeError(`no empty element ${name} in the document`);
  return {
    contentType,
    ...enclosed(Buffer.from(`${before}<${name}>`), content, `</${name}>${after}`, {
      pieces: base64,
      length: (bytes) => Math.ceil(bytes / 3) * 4,
    }),
  };
}

interface Encoding {
  readonly pieces: (pieces: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
  readonly length: (bytes: number) => number;
}

const asIs: Encoding = { pieces: (pieces) => pieces, length: (bytes) => bytes };

function enclosed(
  before: Buffer,
  content: ContentSource,
  after: string,
  encoding: Encoding = asIs,
): Pick<RequestBody, 'length' | 'pieces'> {
  const end = Buffer.from(after, 'utf8');
  return {
    length: content.length === undefined ? undefined : before.length + encoding.length(content.length) + end.length,
    pieces: async function* () {
      yield before;
      yield* encoding.pieces(bytesOf(content));
      yield end;
    },
  };
}

/** Holds the last piece back until the stream has ended well and with the length stated: until then no request is whole. */
async function* bytesOf({ open, length }: ContentSource): AsyncIterable<Uint8Array> {
  const stream = await open();
  let held: Uint8Array | undefined;
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array | string>) {
    if (held) yield held;
    held = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    bytes += held.length;
    if (length !== undefined && bytes > length) throw cmisErrors.HUB_CMIS_CONTENT_LENGTH();
  }
  if (length !== undefined && bytes !== length) throw cmisErrors.HUB_CMIS_CONTENT_LENGTH();
  if (held) yield held;
}

async function* base64(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let rest = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes =
      rest.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.length) : Buffer.concat([rest, piece]);
    const whole = bytes.length - (bytes.length % 3);
    rest = Buffer.from(bytes.subarray(whole));
    if (whole > 0) yield Buffer.from(bytes.toString('base64', 0, whole), 'latin1');
  }
  if (rest.length > 0) yield Buffer.from(rest.toString('base64'), 'latin1');
}

/** A header's value never ends the header. */
function headerValue(text: string): string {
  return /^[\x20-\x7E]+$/.test(text) ? text : 'application/octet-stream';
}
