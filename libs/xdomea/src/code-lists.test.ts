import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { canRun } from '@ozg-hub/testing/database';
import { codeTable, listOf } from './code-list.ts';
import { codeListsOf } from './code-lists.ts';
import { probePdf } from './content-probe.ts';
import { dateiformatOf } from './dateiformat.ts';
import { codelists } from './versions.ts';

const folder = fileURLToPath(new URL('../../../../shared/standards/xdomea/codelists/', import.meta.url));
const withOfficial = canRun('shared', existsSync(folder), 'xdomea code lists', '../shared/standards/xdomea');

interface OfficialList {
  readonly uri: string;
  readonly version: string;
  readonly entries: readonly Readonly<Record<string, string>>[];
}
const codeOf = (entry: Readonly<Record<string, string>>) => entry['code'] ?? entry['Code'] ?? entry['ISOAlpha2code']!;

/** 3.1.0 has the lists of 3.0.0; the lists of 2.4.0 came without that of countries. */
const generations = [
  [2, '2.4.0'],
  [3, '3.0.0'],
] as const;

(withOfficial ? describe : describe.skip).each(generations)(
  'the code lists of generation %i',
  (generation, version) => {
    const text = withOfficial ? readFileSync(`${folder}codelists-${version}.json`, 'utf8') : '{}';
    const official = Object.values(JSON.parse(text) as Record<string, OfficialList>);
    const ours = codeListsOf(generation);

    test('are the official ones, every one, with version and codes', () => {
      const table = (lists: Iterable<[uri: string, version: string, codes: readonly string[]]>) =>
        [...lists].map(([uri, listed, codes]) => [uri, listed, codes.toSorted()]).toSorted();
      const theirs = official.map(({ uri, version: listed, entries }): [string, string, string[]] => [
        uri,
        listed,
        entries.map(codeOf),
      ]);
      const hub = [...ours.byUri.values()]
        .filter(({ uri }) => generation === 3 || uri !== ours.staat.uri)
        .map(({ uri, version: listed, entries }): [string, string, string[]] => [uri, listed, [...entries.keys()]]);
      expect(table(hub)).toEqual(table(theirs));
    });

    test('have the formats at the same codes', () => {
      for (const entry of official.find(({ uri }) => uri === ours.dateiformat.uri)?.entries ?? []) {
        const extension = entry['Beschreibung']!.split(' ')[0]!.toLowerCase();
        expect(ours.dateiformat.entries.get(codeOf(entry))!.split(' ')[0]).toBe(extension);
      }
    });

    test('have the data types at the same codes', () => {
      for (const entry of official.find(({ uri }) => uri === ours.datentyp.uri)?.entries ?? []) {
        expect(ours.datentyp.entries.get(codeOf(entry))).toBe(entry['beschreibung'] ?? entry['Beschreibung']);
      }
    });
  },
);

describe('code lists', () => {
  test('refuse a code that stands twice', () => {
    expect(() => codeTable('x', { 2: '1' }, '001 a\n001 b')).toThrow('repeated');
  });

  test('are not there in a generation that does not have them', () => {
    expect(() => listOf(codeTable('x', { 2: '1' }, '001 a'), 3)).toThrow('not in generation 3');
  });
});

describe('the format of a file', () => {
  const table: readonly (readonly [Parameters<typeof dateiformatOf>[0], ReturnType<typeof dateiformatOf>])[] = [
    [
      { mediaType: 'application/pdf', version: '1.7' },
      { code: '018', version: '1.7' },
    ],
    [
      { mediaType: 'application/pdf', version: '1.7', pdfA: '2b' },
      { code: '044', version: '2b' },
    ],
    [
      { mediaType: 'image/jpeg', fileName: 'a.JPEG' },
      { code: '010', version: 'unbekannt' },
    ],
    [
      { mediaType: 'image/jpeg', fileName: 'a.png' },
      { code: '011', version: 'unbekannt' },
    ],
    [{ mediaType: 'image/png' }, { code: '019', version: 'unbekannt' }],
    [
      { mediaType: 'application/x-ole-storage', fileName: 'Liste.xls' },
      { code: '028', version: 'unbekannt' },
    ],
    [
      { mediaType: 'text/plain', fileName: 'a.csv' },
      { code: '002', version: 'unbekannt' },
    ],
    [{ mediaType: 'Application/XML; charset=utf-8' }, { code: '030', version: '1.0' }],
    [{ mediaType: 'image/gif' }, { code: '100', sonstigerName: 'GIF', version: 'unbekannt' }],
    [{ mediaType: 'application/x-step' }, { code: '100', sonstigerName: 'application/x-step', version: 'unbekannt' }],
  ];
  test.each(table)('%j is %j', (content, format) => {
    expect(dateiformatOf(content)).toEqual(format);
    expect(codelists.dateiformat.entries.has(format.code)).toBe(true);
  });

  test('of a PDF is found in its header and XMP, wherever chunks are cut', async () => {
    const pdf = Buffer.from(
      `%PDF-1.7\n${'x'.repeat(5000)}<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>`,
    );
    for (const size of [1, 7, 64, 4096, 100_000]) {
      const chunks = async function* () {
        for (let at = 0; at < pdf.length; at += size) yield pdf.subarray(at, at + size);
      };
      expect(await probePdf(chunks())).toEqual({ version: '1.7', pdfA: '2b' });
    }
    const attributes = async function* () {
      yield Buffer.from('%PDF-1.4 <rdf:Description pdfaid:part="1" pdfaid:conformance="A"/>');
    };
    expect(await probePdf(attributes())).toEqual({ version: '1.4', pdfA: '1a' });
    const plain = async function* () {
      yield Buffer.from('%PDF-1.5 nothing more');
    };
    expect(await probePdf(plain())).toEqual({ version: '1.5' });
  });
});
