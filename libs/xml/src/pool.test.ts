import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type HubError, isHubError } from '@ozg-hub/core';
import { type SchemaCatalogue, type XmlJob, createXmlPool } from './index.ts';

const TYPES = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" xmlns="urn:t">
  <xs:simpleType name="Key"><xs:restriction base="xs:string">
    <xs:pattern value="[a-z]+"/><xs:maxLength value="5"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Kind"><xs:restriction base="xs:string">
    <xs:enumeration value="X"/><xs:enumeration value="Y"/></xs:restriction></xs:simpleType>
</xs:schema>`;
const MAIN = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" xmlns="urn:t"
    elementFormDefault="qualified">
  <xs:include schemaLocation="../common/types.xsd"/>
  <xs:element name="Box"><xs:complexType><xs:sequence>
    <xs:element name="Item" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="Number" type="xs:int"/><xs:element name="Key" type="Key"/>
      <xs:element name="Kind" type="Kind" minOccurs="0"/><xs:element name="Content" type="xs:string" minOccurs="0"/>
    </xs:sequence><xs:attribute name="id" type="xs:int" use="required"/></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element></xs:schema>`;

const schemas: SchemaCatalogue = {
  entries: { box: { file: 'box/box.xsd' }, broken: { file: 'broken/broken.xsd' } },
  files: {
    'box/box.xsd': MAIN,
    'common/types.xsd': TYPES,
    'broken/broken.xsd': MAIN.replace('../common/types.xsd', 'file:///etc/passwd'),
  },
};
const item = (id: string, inner: string) => `<Item id="${id}">${inner}</Item>`;
const box = (...items: string[]) => `<Box xmlns="urn:t">${items.join('')}</Box>`;
const good = box(
  item('1', '<Number>1</Number><Key>abc</Key>'),
  item('2', '<Number>2</Number><Key>xyz</Key><Kind>X</Kind>'),
);

const pool = createXmlPool({ workers: 1, schemas });
afterAll(() => pool.close());

type Job = Omit<XmlJob, 'document'>;
const read = (text: string | Uint8Array, job: Job = {}) =>
  pool.run({ document: typeof text === 'string' ? Buffer.from(text) : text, ...job });
const refusal = (text: string | Uint8Array, job: Job = {}): Promise<HubError> =>
  read(text, job).then(
    () => Promise.reject(new Error('was accepted')),
    (error: unknown) => (isHubError(error) ? error : Promise.reject(error)),
  );

describe('documents that are refused', () => {
  const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth);
  test.each<[string, string | Uint8Array, string, number | undefined]>([
    ['nothing', '', 'HUB_XML_MALFORMED', 1],
    ['no XML', 'Sehr geehrte Damen und Herren', 'HUB_XML_MALFORMED', 1],
    ['an end tag that does not match', '<a>\n<b>\n</a>', 'HUB_XML_MALFORMED', 3],
    ['two root elements', '<a/><b/>', 'HUB_XML_MALFORMED', 1],
    ['an undeclared prefix', '<p:a/>', 'HUB_XML_MALFORMED', 1],
    ['an attribute twice', '<a x="1" x="2"/>', 'HUB_XML_MALFORMED', 1],
    ['a harmless DOCTYPE', '<!DOCTYPE a><a/>', 'HUB_XML_DOCTYPE', 1],
    ['a DOCTYPE after comments', '<?xml version="1.0"?>\n<!-- a -->\n<?p?> <!DOCTYPE a><a/>', 'HUB_XML_DOCTYPE', 3],
    ['an external entity', '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', 'HUB_XML_DOCTYPE', 1],
    ['an entity XML does not know', '<a>\n&nbsp;</a>', 'HUB_XML_ENTITY', 2],
    ['257 levels', nested(257), 'HUB_XML_TOO_DEEP', 1],
    ['a control character', '<a>\n\u0001</a>', 'HUB_XML_CHARACTER', 2],
    ['a control character by reference', '<a>&#1;</a>', 'HUB_XML_CHARACTER', 1],
    ['a noncharacter', '<a>\uffff</a>', 'HUB_XML_CHARACTER', 1],
    [
      'bytes that are not UTF-8',
      Uint8Array.of(0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e),
      'HUB_XML_ENCODING',
      undefined,
    ],
    ['UTF-16', Buffer.from('\ufeff<a/>', 'utf16le'), 'HUB_XML_ENCODING', undefined],
    ['UTF-16 without a mark', Buffer.from('<a/>', 'utf16le'), 'HUB_XML_ENCODING', undefined],
    ['another declared encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>', 'HUB_XML_ENCODING', undefined],
    ['a text of more than 10 MB', `<a>${'x'.repeat(10_100_000)}</a>`, 'HUB_XML_TOO_LARGE', 1],
  ])('%s', async (_, document, code, line) => {
    const error = await refusal(document);
    expect(error.code).toBe(code);
    expect(error.places[0]?.line).toBe(line);
  });

  test('a document above the limit of its job', async () => {
    expect((await refusal(good, { maxBytes: 20 })).code).toBe('HUB_XML_TOO_LARGE');
  });

  test.each([
    ['256 levels', nested(256)],
    ['a byte order mark', '\ufeff<a/>'],
    ['the word DOCTYPE in a comment', '<!-- <!DOCTYPE a> --><a/>'],
    ['lower-case utf-8', '<?xml version="1.0" encoding="utf-8"?><a/>'],
  ])('but not %s', async (_, document) => {
    await expect(read(document)).resolves.toEqual({ rootName: { namespace: '', local: 'a' } });
  });
});

describe('a schema', () => {
  test('accepts what follows it', async () => {
    await expect(read(good, { schema: 'box' })).resolves.toEqual({ rootName: { namespace: 'urn:t', local: 'Box' } });
  });

  test('gives every violation of a one-line document a path of its own', async () => {
    const document = box(
      item('1', '<Number>eins</Number><Key>abc</Key>'),
      item('2', '<Number>2</Number><Key>ABC</Key>'),
      item('drei', '<Number>3</Number><Key>abcdef</Key><Kind>Z</Kind>'),
      '<Item><Number>4</Number></Item>',
      item('5', 'text<Other/>'),
    );
    const { code, places } = await refusal(document, { schema: 'box' });
    expect(code).toBe('HUB_XML_INVALID');
    expect(places).toEqual([
      { line: 1, path: '/Box/Item[1]/Number', message: "must be of atomic type 'xs:int'" },
      { line: 1, path: '/Box/Item[2]/Key', message: 'must match the pattern [a-z]+' },
      { line: 1, path: '/Box/Item[3]/@id', message: "must be of atomic type 'xs:int'" },
      { line: 1, path: '/Box/Item[3]/Key', message: 'is longer than 5 characters' },
      { line: 1, path: '/Box/Item[3]/Kind', message: "must be one of {'X', 'Y'}" },
      { line: 1, path: '/Box/Item[4]', message: 'lacks the attribute id' },
      { line: 1, path: '/Box/Item[4]', message: 'lacks a child element; expected: ( Key )' },
      { line: 1, path: '/Box/Item[5]', message: 'must not contain text' },
      { line: 1, path: '/Box/Item[5]/Other', message: 'is not expected here; expected: ( Number )' },
    ]);
  });

  test('never quotes a value, whatever it contains', async () => {
    const secrets = [
      'Geheim1',
      "'Geheim2' is not accepted by the pattern 'Geheim",
      '[facet &apos;pattern&apos;] Geheim',
    ];
    const items = secrets.flatMap((secret) => [
      item('1', `<Number>${secret}</Number><Key>${secret}</Key><Kind>${secret}</Kind>`),
      item(secret.replaceAll("'", '&apos;'), `${secret}<Number>1</Number><Key>a</Key>`),
    ]);
    const error = await refusal(box(...items), { schema: 'box' });
    expect(error.places.length).toBeGreaterThan(10);
    expect(JSON.stringify([error.message, error.places])).not.toContain('Geheim');
  });

  test('lists at most 50 places', async () => {
    const items = Array.from({ length: 1000 }, () => item('1', '<Number>x</Number><Key>a</Key>'));
    const { places } = await refusal(box(...items), { schema: 'box' });
    expect(places).toHaveLength(50);
    expect(places[49]?.path).toBe('/Box/Item[50]/Number');
  });

  test('that is not in the catalogue, or imports what is not there, is named', async () => {
    expect((await refusal(good, { schema: 'nope' })).code).toBe('HUB_XML_SCHEMA_UNKNOWN');
    const error = await refusal(good, { schema: 'broken' });
    expect(error.code).toBe('HUB_XML_SCHEMA_BROKEN');
    expect(error.message).toContain('file:///etc/passwd');
  });
});

describe('the canonical hash', () => {
  const hash = async (text: string, omit?: string[]) =>
    (await read(text, { canonical: omit ? { omit } : {}, namespaces: { t: 'urn:t' } })).canonicalSha256;

  test('is SHA-256 over Exclusive C14N', async () => {
    const expected = createHash('sha256').update('<b:a xmlns:b="urn:b" x="1" y="2"></b:a>').digest('hex');
    const actual = await hash(`<?xml version="1.0"?>\n<b:a y='2'  x="1" xmlns:unused="urn:u" xmlns:b="urn:b"/>`);
    expect(actual).toBe(expected);
    expect(actual).toBe(await hash('<b:a xmlns:b="urn:b" x="1" y="2"></b:a><!-- comment -->'));
    expect(actual).not.toBe(await hash('<b:a xmlns:b="urn:b" x="1" y="3"></b:a>'));
  });

  test('leaves out the content of omitted elements and nothing else', async () => {
    const omit = ['/t:Box/t:Item/t:Content'];
    const withContent = (content: string, key = 'a') =>
      box(item('1', `<Number>1</Number><Key>${key}</Key><Content>${content}</Content>`));
    expect(await hash(withContent('one'), omit)).toBe(await hash(withContent('two'), omit));
    expect(await hash(withContent('one'), omit)).not.toBe(await hash(withContent('one', 'b'), omit));
    expect(await hash(withContent('one'))).not.toBe(await hash(withContent('two')));
  });

  test('is refused where a namespace name is relative', async () => {
    expect((await refusal('<a xmlns="rel"/>', { canonical: {} })).code).toBe('HUB_XML_NOT_CANONICAL');
  });
});

describe('the pool', () => {
  test('takes no more than its queue holds, and takes again when there is room', async () => {
    const small = createXmlPool({ workers: 1, schemas, queueBytes: 2 * good.length });
    const running = [1, 2, 3].map(() => small.run({ document: Buffer.from(good) }));
    await expect(small.run({ document: Buffer.from(good) })).rejects.toMatchObject({
      code: 'HUB_XML_BUSY',
      retryAfterSeconds: 1,
    });
    await Promise.all(running);
    await expect(small.run({ document: Buffer.from(good) })).resolves.toBeDefined();
    expect(small.stats()).toMatchObject({ busy: 0, queued: 0, queuedBytes: 0, done: 4 });
    await small.close();
    await expect(small.run({ document: Buffer.from(good) })).rejects.toMatchObject({ code: 'HUB_XML_CLOSED' });
  });

  test('replaces a worker whose document takes too long, and goes on with the next', async () => {
    const impatient = createXmlPool({ workers: 1, schemas, timeoutMs: 800 });
    const endless = { xpath: 'count(//*[count(//*[count(//*) > 0]) > 0])' };
    const document = () => Buffer.from(`<a>${'<b/>'.repeat(5000)}</a>`);
    const slow = impatient.run({ document: document(), extract: endless });
    const next = impatient.run({ document: document() });
    await expect(slow).rejects.toMatchObject({ code: 'HUB_XML_TIMEOUT' });
    await expect(next).resolves.toBeDefined();
    expect(impatient.stats().replaced).toBe(1);
    await impatient.close();
  });

  test('gives a document its whole time, however long its worker takes to come up', async () => {
    const quick = createXmlPool({ workers: 1, schemas, timeoutMs: 100 });
    await expect(quick.run({ document: Buffer.from(good) })).resolves.toBeDefined();
    expect(quick.stats().replaced).toBe(0);
    await quick.close();
  });

  test('loses only the document of a worker that crashes', async () => {
    const crashing = createXmlPool({ workers: 1, schemas });
    const first = crashing.run({ document: 'no bytes' as unknown as Uint8Array });
    const second = crashing.run({ document: Buffer.from(good) });
    await expect(first).rejects.toMatchObject({ code: 'HUB_XML_CRASHED', class: 'later' });
    await expect(second).resolves.toBeDefined();
    await crashing.close();
  });

  test('replaces a worker above the memory limit', async () => {
    const limited = createXmlPool({ workers: 1, schemas, memoryLimitMiB: 17 });
    const large = () => Buffer.from(`<a>${`<b>${'x'.repeat(1000)}</b>`.repeat(8000)}</a>`);
    await limited.run({ document: Buffer.from(good) });
    expect(limited.stats().replaced).toBe(0);
    await limited.run({ document: large() });
    expect(limited.stats().replaced).toBe(1);
    await expect(limited.run({ document: Buffer.from(good) })).resolves.toBeDefined();
    await limited.close();
  });

  test('leaves memory flat over 6,000 documents, good and bad', async () => {
    const extract = { at: 't:Box', fields: { keys: { each: 't:Item', item: { xpath: 'string(t:Key)' } } } };
    const kinds: [string, Job][] = [
      [good, { schema: 'box', extract, canonical: { omit: ['//t:Key'] }, namespaces: { t: 'urn:t' } }],
      [good.replace('>1<', '>x<'), { schema: 'box' }],
      ['<a><b></a>', {}],
      ['<!DOCTYPE a><a/>', {}],
      [good, { extract: { xpath: 'nowhere' } }],
    ];
    const some = async (count: number) => {
      for (let done = 0; done < count; done += 100) {
        const rounds = Array.from({ length: 100 / kinds.length }, () => kinds).flat();
        await Promise.allSettled(rounds.map(([text, job]) => read(text, job)));
      }
    };
    await some(1000);
    const before = pool.stats();
    await some(6000);
    const after = pool.stats();
    expect(after.heapBytes).toBe(before.heapBytes);
    expect(after.replaced).toBe(0);
    expect(after.done - before.done).toBe(6000);
  }, 120_000);
});
