import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createXmlPool, loadCatalogue, loadImported, withOverrides } from './index.ts';

const schema = (type: string) =>
  `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a" type="${type}"/></xs:schema>`;

async function withFolder<T>(files: Record<string, string>, run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'catalogue-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('a catalogue', () => {
  test('holds every file below the folders its entries name', async () => {
    const files = {
      'catalog.json': '{"a/1":{"file":"a/1/a.xsd"}}',
      'a/1/a.xsd': schema('xs:int'),
      'a/1/x/b.xsd': '<b/>',
      'c/c.xsd': '',
    };
    const catalogue = await withFolder(files, loadCatalogue);
    expect(Object.keys(catalogue.files).toSorted()).toEqual(['a/1/a.xsd', 'a/1/x/b.xsd']);
  });

  test.each([
    ['no catalog.json', {}],
    ['a catalog.json that is no JSON', { 'catalog.json': '{' }],
    ['a file that is missing', { 'catalog.json': '{"a":{"file":"a/a.xsd"}}', 'a/b.xsd': '' }],
    ['a folder that is missing', { 'catalog.json': '{"a":{"file":"a/a.xsd"}}' }],
    ['a file outside the folder', { 'catalog.json': '{"a":{"file":"../a.xsd"}}' }],
  ])('is refused for %s', async (_, files) => {
    await expect(withFolder(files as Record<string, string>, loadCatalogue)).rejects.toMatchObject({
      code: 'HUB_XML_SCHEMA_BROKEN',
    });
  });

  test('of imported schemas is empty until something is imported', async () => {
    const imported = { 'catalog.json': '{"a/1":{"file":"a/1/a.xsd"}}', 'a/1/a.xsd': schema('xs:int') };
    expect(await withFolder({}, loadImported)).toEqual({ entries: {}, files: {} });
    expect(Object.keys((await withFolder(imported, loadImported)).entries)).toEqual(['a/1']);
  });

  test('resolves absolute locations through its own files, and an override wins', async () => {
    const imported = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:i">
      <xs:simpleType name="T"><xs:restriction base="xs:int"/></xs:simpleType></xs:schema>`;
    const importing = schema('i:T')
      .replace('<xs:schema ', '<xs:schema xmlns:i="urn:i" ')
      .replace('<xs:element', '<xs:import namespace="urn:i" schemaLocation="https://example.org/i.xsd"/><xs:element');
    const own = { entries: { a: { file: 'a.xsd' } }, files: { 'a.xsd': schema('xs:date') } };
    const official = {
      entries: { a: { file: 'a.xsd', imports: { 'https://example.org/i.xsd': 'i.xsd' } } },
      files: { 'a.xsd': importing, 'i.xsd': imported },
    };
    const pool = createXmlPool({ workers: 1, schemas: withOverrides(own, official) });
    await expect(pool.run({ document: Buffer.from('<a>1</a>'), schema: 'a' })).resolves.toBeDefined();
    await expect(pool.run({ document: Buffer.from('<a>x</a>'), schema: 'a' })).rejects.toMatchObject({
      code: 'HUB_XML_INVALID',
    });
    await pool.close();
  });
});
