import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { canRun } from '@ozg-hub/testing/database';
import { createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { ZipFile } from 'yazl';
import { hasStandard, standardFolder } from './sample-schemas.ts';
import { sampleSgoAblegen } from './sample.ts';
import { findSchemas, storeSchemas } from './schema-import.ts';
import { supportedVersions } from './versions.ts';
import { writeSgoAblegen } from './write-message.ts';

const withOfficial = canRun('shared', hasStandard, 'xdomea schema import', '../shared/standards/xdomea');
const official = join(standardFolder, 'xsd');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdomea-schemas-'));
});
afterEach(() => rm(folder, { recursive: true }));

const schema = (version: string) =>
  `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:xoev-de:xdomea:schema:${version}"/>`;

async function zipped(files: Readonly<Record<string, string>>): Promise<string> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  const path = join(folder, 'schemas.zip');
  await pipeline(zip.outputStream, createWriteStream(path));
  return path;
}

/** A version as it is on the disk, changed file by file. */
async function copied(version: string, change: (name: string, text: string) => string | undefined): Promise<string> {
  const target = join(folder, 'copy');
  await cp(join(official, version), target, { recursive: true });
  for (const name of (await readdir(target, { recursive: true })).filter((each) => each.endsWith('.xsd'))) {
    const path = join(target, name);
    // The original may be read-only.
    const changed = change(name, await readFile(path, 'utf8'));
    await rm(path, { force: true });
    if (changed !== undefined) await writeFile(path, changed);
  }
  return target;
}

describe('an import of schemas', () => {
  test('takes no file for an official one by its name alone', async () => {
    await writeFile(join(folder, 'xdomea-Baukasten.xsd'), schema('3.1.0'));
    expect(await findSchemas(folder)).toMatchObject({
      complete: [],
      altered: [{ name: 'xdomea-Baukasten.xsd', version: '3.1.0' }],
    });
  });

  test('names a version that is not supported, and counts what is none of its business', async () => {
    const path = await zipped({
      'a/xdomea-Baukasten.xsd': schema('4.0.0'),
      'a/b/other.xsd': schema('x'),
      'README.md': '',
    });
    expect(await findSchemas(path)).toMatchObject({ complete: [], altered: [], unsupported: ['4.0.0'], unknown: 1 });
  });

  test('refuses what is neither folder nor ZIP', async () => {
    const path = join(folder, 'x.zip');
    await writeFile(path, 'PK');
    await expect(findSchemas(path)).rejects.toMatchObject({ code: 'HUB_XDOMEA_PACKAGE' });
  });
});

(withOfficial ? describe : describe.skip)('the official schemas', () => {
  test('are found in one folder, every version, and stored as a catalogue that validates', async () => {
    const found = await findSchemas(official);
    expect(found.complete.map(({ version }) => version)).toEqual(supportedVersions);
    expect(found).toMatchObject({ incomplete: [], altered: [], unsupported: ['4.0.0'] });
    const stored = join(folder, 'stored');
    await storeSchemas(stored, found.complete.slice(0, 1));
    await storeSchemas(stored, found.complete.slice(1));
    const pool = createXmlPool({ workers: 1, schemas: await loadCatalogue(stored), timeoutMs: 60_000 });
    for (const version of supportedVersions) {
      const xml = writeSgoAblegen(sampleSgoAblegen(), { version, characters: 'transliterate' });
      const job = (text: string) => ({ document: Buffer.from(text), schema: `xdomea/${version}` });
      await expect(pool.run(job(xml))).resolves.toBeDefined();
      await expect(pool.run(job(xml.replace('Importbestaetigung>1', 'Importbestaetigung>0')))).rejects.toMatchObject({
        code: 'HUB_XML_INVALID',
      });
    }
    await pool.close();
  });

  test('are recognised whatever their line ends and however they name what they import', async () => {
    const changed = await copied('3.1.0', (_name, text) =>
      `\uFEFF${text}`
        .replaceAll('\n', '\r\n')
        .replaceAll('schemaLocation="xoev/', 'schemaLocation="http://xoev.de/schemata/code/1_0/'),
    );
    expect((await findSchemas(changed)).complete.map(({ version }) => version)).toEqual(['3.1.0']);
  });

  test('are recognised in a ZIP with folders', async () => {
    const files: Record<string, string> = {};
    for (const name of await readdir(join(official, '3.0.0'), { recursive: true })) {
      if (name.endsWith('.xsd')) files[`xdomea_3.0.0/${name}`] = await readFile(join(official, '3.0.0', name), 'utf8');
    }
    expect((await findSchemas(await zipped(files))).complete.map(({ version }) => version)).toEqual(['3.0.0']);
  });

  test('are refused as a whole where one file is altered or missing', async () => {
    const altered = await copied('2.4.0', (name, text) =>
      name === 'xdomea-Baukasten.xsd' ? text.replace('maxOccurs="unbounded"', 'maxOccurs="2"') : text,
    );
    const found = await findSchemas(altered);
    expect(found.complete.length).toBe(0);
    expect(found.altered).toEqual([{ name: 'xdomea-Baukasten.xsd', version: '2.4.0' }]);
    expect(found.incomplete).toEqual([{ version: '2.4.0', missing: ['xdomea-Baukasten.xsd'] }]);
    await mkdir(join(folder, 'empty'));
    await storeSchemas(join(folder, 'empty'), found.complete);
    expect(await readFile(join(folder, 'empty/catalog.json'), 'utf8')).toBe('{}\n');
    await rm(altered, { recursive: true });
    const lacking = await copied('3.1.0', (name, text) => (name === 'xdomea.xsd' ? undefined : text));
    expect((await findSchemas(lacking)).incomplete).toEqual([{ version: '3.1.0', missing: ['xdomea.xsd'] }]);
  });
});
