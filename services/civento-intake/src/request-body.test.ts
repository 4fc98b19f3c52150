import { describe, expect, test } from '@jest/globals';
import { PassThrough, Readable } from 'node:stream';
import { requestBody } from './request-body.ts';

const never = new AbortController().signal;

async function read(body: Readable, limits: Partial<Parameters<typeof requestBody>[1]> = {}): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of requestBody(body, { totalBytes: 1_000, signal: never, ...limits })) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('the body of a request', () => {
  test('is read to its end, as it comes', async () => {
    const body = new PassThrough();
    const text = read(body);
    body.write('one ');
    await new Promise(setImmediate);
    body.end('two');
    expect(await text).toBe('one two');
    expect(await read(Readable.from([]))).toBe('');
  });

  test('is refused as soon as it is larger than allowed, and stays open', async () => {
    const body = new PassThrough();
    body.write('x'.repeat(11));
    await expect(read(body, { totalBytes: 10 })).rejects.toMatchObject({ code: 'HUB_INTAKE_TOO_LARGE' });
    expect(body.destroyed).toBe(false);
  });

  test.each([
    ['with an error', new Error('read ECONNRESET')],
    ['silently', undefined],
  ])('that ends early, %s, is HUB_INTAKE_ABORTED', async (_, error) => {
    const waiting = new PassThrough();
    const text = read(waiting);
    waiting.write('half');
    await new Promise(setImmediate);
    waiting.destroy(error);
    await expect(text).rejects.toMatchObject({ code: 'HUB_INTAKE_ABORTED' });
    // Also where it happened while nobody was reading.
    const before = new PassThrough();
    const chunks = requestBody(before, { totalBytes: 1_000, signal: never });
    before.write('half');
    expect((await chunks.next()).value!.toString()).toBe('half');
    before.destroy(error);
    await new Promise(setImmediate);
    await expect(chunks.next()).rejects.toMatchObject({ code: 'HUB_INTAKE_ABORTED' });
  });

  test('is given up at once when told to, without a listener left behind', async () => {
    const body = new PassThrough();
    const stop = new AbortController();
    const text = read(body, { signal: stop.signal });
    stop.abort(new Error('too slow'));
    await expect(text).rejects.toThrow('too slow');
    expect(['readable', 'end', 'close'].map((event) => body.listenerCount(event))).toEqual([0, expect.any(Number), 0]);
    // So that the rest can be discarded by whoever answers.
    body.resume().end('rest');
    await new Promise((ended) => body.once('end', ended));
  });
});
