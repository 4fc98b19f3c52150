import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { RequestBody } from '@ozg-hub/http';
import type { ContentSource } from './content-source.ts';
import { base64Body, multipartBody, rawBody } from './request-body.ts';

const source = (pieces: readonly string[], given: Partial<ContentSource> = {}): ContentSource => ({
  open: () => Readable.from(pieces.map((piece) => Buffer.from(piece))),
  mediaType: 'text/plain',
  fileName: 'x.txt',
  ...given,
});

async function sent(body: RequestBody): Promise<{ text: string; error: unknown }> {
  let text = '';
  try {
    for await (const piece of body.pieces()) text += Buffer.from(piece).toString('latin1');
    return { text, error: undefined };
  } catch (error) {
    return { text, error };
  }
}

describe('the body of a request', () => {
  const bodies: readonly (readonly [string, (content: ContentSource) => RequestBody])[] = [
    ['raw', rawBody],
    ['form', (content) => multipartBody([['a', 'ä']], content)],
    ['entry', (content) => base64Body('text/xml', '<a><b/><c>ä</c></a>', 'b', content)],
  ];

  test.each(bodies)('%s: its length is what is sent', async (_, make) => {
    for (const pieces of [[], ['a'], ['abc', 'de'], ['ab', 'c', 'defgh', 'i'], ['x'.repeat(100_000)]]) {
      const length = pieces.join('').length;
      const body = make(source(pieces, { length }));
      expect((await sent(body)).text.length).toBe(body.length);
      expect(make(source(pieces)).length).toBeUndefined();
    }
  });

  test.each(bodies)('%s: is never whole where the source fails, not even after its last byte', async (_, make) => {
    const failure = new Error('altered');
    const open = () =>
      Readable.from(
        (async function* () {
          yield Buffer.from('abc');
          yield Buffer.from('def');
          throw failure;
        })(),
      );
    const body = make(source([], { open, length: 6 }));
    const { text, error } = await sent(body);
    expect(error).toBe(failure);
    expect(text.length).toBeLessThan(body.length!);
  });

  test('an entry carries the content as base64 in one line, however it comes in pieces', async () => {
    const content = source(['a', 'bc', 'd', 'efgh', '', 'ij'], { length: 10 });
    const { text } = await sent(base64Body('text/xml', '<a><b/></a>', 'b', content));
    expect(text).toBe(`<a><b>${Buffer.from('abcdefghij').toString('base64')}</b></a>`);
  });

  test('can be opened again for a second attempt', async () => {
    const body = multipartBody([['a', '1']], source(['abc'], { length: 3 }));
    expect(await sent(body)).toEqual(await sent(body));
  });
});
