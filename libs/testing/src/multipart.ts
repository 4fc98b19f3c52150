import { Readable } from 'node:stream';

export interface MultipartPart {
  readonly name: string;
  /** Left out: a part without file name. */
  readonly fileName?: string;
  readonly contentType?: string;
  /** A function is called once, when its part is sent. */
  readonly content: string | Uint8Array | (() => Readable);
}

export interface MultipartBody {
  /** Value of the Content-Type header, with the boundary. */
  readonly contentType: string;
  /** Goes into `fetch` (with `duplex: 'half'`) or `http.request`; can be read once. */
  readonly body: Readable;
}

/**
 * A multipart/form-data body (RFC 7578) that is streamed part by part, in the order given. File names are sent as
 * UTF-8, quotes and line breaks escaped as browsers do.
 */
export function multipartBody(parts: readonly MultipartPart[], boundary = 'ozg-hub-7d4a1f0e6b2c9358'): MultipartBody {
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Readable.from(bytesOf(parts, boundary), { objectMode: false }),
  };
}

async function* bytesOf(parts: readonly MultipartPart[], boundary: string): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    yield Buffer.from(`--${boundary}\r\n${headersOf(part)}\r\n\r\n`);
    if (typeof part.content === 'string') yield Buffer.from(part.content);
    else if (part.content instanceof Uint8Array) yield part.content;
    else yield* part.content() as AsyncIterable<Uint8Array>;
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

function headersOf({ name, fileName, contentType }: MultipartPart): string {
  const file = fileName === undefined ? '' : `; filename="${quoted(fileName)}"`;
  const type = contentType === undefined ? '' : `\r\nContent-Type: ${contentType}`;
  return `Content-Disposition: form-data; name="${quoted(name)}"${file}${type}`;
}

function quoted(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
