import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type StreamOptions, type StreamedPart, streamElements } from './index.ts';

async function* chunks(document: string | Uint8Array, size = 1 << 20) {
  const bytes = Buffer.from(document);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(document: string | Uint8Array, options: StreamOptions, size?: number): Promise<StreamedPart[]> {
  const parts: StreamedPart[] = [];
  for await (const part of streamElements(chunks(document, size), options)) parts.push(part);
  return parts;
}

/** A part as text: kind, name, text, children. */
const shown = ({ kind, tree }: StreamedPart) => `${kind} ${brief(tree)}`;
function brief({ local, text, children }: StreamedPart['tree']): string {
  return `${local}${text && `=${text}`}${children.length > 0 ? `(${children.map(brief).join(' ')})` : ''}`;
}

const STATEMENTS = `<?xml version="1.0" encoding="UTF-8"?>
<!-- two statements -->
<d xmlns="urn:d">
  <b>
    <h>1</h>
    <s n="1"> <i>A</i> <e><x>1</x></e> <e><x>2</x><t>2a</t><y>3</y><t>2b</t></e> <z>9</z> </s>
    <s n="2"><i>B</i></s>
    <e xmlns="urn:other"><x>no</x></e>
    <k/>
  </b>
</d>`;
const plan = { heads: ['d', 's'], elements: ['e', 't'] };

describe('streamElements', () => {
  test('gives heads before what stands in them, elements without what is wanted by itself, and the rest', async () => {
    expect((await read(STATEMENTS, plan)).map(shown)).toEqual([
      'root d',
      'head d(b(h=1))',
      'head s(i=A)',
      'element e(x=1)',
      'element t=2a',
      'element t=2b',
      'element e(x=2 y=3)',
      'end s(z=9)',
      'head s(i=B)',
      'end s',
      'end d(b(e(x=no) k))',
    ]);
  });

  test('gives the same wherever the bytes are cut', async () => {
    const document = STATEMENTS.replace('>A<', '>Ä &amp; 😀&#x1F600;\r\n<![CDATA[<b>]]><');
    const whole = await read(document, plan);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (size) => {
        expect(await read(document, plan, size)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  test('keeps attributes by their expanded names, texts as they are, and lines', async () => {
    const document = '<a xmlns:p="urn:p">\n<e q="1" p:q="ä&#10;" __proto__="x"> \n 1<c/>2</e><e> </e></a>';
    const [, element, blank] = await read(document, { elements: ['e'] });
    expect(element).toEqual({
      kind: 'element',
      tree: {
        namespace: '',
        local: 'e',
        attributes: Object.fromEntries([
          ['q', '1'],
          ['{urn:p}q', 'ä\n'],
          ['__proto__', 'x'],
        ]),
        text: ' \n 12',
        children: [{ namespace: '', local: 'c', attributes: {}, text: '', children: [], line: 3 }],
        line: 2,
      },
    });
    expect(blank?.tree.text).toBe(' ');
  });

  test('finds elements of the namespace asked for only', async () => {
    expect((await read(STATEMENTS, { elements: ['e'], namespace: 'urn:other' })).map(shown)).toEqual([
      'root d',
      'element e(x=no)',
    ]);
  });

  const inside = (content: string) => `<a>\n${content}</a>`;
  const refused: readonly (readonly [what: string, document: string | Uint8Array, code: string, line?: number])[] = [
    ['a DOCTYPE', '<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'HUB_XML_DOCTYPE', 2],
    ['a DOCTYPE with entities', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'HUB_XML_DOCTYPE', 1],
    ['a DOCTYPE in the middle', inside('<!DOCTYPE a>'), 'HUB_XML_DOCTYPE', 2],
    ['an entity', inside('&uuml;'), 'HUB_XML_ENTITY', 2],
    ['an entity in an attribute', inside('<b c="&uuml;"/>'), 'HUB_XML_ENTITY', 2],
    ['an entity of the name of a property', inside('&constructor;'), 'HUB_XML_ENTITY', 2],
    ['an entity of a strange name', inside('&a b;'), 'HUB_XML_ENTITY', 2],
    ['a reference to no character', inside('&#1;'), 'HUB_XML_CHARACTER', 2],
    ['a control character', inside('\u0001'), 'HUB_XML_CHARACTER', 2],
    ['a control character of XML 1.1', `<?xml version="1.1"?>${inside('&#1;')}`, 'HUB_XML_CHARACTER', 2],
    ['another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>', 'HUB_XML_ENCODING', 1],
    ['bytes that are not UTF-8', Buffer.from(inside('\u00fc'), 'latin1'), 'HUB_XML_ENCODING'],
    ['UTF-16 with its mark', Buffer.from('\ufeff<a/>', 'utf16le'), 'HUB_XML_ENCODING'],
    ['UTF-16 without', Buffer.from('<a/>', 'utf16le'), 'HUB_XML_ENCODING'],
    ['a character cut at the end', Buffer.concat([Buffer.from('<a/>'), Buffer.from([0xc3])]), 'HUB_XML_ENCODING'],
    ['nothing', '', 'HUB_XML_MALFORMED'],
    ['what is no XML', '{"a": 1}', 'HUB_XML_MALFORMED', 1],
    ['an end tag of another', inside('<b></c>'), 'HUB_XML_MALFORMED', 2],
    ['an end in the middle', '<a>\n<b>', 'HUB_XML_MALFORMED', 2],
    ['two roots', '<a/>\n<a/>', 'HUB_XML_MALFORMED', 2],
    ['text after the root', '<a/>\nx', 'HUB_XML_MALFORMED', 2],
    ['an attribute twice', inside('<b c="1" c="2"/>'), 'HUB_XML_MALFORMED', 2],
    ['a prefix that is not declared', inside('<p:b/>'), 'HUB_XML_MALFORMED', 2],
    ['too many levels', '<a>'.repeat(257), 'HUB_XML_TOO_DEEP', 1],
    [
      'too many attributes',
      `<a ${Array.from({ length: 65 }, (_, at) => `a${at}=""`).join(' ')}/>`,
      'HUB_XML_TOO_LARGE',
    ],
  ];
  test.each(refused.map(([what, document, code, line]) => ({ what, document, code, line })))(
    'refuses $what',
    async ({ document, code, line }) => {
      for (const size of [1 << 20, 1]) {
        await expect(read(document, { elements: ['b'] }, size)).rejects.toMatchObject({
          code,
          ...(line !== undefined && { places: [expect.objectContaining({ line })] }),
        });
      }
    },
  );

  test('accepts 256 levels and 64 attributes', async () => {
    const attributes = Array.from({ length: 64 }, (_, at) => `a${at}=""`).join(' ');
    const document = `${'<a>'.repeat(255)}<b ${attributes}/>${'</a>'.repeat(255)}`;
    expect(await read(document, { elements: ['b'] })).toHaveLength(2);
  });

  test('never tells what stands in the document', async () => {
    const secret = 'Mustermann';
    for (const wrong of [`<${secret}:b/>`, `<b></${secret}>`, `<b ${secret}="1" ${secret}="2"/>`, `&${secret};`]) {
      const error: unknown = await read(`<a>${wrong}</a>`, { elements: [] }).catch((cause: unknown) => cause);
      expect(error).toMatchObject({ name: 'HubError' });
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(secret);
    }
  });

  /** A document without an end, and how much of it was asked for. */
  function endless(start: string, each: string) {
    const seen = { asked: 0, closed: false };
    async function* source() {
      try {
        yield Buffer.from(start);
        for (;;) {
          if (++seen.asked > 1000) throw new Error('asked for too much');
          yield Buffer.from(each);
        }
      } finally {
        seen.closed = true;
      }
    }
    return { seen, source: source() };
  }
  const piece = 'x'.repeat(4096);

  test.each([
    ['a text', '<a>', piece],
    ['a text of references', '<a>', '&amp;'.repeat(1000)],
    ['white space', '<a/>', ' '.repeat(4096)],
    ['an attribute', '<a b="', piece],
    ['attributes', '<a', ` a="${'1'.repeat(40)}"`.repeat(65)],
    ['a name', '<a', piece],
    ['a comment', '<a><!--', piece],
    ['CDATA', '<a><![CDATA[', piece],
    ['an instruction', '<?a ', piece],
    ['a DOCTYPE', '<!DOCTYPE a [', piece],
    ['an entity', '<a>&', piece],
    ['an element with ever more elements', '<a><b>', '<c/>'.repeat(1000)],
    ['an element with ever more text', '<a><b>', `<c>${piece}</c>`],
    ['a head with ever more text', '<a><b/>', `<c>${piece}</c>`],
  ])('refuses %s without end after a bounded part', async (_, start, each) => {
    const { seen, source } = endless(start, each);
    const parts = streamElements(source, { elements: ['b'], heads: ['a'] });
    const drain = async () => {
      for await (const part of parts) expect(part).toBeDefined();
    };
    await expect(drain()).rejects.toMatchObject({ code: expect.stringMatching(/TOO_LARGE|MALFORMED/) });
    expect(seen.asked).toBeLessThan(600);
    expect(seen.closed).toBe(true);
  });

  test('goes on for ever where nothing is kept: elements, and white space and comments between them', async () => {
    const each = `\n    <b>1</b>\n    <!-- read over -->${' '.repeat(50)}`.repeat(1000);
    const { source, seen } = endless('<a><s>', each);
    let given = 0;
    for await (const { kind } of streamElements(source, { elements: ['b'], heads: ['a'] })) {
      if (kind === 'element' && ++given === 30_000) break;
    }
    expect(given).toBe(30_000);
    expect(seen.closed).toBe(true);
  });

  test('asks for no more than the caller takes, and closes the source when he stops', async () => {
    const { source, seen } = endless('<a>', '<b/>'.repeat(10));
    const parts = streamElements(source, { elements: ['b'] });
    for (let taken = 0; taken < 26; taken += 1) await parts.next();
    expect(seen.asked).toBe(3);
    await parts.return();
    expect(seen).toEqual({ asked: 3, closed: true });
  });

  test('refuses a document longer than allowed before reading it', async () => {
    await expect(read(inside(piece), { elements: [], maxBytes: 4000 })).rejects.toMatchObject({
      code: 'HUB_XML_TOO_LARGE',
    });
  });

  test('passes on what the source throws', async () => {
    const lost = new Error('connection lost');
    async function* source() {
      yield Buffer.from('<a>');
      throw lost;
    }
    const drain = async () => {
      for await (const part of streamElements(source(), { elements: [] })) expect(part.kind).toBe('root');
    };
    await expect(drain()).rejects.toBe(lost);
  });
});
