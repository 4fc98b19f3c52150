import { describe, expect, test } from '@jest/globals';
import { sampleJpeg, samplePdf, samplePdfA, samplePng } from '@ozg-hub/testing';
import { FormatWatcher, allowedTypes, mediaTypeOf, sampleOf } from './document-type.ts';

async function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function formatOf(bytes: Buffer, size: number): Promise<string | undefined> {
  const { sample, content } = await sampleOf(pieces(bytes, size));
  const watcher = new FormatWatcher(sample);
  const out: Buffer[] = [];
  for await (const chunk of watcher.watch(content)) out.push(chunk);
  expect(Buffer.concat(out).equals(bytes)).toBe(true);
  return watcher.format;
}

/** Local headers of a ZIP, stored, one after the other; enough to be told by content. */
function zipStart(...entries: readonly (readonly [name: string, bytes: number])[]): Buffer {
  return Buffer.concat(
    entries.map(([name, bytes]) => {
      const header = Buffer.alloc(30);
      header.writeUInt32LE(0x04034b50, 0);
      header.writeUInt16LE(20, 4);
      header.writeUInt32LE(bytes, 18);
      header.writeUInt32LE(bytes, 22);
      header.writeUInt16LE(name.length, 26);
      return Buffer.concat([header, Buffer.from(name), Buffer.alloc(bytes, 0x61)]);
    }),
  );
}

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

describe('the type of a file', () => {
  test('is told by its content', async () => {
    const [pdf, jpeg, png] = [await samplePdf('Antrag', ['x']), sampleJpeg(16, 16), samplePng(16, 16)];
    expect(await Promise.all([pdf, jpeg, png].map((bytes) => mediaTypeOf(bytes.subarray(0, 4_100))))).toEqual([
      'application/pdf',
      'image/jpeg',
      'image/png',
    ]);
    expect(await mediaTypeOf(Buffer.from('<?xml version="1.0"?><a/>'))).toBe('application/xml');
  });

  test('of an office document is told also where the entry that names it comes last', async () => {
    const libreOffice = (folder: string) => zipStart(['_rels/.rels', 200], [`${folder}/document.xml`, 9_000]);
    expect(await mediaTypeOf(libreOffice('word').subarray(0, 4_100))).toBe(DOCX);
    expect(await mediaTypeOf(libreOffice('xl').subarray(0, 4_100))).toBe(XLSX);
    expect([DOCX, XLSX].every((type) => allowedTypes.has(type))).toBe(true);
  });

  test.each([
    ['a program', Buffer.from(`MZ${'\0'.repeat(200)}`)],
    ['a script', Buffer.from('#!/bin/sh\nexit 0\n')],
    ['a web page', Buffer.from('<!DOCTYPE html><html><script>1</script></html>')],
    ['a ZIP', zipStart(['a.txt', 100], ['words.txt', 5_000])],
    ['plain text', Buffer.from('hello')],
    ['a cut ZIP header', zipStart(['a.txt', 10]).subarray(0, 20)],
  ])('is none that is allowed: %s', async (_, bytes) => {
    expect(allowedTypes.has((await mediaTypeOf(bytes)) ?? 'none')).toBe(false);
  });

  test('is told without losing a byte, and of an empty file too', async () => {
    const bytes = Buffer.from('x'.repeat(10_000));
    for (const size of [1, 4_099, 4_100, 4_101, 20_000]) {
      const { sample, content } = await sampleOf(pieces(bytes, size));
      const out: Buffer[] = [];
      for await (const chunk of content) out.push(chunk);
      expect([sample.length, Buffer.concat(out).length]).toEqual([4_100, 10_000]);
    }
    expect((await sampleOf(pieces(Buffer.alloc(0), 1))).sample).toHaveLength(0);
  });
});

describe('the format of a PDF', () => {
  test('is PDF/A where its metadata says so, wherever the borders of chunks fall', async () => {
    const pdf = await samplePdfA('Antrag auf einen Wasserzwischenzähler', ['Zeile']);
    const at = pdf.indexOf('pdfaid:part');
    // By small chunks only what stands around the claim, after as much as is looked at for the type.
    const claim = Buffer.concat([pdf.subarray(0, 5000), pdf.subarray(at - 1000, at + 1000)]);
    for (const size of [1, 2, 3, 5, 13]) expect([size, await formatOf(claim, size)]).toEqual([size, 'PDF/A-2b']);
    for (const size of [64, 65_536]) expect([size, await formatOf(pdf, size)]).toEqual([size, 'PDF/A-2b']);
    for (let border = at - 3; border < at + 20; border++) expect(await formatOf(pdf, border)).toBe('PDF/A-2b');
  });

  test('is read from elements and from attributes', async () => {
    const pdf = (xmp: string) => Buffer.from(`%PDF-1.4\n${' '.repeat(9_000)}${xmp}`);
    expect(await formatOf(pdf('<pdfaid:part>3</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>'), 4_096)).toBe(
      'PDF/A-3u',
    );
    expect(await formatOf(pdf(`<rdf:Description pdfaid:part = '1' pdfaid:conformance="A"/>`), 9_015)).toBe('PDF/A-1a');
    expect(await formatOf(pdf('<pdfaid:part>4</pdfaid:part>'), 100)).toBe('PDF/A-4');
  });

  test('is its version where it claims nothing, and nothing for another type', async () => {
    expect(await formatOf(await samplePdf('Antrag', ['x']), 1_000)).toBe('PDF 1.7');
    expect(await formatOf(Buffer.from('GIF89a pdfaid:part="2"'), 1_000)).toBeUndefined();
  });
});
