import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Canonical } from './canonical.ts';
import { Libxml } from './libxml.ts';
import { safeParse } from './safe-parse.ts';

const EXCLUSIVE = 1;

/** The same document by our serializer and by libxml2's. */
async function both() {
  const libxml = await Libxml.load();
  const canonical = new Canonical(libxml);
  const { api } = libxml;
  let target: (bytes: Uint8Array) => void = () => undefined;
  const write = api.addFunction((_: number, bytes: number, length: number) => {
    target(api.HEAPU8.subarray(bytes, bytes + length));
    return length;
  }, 'iiii');
  const close = api.addFunction(() => 0, 'ii');
  const read = (xml: string, serialise: (doc: number, sink: (bytes: Uint8Array) => void) => void) => {
    const doc = safeParse(libxml, Buffer.from(xml), 1 << 24);
    const chunks: Buffer[] = [];
    try {
      serialise(doc, (bytes) => chunks.push(Buffer.from(bytes)));
      return Buffer.concat(chunks).toString('utf8');
    } finally {
      libxml.forget();
      api._xmlFreeDoc(doc);
    }
  };
  return {
    ours: (xml: string) => read(xml, (doc, sink) => canonical.write(doc, new Set(), sink)),
    theirs: (xml: string) =>
      read(xml, (doc, sink) => {
        target = sink;
        const output = api._xmlOutputBufferCreateIO(write, close, 0, 0);
        api._xmlC14NExecute(doc, 0, 0, EXCLUSIVE, 0, 0, output);
        api._xmlOutputBufferClose(output);
      }),
  };
}

const text = fc
  .string({
    unit: fc.constantFrom('a', 'ß', '😀', '&amp;', '&lt;', '&gt;', '"', '&#9;', '&#10;', '&#13;', '\n', ' ', ']'),
  })
  .map((value) => value.replaceAll(']]&gt;', ''));
const prefix = fc.constantFrom('', 'p:', 'q:');
const declaration = fc.constantFrom(
  '',
  ' xmlns="urn:a"',
  ' xmlns=""',
  ' xmlns:p="urn:a"',
  ' xmlns:q="urn:b" xmlns:p="urn:c"',
  ' xmlns:u="urn:u"',
);
const attribute = fc.tuple(fc.constantFrom('x', 'y', 'q:x', 'p:a', 'xml:lang', 'é'), text);

const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .tuple(
      prefix,
      fc.constantFrom('a', 'b', 'ö'),
      declaration,
      fc.uniqueArray(attribute, { selector: ([name]) => name.replace(/.*:/, ''), maxLength: 4 }),
      fc.array(
        fc.oneof(
          { maxDepth: 4 },
          text,
          fc.constantFrom('<!-- c -->', '<?pi some data?>', '<?pi?>', '<![CDATA[<&>]]>'),
          tie('element'),
        ),
        { maxLength: 5 },
      ),
    )
    .map(([start, name, namespaces, attributes, children]) => {
      const written = attributes.map(([key, value]) => ` ${key}="${value.replaceAll('"', '&quot;')}"`).join('');
      return `<${start}${name}${namespaces}${written}>${children.join('')}</${start}${name}>`;
    }),
}));

describe('our Exclusive C14N', () => {
  test("writes the same bytes as libxml2's", async () => {
    const { ours, theirs } = await both();
    fc.assert(
      fc.property(element, (inner) => {
        const xml = `<?xml version="1.0"?>\n<?before x?><!-- c --><r xmlns:p="urn:p" xmlns:q="urn:q">${inner}</r>\n<?after?>`;
        expect(ours(xml)).toBe(theirs(xml));
      }),
      { numRuns: 1000 },
    );
  });

  test('writes texts longer than its buffer', async () => {
    const { ours, theirs } = await both();
    const xml = `<a b="${'&quot;ö'.repeat(30_000)}">${'&amp;ß'.repeat(100_000)}</a>`;
    expect(ours(xml) === theirs(xml)).toBe(true);
  });
});
