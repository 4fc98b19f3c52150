import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { canRun } from '@ozg-hub/testing';
import { codeList } from './code-list.ts';
import { codelists } from './code-lists.ts';
import { dateiformatOf, probePdf } from './dateiformat.ts';

const official = fileURLToPath(
  new URL('../../../../shared/standards/xdomea/codelists/codelists-3.0.0.json', import.meta.url),
);
const withOfficial = canRun('shared', existsSync(official), 'xdomea code lists', '../shared/standards/xdomea');

interface OfficialList {
  readonly uri: string;
  readonly version: string;
  readonly entries: readonly Readonly<Record<string, string>>[];
}

(withOfficial ? describe : describe.skip)('the hub’s code lists have the codes of the official ones', () => {
  const lists = withOfficial ? (JSON.parse(readFileSync(official, 'utf8')) as Record<string, OfficialList>) : {};
  const listOf = (uri: string) => Object.values(lists).find((each) => each.uri === uri);

  test.each(Object.entries(codelists))('%s', (name, list) => {
    const theirs = listOf(list.uri);
    expect(theirs?.version).toBe(list.version);
    const codes = theirs!.entries.map((entry) => entry['code'] ?? entry['Code']);
    const ours = [...list.entries.keys()];
    if (name === 'staat') return;
    if (name === 'nachrichtentyp') expect(codes).toEqual(expect.arrayContaining(ours));
    else expect(ours.toSorted()).toEqual(codes.toSorted());
  });

  test('and their formats stand at the same codes', () => {
    for (const entry of listOf(codelists.dateiformat.uri)!.entries) {
      const extension = entry['Beschreibung']!.split(' ')[0]!.toLowerCase();
      expect(codelists.dateiformat.entries.get(entry['Code']!)!.split(' ')[0]).toBe(extension);
    }
  });

  test('and their data types stand at the same codes', () => {
    for (const { code, beschreibung } of listOf(codelists.datentyp.uri)!.entries) {
      expect(codelists.datentyp.entries.get(code!)).toBe(beschreibung);
    }
  });
});

describe('code lists', () => {
  test('refuse a code that stands twice', () => {
    expect(() => codeList('urn:x', '1', '001 a\n001 b')).toThrow('repeated');
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
