import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { intakeErrors } from './errors.ts';

/** One part of the body, in the order in which it was sent. Read it to its end before asking for the next. */
export interface Part {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly content: Readable;
}

export interface MultipartLimits {
  readonly parts: number;
  readonly totalBytes: number;
}

type Arrival = { readonly part: Part } | { readonly error: Error } | undefined;

/**
 * The parts of a multipart/form-data body, streamed with back-pressure.
 * @throws HUB_INTAKE_MULTIPART, HUB_INTAKE_TOO_MANY_PARTS, HUB_INTAKE_TOO_LARGE, HUB_INTAKE_ABORTED
 */
export async function* multipartParts(
  body: Readable,
  contentType: string,
  limits: MultipartLimits,
): AsyncGenerator<Part> {
  const arrivals: Arrival[] = [];
  let wake = () => {};
  const arrive = (arrival: Arrival) => {
    arrivals.push(arrival);
    wake();
  };
  const open = new Set<Readable>();
  const busboy = parser(contentType, limits);
  busboy.on('file', (name: string | undefined, content: Readable, fileName: string | undefined) => {
    open.add(content);
    content.once('close', () => open.delete(content));
    if (!name) return fail(intakeErrors.HUB_INTAKE_MULTIPART({ detail: 'A part has no name.' }));
    arrive({ part: { name, fileName, content } });
  });
  busboy.once('partsLimit', () => fail(intakeErrors.HUB_INTAKE_TOO_MANY_PARTS()));
  busboy.once('finish', () => arrive(undefined));
  busboy.once('error', (cause: unknown) => fail(intakeErrors.HUB_INTAKE_MULTIPART({ cause })));
  const fail = (error: Error) => {
    arrive({ error });
    for (const content of open) content.destroy(error);
  };
  const stopped = new AbortController();
  pump(body, busboy, limits.totalBytes, stopped.signal).catch(fail);
  try {
    for (;;) {
      while (arrivals.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const arrival = arrivals.shift();
      if (!arrival) return;
      if ('error' in arrival) throw arrival.error;
      yield arrival.part;
    }
  } finally {
    stopped.abort();
    for (const content of open) content.destroy();
  }
}

function parser(contentType: string, limits: MultipartLimits): InstanceType<typeof Busboy> {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { parts: limits.parts, fileSize: Number.POSITIVE_INFINITY, headerPairs: 20 },
      // Everything is a stream, also a part that came without a file name.
      isPartAFile: () => true,
    });
  } catch (cause) {
    throw intakeErrors.HUB_INTAKE_MULTIPART({ cause });
  }
}

async function pump(body: Readable, busboy: Writable, totalBytes: number, stopped: AbortSignal): Promise<void> {
  let received = 0;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (received > totalBytes) throw intakeErrors.HUB_INTAKE_TOO_LARGE({ detail: 'The request is too large.' });
      if (!busboy.write(chunk)) await once(busboy, 'drain', { signal: stopped });
    }
  } catch (error) {
    throw abortedOr(error);
  }
  busboy.end();
}

/** What a stream fails with when the sender has gone, as HUB_INTAKE_ABORTED; any other error as it is. */
export function abortedOr(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE'
    ? intakeErrors.HUB_INTAKE_ABORTED({ cause: error })
    : error;
}

/**
 * Reads on and forgets, so that a sender that is still writing gets to read the answer.
 * Gives up after the bytes and milliseconds given; the connection is then closed on the sender.
 */
export async function discardRest(body: Readable, mostBytes: number, mostMs: number): Promise<void> {
  if (body.readableEnded || body.destroyed) return;
  let left = mostBytes;
  await new Promise<void>((done) => {
    const deadline = setTimeout(done, mostMs);
    body.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) done();
    });
    for (const event of ['end', 'close', 'error'] as const) body.once(event, () => done());
    void deadline.unref();
    body.resume();
  });
  body.pause();
}
