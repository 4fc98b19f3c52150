import { describe, expect, test } from '@jest/globals';
import { createXmlPool, readSmallXml, writeXml } from './index.ts';

describe('writeXml', () => {
  test('writes what a parser reads back unchanged', async () => {
    const text = 'ä & <b> ]]> "quoted" \r\n\t 😀 ';
    const xml = writeXml({
      name: 'x:a',
      attributes: { 'xmlns:x': 'urn:x', q: text },
      children: [{ name: 'x:b', children: [text] }, undefined, { name: 'x:c' }],
    });
    const pool = createXmlPool({ workers: 1, schemas: { entries: {}, files: {} } });
    const extract = { at: 'x:a', fields: { q: { xpath: '@q' }, b: { xpath: 'x:b' } } };
    const { value } = await pool.run({ document: Buffer.from(xml), extract, namespaces: { x: 'urn:x' } });
    expect(value).toEqual({ q: text, b: text });
    await pool.close();
  });

  test.each(['\u0000', '\u001f', '\ufffe', '\ud800', 'x\udc00'])('refuses %j and says where', (text) => {
    expect(() => writeXml({ name: 'a', children: [{ name: 'b', children: [text] }] })).toThrow(
      expect.objectContaining({ code: 'HUB_XML_CHARACTER', places: [expect.objectContaining({ path: '/a/b' })] }),
    );
    expect(() => writeXml({ name: 'a', attributes: { q: text } })).toThrow(
      expect.objectContaining({ places: [expect.objectContaining({ path: '/a/@q' })] }),
    );
  });

  test.each(['', 'a b', '1a', 'a><b', 'a:b:c', '-a'])('refuses %j as a name', (name) => {
    expect(() => writeXml({ name })).toThrow(TypeError);
    expect(() => writeXml({ name: 'a', attributes: { [name]: 'x' } })).toThrow(TypeError);
  });
});

describe('readSmallXml', () => {
  test('decodes entities and keeps every value a string', () => {
    const text =
      '<s:E xmlns:s="urn:s" n="1&#228;"><s:b>&#228;&#xE4;&amp;lt;&lt;</s:b><c>007</c><d><![CDATA[&amp;]]></d></s:E>';
    expect(readSmallXml(text, { arrays: ['c'] })).toEqual({
      E: { '@n': '1ä', b: 'ää&lt;<', c: ['007'], d: '&amp;' },
    });
  });

  test.each([
    ['<!DOCTYPE a><a/>', 'HUB_XML_DOCTYPE'],
    ['<a><b></a>', 'HUB_XML_MALFORMED'],
    ['', 'HUB_XML_MALFORMED'],
    [`<a>${'x'.repeat(100)}</a>`, 'HUB_XML_TOO_LARGE'],
  ])('refuses %s', (text, code) => {
    expect(() => readSmallXml(text, { maxLength: 100 })).toThrow(expect.objectContaining({ code }));
  });
});
