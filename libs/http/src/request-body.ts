import { PassThrough, type Writable } from 'node:stream';

/** The body of a request, in pieces, opened anew for each attempt. */
export interface RequestBody {
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes of all pieces; undefined sends them chunked. */
  readonly length: number | undefined;
  readonly pieces: () => AsyncIterable<Uint8Array>;
}

/** Small enough not to be streamed. */
export function textBody(contentType: string, text: string): RequestBody {
  const bytes = Buffer.from(text, 'utf8');
  return {
    contentType,
    length: bytes.length,
    pieces: async function* () {
      yield bytes;
    },
  };
}

/**
 * A body that a function writes. It is never whole where that function fails, or writes another length than stated.
 * @param fill writes the content and ends the stream
 */
export function writtenBody(
  contentType: string,
  fill: (to: Writable) => Promise<unknown>,
  length?: number,
): RequestBody {
  return { contentType, length, pieces: () => pieces(fill, length) };
}

/** Holds the last piece back until the writer has ended well: until then no request is whole. */
async function* pieces(fill: (to: Writable) => Promise<unknown>, length: number | undefined): AsyncIterable<Buffer> {
  const stream = new PassThrough();
  const filled = fill(stream);
  filled.catch((error: unknown) => stream.destroy(error as Error));
  let held: Buffer | undefined;
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (held) yield held;
      held = chunk;
      bytes += chunk.length;
      if (length !== undefined && bytes > length) throw new RangeError('the body is longer than stated');
    }
    await filled;
  } catch (error) {
    // A writer that gives up may close the stream first: its reason counts.
    stream.destroy();
    const reason = await filled.then(
      () => undefined,
      (given: unknown) => given,
    );
    throw error instanceof RangeError ? error : (reason ?? error);
  } finally {
    stream.destroy();
    await filled.catch(() => undefined);
  }
  if (length !== undefined && bytes !== length) throw new RangeError('the body is shorter than stated');
  if (held) yield held;
}
