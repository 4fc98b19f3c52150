import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { PDFDict, PDFDocument, PDFName, PDFRawStream, PDFString } from 'pdf-lib';
import { largePlan } from './large-plan.ts';
import { samplePdf, samplePdfA } from './sample-pdf.ts';

const title = 'Anmeldung eines Hundes, Größe „mittel“';
const lines = ['Käthe Weiß, Gießen', 'Gebühr: 49,00 €'];

describe('sample PDF/A-2b', () => {
  test('claims part 2, level B in uncompressed XMP metadata with the title', async () => {
    const bytes = await samplePdfA(title, lines);
    const metadata = await metadataOf(bytes);
    expect(metadata.dict.has(PDFName.of('Filter'))).toBe(false);
    const xmp = Buffer.from(metadata.contents).toString();
    expect(xmp).toContain('<pdfaid:part>2</pdfaid:part>');
    expect(xmp).toContain('<pdfaid:conformance>B</pdfaid:conformance>');
    expect(xmp).toContain(`<rdf:li xml:lang="x-default">${title}</rdf:li>`);
  });

  test('embeds every font and has an sRGB output intent and a file identifier', async () => {
    const bytes = await samplePdfA(title, lines);
    const document = await PDFDocument.load(bytes);
    const fonts = dictionariesOf(document).filter((dict) => dict.get(PDFName.of('Type')) === PDFName.of('Font'));
    const descriptors = dictionariesOf(document).filter((dict) => dict.has(PDFName.of('FontBBox')));
    expect(fonts.map((font) => String(font.get(PDFName.of('Subtype')))).toSorted()).toEqual([
      '/CIDFontType2',
      '/CIDFontType2',
      '/Type0',
      '/Type0',
    ]);
    expect(descriptors.map((descriptor) => descriptor.has(PDFName.of('FontFile2')))).toEqual([true, true]);
    const intent = dictionariesOf(document).find((dict) => dict.get(PDFName.of('S')) === PDFName.of('GTS_PDFA1'))!;
    expect((intent.lookup(PDFName.of('OutputConditionIdentifier')) as PDFString).asString()).toContain('sRGB');
    const profile = intent.lookup(PDFName.of('DestOutputProfile')) as PDFRawStream;
    expect(inflateSync(profile.contents).toString('latin1', 36, 40)).toBe('acsp');
    expect(document.context.trailerInfo.ID).toBeDefined();
  });

  test('has nothing that PDF/A-2 forbids', async () => {
    const text = (await samplePdfA(title, lines)).toString('latin1');
    for (const forbidden of ['/Encrypt', '/JavaScript', '/LZWDecode', '/Launch', '/EmbeddedFiles', '/F (']) {
      expect(text).not.toContain(forbidden);
    }
  });

  test('is the same file for the same texts, and refuses what the font cannot show', async () => {
    expect(await samplePdfA(title, lines)).toEqual(await samplePdfA(title, lines));
    await expect(samplePdfA(title, ['犬'])).rejects.toThrow('U+72ac');
    await expect(samplePdfA('Hund & Katze', [])).rejects.toThrow('must not contain');
  });
});

test('a plain sample PDF claims no conformity', async () => {
  const bytes = await samplePdf(title, lines);
  expect((await PDFDocument.load(bytes)).getTitle()).toBe(title);
  expect(bytes.toString('latin1')).not.toContain('pdfaid');
});

describe('large plan', () => {
  test.each([8192, 100_000, 1_000_003])('has exactly %i bytes and one page with one image', async (size) => {
    const plan = largePlan(size);
    const bytes = Buffer.concat(await plan.open().toArray());
    expect([plan.size, bytes.length]).toEqual([size, size]);
    const document = await PDFDocument.load(bytes, { throwOnInvalidObject: true });
    expect(document.getPageCount()).toBe(1);
    const image = dictionariesOf(document).find((dict) => dict.get(PDFName.of('Subtype')) === PDFName.of('Image'))!;
    const number = (name: string) => Number(String(image.get(PDFName.of(name))));
    expect(number('Width') * number('Height')).toBe(number('Length'));
  });

  test('points to its objects and its cross-reference table', async () => {
    const text = Buffer.concat(await largePlan(50_000).open().toArray()).toString('latin1');
    const table = Number(/startxref\n(\d+)/.exec(text)![1]);
    expect(text.slice(table, table + 8)).toBe('xref\n0 6');
    const offsets = [...text.slice(table).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, offset]) => Number(offset));
    expect(offsets.map((offset) => text.slice(offset, offset + 7))).toEqual([1, 2, 3, 4, 5].map((n) => `${n} 0 obj`));
  });

  test('is the same at each opening', async () => {
    const plan = largePlan(700_000);
    const hashes = [plan.open(), plan.open()].map(async (stream) =>
      createHash('sha256')
        .update(Buffer.concat(await stream.toArray()))
        .digest('hex'),
    );
    const [first, second] = await Promise.all(hashes);
    expect(first).toBe(second);
  });
});

async function metadataOf(bytes: Buffer): Promise<PDFRawStream> {
  const document = await PDFDocument.load(bytes);
  return document.catalog.lookup(PDFName.of('Metadata')) as PDFRawStream;
}

function dictionariesOf(document: PDFDocument): PDFDict[] {
  return document.context.enumerateIndirectObjects().flatMap(([, object]) => {
    if (object instanceof PDFDict) return [object];
    return object instanceof PDFRawStream ? [object.dict] : [];
  });
}
