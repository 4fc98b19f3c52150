import { describe, expect, test } from '@jest/globals';
import { multipartParts } from './multipart.ts';

const TYPE = 'multipart/form-data; boundary=b-1';

interface Read {
  readonly name: string;
  readonly text: string;
}

/** The body in pieces of the size given; counts how many were pulled. */
function source(body: string | Buffer, piece = 65_536) {
  const bytes = Buffer.from(body as string);
  const pulled = { count: 0 };
  const chunks = (async function* () {
    for (let at = 0; at < bytes.length; at += piece) {
      pulled.count += 1;
      yield bytes.subarray(at, at + piece);
    }
  })();
  return { chunks, pulled };
}

async function partsOf(body: string | Buffer, { piece = 65_536, type = TYPE, most = 100 } = {}): Promise<Read[]> {
  const read: Read[] = [];
  for await (const { name, content } of multipartParts(source(body, piece).chunks, type, most)) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    read.push({ name, text: Buffer.concat(chunks).toString() });
  }
  return read;
}

const part = (name: string, content: string) =>
  `--b-1\r\nContent-Disposition: form-data; name="${name}"; filename="x.pdf"\r\nContent-Type: text/plain\r\n\r\n${content}\r\n`;
const END = '--b-1--\r\n';

const code = (name: string) => expect.objectContaining({ code: name });

describe('a multipart body', () => {
  const tricky = 'line\r\n--b-\r\n\r\n--b\r--b-1\r\n-- --b-1-- \n--b-1';
  const body = `preamble\r\n${part('application', '<a/>')}${part('empty', '')}${part('ä', tricky)}${END}epilogue`;
  const expected = [
    { name: 'application', text: '<a/>' },
    { name: 'empty', text: '' },
    { name: 'ä', text: tricky },
  ];

  test.each([1, 2, 3, 7, 31, 64, 65_536])('gives its parts in order, whatever its pieces: %i bytes', async (piece) => {
    expect(await partsOf(body, { piece })).toEqual(expected);
  });

  test('may begin with its boundary and end right after the closing one', async () => {
    expect(await partsOf(`${part('a', '1')}--b-1--`)).toEqual([{ name: 'a', text: '1' }]);
  });

  test('may quote its boundary, and name parts with a token or with escaped quotes', async () => {
    const type = 'multipart/form-data; charset=utf-8; boundary="b-1"';
    const head = (disposition: string) => `--b-1  \r\ncontent-disposition:form-data;${disposition}\r\n\r\nx\r\n`;
    const parts = await partsOf(`${head('name=token')}${head(' filename="a; name=\\"b\\""; name="q\\"q"')}${END}`, {
      type,
    });
    expect(parts.map(({ name }) => name)).toEqual(['token', 'q"q']);
  });

  test('skips what its reader left of a part', async () => {
    const names: string[] = [];
    for await (const { name, content } of multipartParts(source(body, 5).chunks, TYPE, 9)) {
      names.push(name);
      for await (const _ of content) break;
    }
    expect(names).toEqual(['application', 'empty', 'ä']);
  });

  test('is not read ahead of the reader of a part', async () => {
    const megabytes = source(part('plan', 'x'.repeat(4_000_000)) + END, 65_536);
    const parts = multipartParts(megabytes.chunks, TYPE, 9);
    const { content } = (await parts.next()).value!;
    const chunks = content[Symbol.asyncIterator]();
    for (let read = 1; read <= 5; read++) {
      const { value } = await chunks.next();
      expect(value.length).toBeLessThanOrEqual(65_536 + 100);
      expect(megabytes.pulled.count).toBe(read);
    }
  });
});

describe('what is no multipart body', () => {
  test.each([
    ['a type without boundary', 'x', 'multipart/form-data'],
    ['a boundary that is too long', 'x', `multipart/form-data; boundary=${'b'.repeat(71)}`],
    ['nothing', '', TYPE],
    ['a body without boundary', 'nothing of that kind', TYPE],
    ['a part without end', `${part('a', '1')}--b-1\r\nContent-Disposition: form-data; name="b"\r\n\r\nhalf`, TYPE],
    ['a body that ends inside its headers', '--b-1\r\nContent-Disposition: form-da', TYPE],
    ['a body that ends after a boundary', `${part('a', '1')}--b-1`, TYPE],
    ['a boundary followed by text', `--b-1x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n${END}`, TYPE],
    ['a part without headers', `--b-1\r\n\r\n1\r\n${END}`, TYPE],
    ['a part without name', `--b-1\r\nContent-Disposition: form-data; filename="a"\r\n\r\n1\r\n${END}`, TYPE],
    ['a part with an empty name', `--b-1\r\nContent-Disposition: form-data; name=""\r\n\r\n1\r\n${END}`, TYPE],
    ['a part with two names', `--b-1\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n1\r\n${END}`, TYPE],
    ['a part that is no form-data', `--b-1\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n${END}`, TYPE],
    ['headers without end', `--b-1\r\nContent-Disposition: form-data; name=a\r\nX: ${'x'.repeat(20_000)}`, TYPE],
  ])('is refused: %s', async (_, body, type) => {
    for (const piece of [1, 65_536]) {
      await expect(partsOf(body, { piece, type })).rejects.toEqual(code('HUB_INTAKE_MULTIPART'));
    }
  });

  test('more parts than allowed are refused before the first one too many is read', async () => {
    const body = part('a', '1') + part('b', '2') + part('c', '3') + END;
    expect(await partsOf(body, { most: 3 })).toHaveLength(3);
    await expect(partsOf(body, { most: 2 })).rejects.toEqual(code('HUB_INTAKE_TOO_MANY_PARTS'));
  });

  test('a failure of the body reaches whoever reads a part', async () => {
    const failing = (async function* () {
      yield Buffer.from(part('a', 'half').slice(0, -4));
      throw new Error('gone');
    })();
    const parts = multipartParts(failing, TYPE, 9);
    const { content } = (await parts.next()).value!;
    await expect(
      (async () => {
        for await (const _ of content);
      })(),
    ).rejects.toThrow('gone');
  });
});
