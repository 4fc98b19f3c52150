import { afterAll, describe, expect, test } from '@jest/globals';
import { type Extraction, createXmlPool } from './index.ts';

const pool = createXmlPool({ workers: 1, schemas: { entries: {}, files: {} } });
afterAll(() => pool.close());

const namespaces = { f: 'urn:f' };
const extract = async (text: string, extraction: Extraction) =>
  (await pool.run({ document: Buffer.from(text), extract: extraction, namespaces })).value;
const value = (text: string, rest: Omit<Extract<Extraction, { xpath: string }>, 'xpath'>) =>
  extract(`<a>${text}</a>`, { xpath: 'a', ...rest });

const DOCUMENT = `<f:form xmlns:f="urn:f" id="7"><f:name> Jörg &amp; Søn <!-- c --><![CDATA[<x>]]></f:name>
  <f:group n="1"><f:v>a</f:v><f:group n="2"><f:v>b</f:v><f:v>c</f:v></f:group></f:group><f:group n="3"/></f:form>`;

describe('an extraction', () => {
  test('reads text, attributes and expressions', async () => {
    const result = await extract(DOCUMENT, {
      at: '/f:form',
      fields: {
        id: { xpath: '@id', as: 'number' },
        raw: { xpath: 'f:name' },
        name: { xpath: 'f:name', as: 'trimmed' },
        groups: { xpath: 'count(//f:group)', as: 'number' },
        second: { xpath: "//f:group[@n='2']/f:v[2]" },
        large: { xpath: '@id > 5', as: 'boolean' },
        gone: { xpath: 'f:none', optional: true },
        fixed: { constant: 'always' },
        both: { list: [{ xpath: '@none', optional: true }, { xpath: '@id' }, { constant: 1 }] },
      },
    });
    expect(result).toEqual({
      id: 7,
      raw: ' Jörg & Søn <x>',
      name: 'Jörg & Søn <x>',
      groups: 3,
      second: 'c',
      large: true,
      fixed: 'always',
      both: ['7', 1],
    });
  });

  test('follows structures that contain themselves', async () => {
    const group: Extraction = {
      each: 'f:group',
      name: 'group',
      item: {
        fields: {
          n: { xpath: '@n' },
          values: { each: 'f:v/text()', item: { xpath: '.' } },
          groups: { recurse: 'group' },
        },
      },
    };
    await expect(extract(DOCUMENT, { at: 'f:form', fields: { groups: group } })).resolves.toEqual({
      groups: [
        { n: '1', values: ['a'], groups: [{ n: '2', values: ['b', 'c'], groups: [] }] },
        { n: '3', values: [], groups: [] },
      ],
    });
  });

  test('gives plain paths the same meaning as libxml2 does', async () => {
    const paths = [
      'f:form/f:group/f:v',
      '/f:form/*',
      'f:form/f:group/@n',
      'f:form/f:name/text()',
      './f:form',
      '/f:form/f:group/f:group/f:v',
    ];
    for (const path of paths) {
      const plain = await extract(DOCUMENT, { each: path, item: { xpath: '.' } });
      const libxml = await extract(DOCUMENT, { each: `(${path})`, item: { xpath: 'string(.)' } });
      expect([path, plain]).toEqual([path, libxml]);
    }
  });

  test.each<[string, Omit<Extract<Extraction, { xpath: string }>, 'xpath'>, unknown]>([
    ['21.08.2026', { as: 'date', format: 'dd.MM.yyyy' }, '2026-08-21'],
    ['2026-08-21', { as: 'date' }, '2026-08-21'],
    ['2026-08-21T10:15:30+02:00', { as: 'dateTime' }, '2026-08-21T10:15:30+02:00'],
    ['2026-08-21T10:15:30.5Z', { as: 'dateTime' }, '2026-08-21T10:15:30.5Z'],
    ['21.08.2026 10:15', { as: 'dateTime', format: 'dd.MM.yyyy HH:mm' }, '2026-08-21T10:15:00+02:00'],
    ['21.01.2026 10:15', { as: 'dateTime', format: 'dd.MM.yyyy HH:mm' }, '2026-01-21T10:15:00+01:00'],
    ['25.10.2026 02:30', { as: 'dateTime', format: 'dd.MM.yyyy HH:mm' }, '2026-10-25T02:30:00+02:00'],
    [' ja ', { as: 'boolean', values: { ja: 'true', nein: 'false' } }, true],
    ['0', { as: 'boolean' }, false],
    ['49,5', { as: 'amount' }, 4950],
    ['49', { as: 'amount' }, 4900],
    ['00012345678901234567890', { as: 'integer' }, '00012345678901234567890'],
    ['  ', { as: 'date', optional: true }, undefined],
    ['  ', { as: 'trimmed', default: 'none' }, 'none'],
    ['  ', {}, '  '],
  ])('understands %p', async (text, rest, expected) => {
    await expect(value(text, rest)).resolves.toEqual(expected);
  });

  test.each<[string, Omit<Extract<Extraction, { xpath: string }>, 'xpath'>]>([
    ['31.02.2026', { as: 'date', format: 'dd.MM.yyyy' }],
    ['2026-08-21', { as: 'date', format: 'dd.MM.yyyy' }],
    ['10:15', { as: 'dateTime' }],
    ['2026-08-21T25:00:00Z', { as: 'dateTime' }],
    ['vielleicht', { as: 'boolean', values: { ja: 'true', nein: 'false' } }],
    ['ja', { as: 'boolean' }],
    ['1,234', { as: 'amount' }],
    ['-1', { as: 'amount' }],
    ['1.5', { as: 'integer' }],
    ['', { as: 'trimmed' }],
  ])('refuses %p', async (text, rest) => {
    await expect(value(text, rest)).rejects.toMatchObject({ code: 'HUB_XML_NOT_EXTRACTABLE' });
  });

  test('says on which line an element begins', async () => {
    const document = '<a>\n<b>1</b><b/>\n\n<b/></a>';
    const lines = { each: 'a/b', item: { fields: { line: { line: '.' }, none: { line: 'x' } } } };
    await expect(extract(document, lines)).resolves.toEqual([{ line: 2 }, { line: 2 }, { line: 4 }]);
  });

  test('lists every place that is wrong, without its value', async () => {
    const document = '<a>\n<b>1</b><b>geheim</b>\n<b>geheim</b><c/></a>';
    const wrong = extract(document, {
      at: 'a',
      fields: { b: { each: 'b', item: { xpath: '.', as: 'integer' } }, d: { at: 'd', fields: {} }, e: { xpath: 'e' } },
    });
    await expect(wrong).rejects.toMatchObject({
      code: 'HUB_XML_NOT_EXTRACTABLE',
      places: [
        { line: 2, path: '/a/b[2]', message: 'is not of the type integer' },
        { line: 3, path: '/a/b[3]', message: 'is not of the type integer' },
        { line: 1, path: '/a', message: 'needs d' },
        { line: 1, path: '/a', message: 'needs e' },
      ],
    });
  });

  test.each<[string, Extraction]>([
    ['an expression that is none', { xpath: 'a[' }],
    ['a prefix nobody declared', { xpath: 'x:a' }],
    ['a prefix nobody declared, in a predicate', { xpath: 'a[x:b]' }],
    ['a recursion to nowhere', { recurse: 'x' }],
  ])('is refused for %s', async (_, extraction) => {
    await expect(extract('<a/>', extraction)).rejects.toMatchObject({ code: 'HUB_XML_EXTRACTION_BROKEN' });
  });
});
