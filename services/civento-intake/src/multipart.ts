import { Readable } from 'node:stream';
import { once } from 'node:events';
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
  pump(body, busboy, limits.totalBytes).catch(fail);
  try {
    for (;;) {
      while (arrivals.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const arrival = arrivals.shift();
      if (!arrival) return;
      if ('error' in arrival) throw arrival.error;
      yield arrival.part;
    }
  } finally {
    for (const content of open) content.destroy();
  }
}

function parser(contentType: string, limits: MultipartLimits): Busboy {
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

async function pump(body: Readable, busboy: Busboy, totalBytes: number): Promise<void> {
  let received = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (received > totalBytes)
        throw intakeErrors.HUB_INTAKE_TOO_LARGE({ detail: 'The request is larger than allowed.' });
      if (!busboy.write(chunk)) await once(busboy, 'drain');
    }
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE')
    ) {
      throw intakeErrors.HUB_INTAKE_ABORTED({ cause: error });
    }
    throw error;
  }
  busboy.end();
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
