import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type XmlPool, createXmlPool } from '@ozg-hub/xml';
import { checkFile } from './check-file.ts';
import { writeImportBestaetigen } from './confirmations.ts';
import { inventoryOf } from './message-inventory.ts';
import { readMessageTree } from './message-tree.ts';
import { messageFileName, packageName } from './package-names.ts';
import { type PackageFile, writePackage } from './package-writer.ts';
import { sampleMessages } from './sample-messages.ts';
import { sampleSchemas } from './sample-schemas.ts';
import { sampleSgoAblegen } from './sample.ts';
import { supportedVersions } from './versions.ts';
import { asMessage, writeMessage } from './write-message.ts';

let pool: XmlPool;
let folder: string;

beforeAll(async () => {
  pool = createXmlPool({ workers: 1, schemas: await sampleSchemas(), timeoutMs: 60_000 });
});
afterAll(() => pool.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdomea-check-'));
});
afterEach(() => rm(folder, { recursive: true }));

const check = (path: string, options = {}) => checkFile(pool, path, { official: new Set(), ...options });
const sample = asMessage(sampleSgoAblegen());

interface Change {
  readonly version?: string;
  readonly xml?: (xml: string) => string;
  readonly files?: (files: readonly PackageFile[]) => readonly PackageFile[];
  readonly messageName?: string;
  readonly zipName?: string;
}

const contents: Readonly<Record<string, string>> = {
  '044': '%PDF-1.7 <pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>',
  '011': '\xff\xd8\xff\xe0',
  '030': '<?xml version="1.0"?><a/>',
  '100': 'GIF89a',
};
const file = (name: string, content: string): PackageFile => ({
  name,
  open: () => Readable.from([Buffer.from(content, 'latin1')]),
});

async function packed(change: Change = {}): Promise<string> {
  const { name, xml } = writeMessage(sample, { version: change.version ?? '3.1.0', characters: 'transliterate' });
  const files = inventoryOf(sample).dateien.map(({ dateiname, code }) => file(dateiname, contents[code!]!));
  const path = join(folder, change.zipName ?? packageName(sample.prozessId, name));
  const message = {
    name: change.messageName ?? messageFileName(sample.prozessId, name),
    xml: (change.xml ?? ((same) => same))(xml),
  };
  await writePackage({ message, files: (change.files ?? ((same) => same))(files), to: createWriteStream(path) });
  return path;
}

async function bare(xml: string, name = 'message.xml'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, xml);
  return path;
}

describe('a check', () => {
  test.each(supportedVersions)('finds nothing in a good package of %s', async (version) => {
    const report = await check(await packed({ version }));
    expect(report).toMatchObject({
      verdict: 'valid',
      kind: 'package',
      schema: 'profile',
      message: { version, name: 'FVDaten.SGOAblegen.0605', nachricht: '0605', prozessId: sample.prozessId, objekte: 1 },
    });
    expect(report.findings).toEqual([]);
    expect(report.files).toHaveLength(4);
  });

  test('finds nothing in any message that the hub writes', async () => {
    for (const [what, message] of sampleMessages()) {
      const { name, xml } = writeMessage(message);
      const { findings } = await check(await bare(xml, messageFileName(message.prozessId, name)));
      expect([what, findings.filter(({ severity }) => severity !== 'note')]).toEqual([what, []]);
    }
  });

  const broken: readonly (readonly [what: string, change: Change, finding: object])[] = [
    [
      'a file that is missing',
      { files: (all) => all.slice(1) },
      { rule: 'file-missing', file: /_Antrag Größe\.pdf$/, line: 2 },
    ],
    [
      'a file that nobody names',
      { files: (all) => [...all, file('Thumbs.db', 'x')] },
      { rule: 'file-not-named', file: 'Thumbs.db' },
    ],
    [
      'a violation of the schema',
      { xml: (xml) => xml.replace('Importbestaetigung>1', 'Importbestaetigung>0') },
      { rule: 'schema', line: 2, path: /Importbestaetigung$/ },
    ],
    ['bad XML', { xml: (xml) => xml.slice(0, -20) }, { rule: 'xml' }],
    ['a DOCTYPE', { xml: (xml) => xml.replace('?>', '?><!DOCTYPE x>') }, { rule: 'xml' }],
    [
      'a repeated ID',
      { xml: (xml) => xml.replaceAll('000000000014<', '000000000010<') },
      { rule: 'id-repeated', line: 2 },
    ],
    ['a Stapellaenge that is wrong', { xml: (xml) => xml.replace('laenge>1', 'laenge>2') }, { rule: 'stapel' }],
    [
      'a head that says another message',
      { xml: (xml) => xml.replace('<code>0605', '<code>0604') },
      { rule: 'message-type' },
    ],
    ['a message with a wrong name', { messageName: 'x_FVDaten.SGOAblegen.0605.xml' }, { rule: 'message-name' }],
    ['no message', { messageName: 'readme.txt' }, { rule: 'no-message' }],
    [
      'another file name than Windows takes',
      { xml: (xml) => xml.replace('_Antragsdaten.xml<', '_Antrags?daten.xml<') },
      { rule: 'file-name-unsafe' },
    ],
    [
      'a code that its list does not have',
      { xml: (xml) => xml.replace(/(dateiformat"[^>]*><code>)030/, '$1077') },
      { rule: 'code', line: 2, path: '//Name' },
    ],
    [
      'a list that xdomea does not have',
      { xml: (xml) => xml.replace('urn:x-ozghub:codeliste:rolle', 'urn:xoev-de:xdomea:codeliste:rolle') },
      { rule: 'code-list' },
    ],
  ];
  test.each(broken)('refuses %s and says where', async (_what, change, expected) => {
    const report = await check(await packed(change));
    expect(report.verdict).toBe('invalid');
    const found = Object.fromEntries(
      Object.entries(expected).map(([key, value]) => [
        key,
        value instanceof RegExp ? expect.stringMatching(value) : value,
      ]),
    );
    const errors = report.findings.filter(({ severity }) => severity === 'error');
    expect(errors).toContainEqual(expect.objectContaining(found));
  });

  test('refuses a damaged file, and reads every one to its end', async () => {
    const path = await packed();
    const bytes = await readFile(path);
    bytes.write('%PDX', bytes.indexOf('%PDF'));
    await writeFile(path, bytes);
    expect((await check(path)).findings).toEqual([
      expect.objectContaining({ rule: 'file-damaged', severity: 'error', file: expect.stringMatching(/Größe\.pdf$/) }),
    ]);
  });

  test('refuses a ZIP that is cut off, and one that unpacks to too much', async () => {
    const path = await packed();
    const bytes = await readFile(path);
    const limits = { maxEntries: 3, maxEntryBytes: 1000, maxTotalBytes: 1000, maxRatio: 10 };
    expect(await check(path, { limits })).toMatchObject({ verdict: 'invalid', findings: [{ rule: 'package' }] });
    await writeFile(path, bytes.subarray(0, -30));
    expect(await check(path)).toMatchObject({ verdict: 'invalid', findings: [{ rule: 'package' }] });
  });

  test('warns of what is valid and yet trouble', async () => {
    const wrongContent = (all: readonly PackageFile[]) => [file(all[0]!.name, 'GIF89a'), ...all.slice(1)];
    const report = await check(await packed({ zipName: 'paket.zip', files: wrongContent }));
    expect(report.verdict).toBe('valid');
    expect(report.findings.map(({ severity, rule }) => [severity, rule])).toEqual([
      ['warning', 'package-name'],
      ['warning', 'file-format'],
    ]);
  });

  test('warns of a result that contradicts itself', async () => {
    const { prozessId, createdAt, sender, receiver, sendingSystem } = sample;
    const xml = writeImportBestaetigen({
      ...{ prozessId, createdAt, sender, receiver, sendingSystem },
      rueckmeldungen: [{ allgemein: '0000000' }],
      rueckgabeparameter: [{ parameter: { name: 'Grund' }, erfolgreich: false }],
    });
    const { verdict, findings } = await check(await bare(xml));
    expect(verdict).toBe('valid');
    expect(findings).toContainEqual(expect.objectContaining({ rule: 'contradiction', severity: 'warning' }));
  });

  test('cannot judge what it has no schema for, and says what is missing', async () => {
    const other = (name: string) => `<x:${name} xmlns:x="urn:xoev-de:xdomea:schema:3.0.0"><x:Kopf/></x:${name}>`;
    const path = await bare(other('Aussonderung.Aussonderung.0503'));
    const findings = (await check(path)).findings;
    expect(findings).toContainEqual(expect.objectContaining({ rule: 'schema-missing', severity: 'obstacle' }));
    const four = await check(await bare(other('Aussonderung.Aussonderung.0503').replace('3.0.0', '4.0.0')));
    expect(four).toMatchObject({ verdict: 'unchecked', findings: [{ rule: 'version', severity: 'obstacle' }] });
    expect(four.findings[0]!.message).toMatch(/4\.0\.0.*missing/);
  });

  test('cannot judge a message that is too large', async () => {
    const path = await packed();
    expect(await check(path, { maxMessageBytes: 100 })).toMatchObject({ verdict: 'unchecked' });
    expect(await check(await bare('<a/>'.repeat(100)), { maxMessageBytes: 100 })).toMatchObject({
      verdict: 'unchecked',
    });
  });

  test('refuses what is no xdomea at all', async () => {
    for (const text of [
      '<html><body/></html>',
      'Guten Tag',
      '',
      '<a xmlns="urn:a"><!-- "urn:xoev-de:xdomea:schema:3.1.0" --></a>',
    ]) {
      expect([text, (await check(await bare(text))).verdict]).toEqual([text, 'invalid']);
    }
  });

  test('finds the message by its content where its name does not tell, beside other XML', async () => {
    const report = await check(await packed({ messageName: 'nachricht.xml' }));
    expect(report.message?.nachricht).toBe('0605');
    expect(report.findings.map(({ rule }) => rule)).toEqual(['message-name']);
  });
});

describe('the tree of a message', () => {
  test('shows objects, records and files as they are nested', async () => {
    const { xml } = writeMessage(sample);
    const tree = await readMessageTree(pool, Buffer.from(xml));
    expect(tree).toMatchObject({ name: 'FVDaten.SGOAblegen.0605', prozessId: sample.prozessId });
    const [objekt] = tree.objekte;
    expect(objekt).toMatchObject({
      kind: 'SchriftgutobjektZumAblegen',
      texts: [{ name: 'FachverfahrenObjektID' }, {}],
    });
    expect(objekt!.nodes).toMatchObject([
      {
        kind: 'Vorgang',
        children: [
          {
            kind: 'Dokument',
            betreff: 'Antrag Größe.pdf',
            dateien: [{ code: '044', version: '2b' }],
            children: [{ kind: 'Anlage' }, { kind: 'Anlage', dateien: [{ code: '100' }] }],
          },
          { kind: 'Dokument', children: [] },
        ],
      },
    ]);
  });

  test('of a hand-over shows letter and Akte', async () => {
    const [, message] = sampleMessages().find(([name]) => name.startsWith('0401: hands an Akte'))!;
    const tree = await readMessageTree(pool, Buffer.from(writeMessage(message).xml));
    expect(tree.objekte.map(({ kind, nodes }) => [kind, nodes.map((node) => node.kind)])).toEqual([
      ['Anschreiben', ['Anschreiben']],
      ['Schriftgutobjekt', ['Akte']],
      ['Schriftgutobjekt', ['Dokument']],
    ]);
  });
});
