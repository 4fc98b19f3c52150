import { inflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { PDFArray, PDFDict, PDFDocument, PDFName, PDFRawStream, type PDFRef } from 'pdf-lib';
import { QuittungPdf } from './quittung-pdf.ts';
import { sampleItem, sampleQuittung } from './sample-quittung.ts';

const printer = new QuittungPdf();
const render = (changes?: Parameters<typeof sampleQuittung>[0]) => printer.render(sampleQuittung(changes));

describe('a Quittung on paper', () => {
  test('says who was paid what, when, how and for what', async () => {
    const [text, ...more] = await pagesOf(await render());
    expect(more).toEqual([]);
    for (const said of [
      'Stadt Musterstadt',
      'Marktplatz 1 a',
      '00001 Musterstadt',
      '2026-00000483-7',
      'Bewohnerparkausweis beantragen',
      '21.08.2026, 10:14 Uhr',
      'Kreditkarte',
      '01910000-0000-4000-8000-000000000012',
      'Bewohnerparkausweis, 1 Jahr',
      'Betrag erhalten 30,70\u00a0€',
      'Diese Quittung wurde maschinell erstellt',
      'Seite 1 von 1',
    ])
      expect(text).toContain(said);
  });

  test('has all of 99 lines, on as many pages as they need', async () => {
    const items = Array.from({ length: 99 }, (_, index) => sampleItem(index + 1, `Gebühr ${index + 1}.`, '19.00'));
    const pages = await pagesOf(await render({ items }));
    expect(pages.length).toBeGreaterThan(1);
    const text = pages.join(' ');
    for (const { description } of items) expect(text).toContain(description);
    for (const page of pages.filter((one) => one.includes('Gebühr'))) expect(page).toContain('Bezeichnung Menge Netto');
    expect(text).toContain('Betrag erhalten 3.039,30\u00a0€');
    expect(pages.at(-1)).toContain(`Seite ${pages.length} von ${pages.length}`);
  }, 60_000);

  test('shows umlauts, and visibly what the font lacks; nothing makes it fail', async () => {
    const items = [sampleItem(1, 'Größe „mittel“ für Käthe\u0000\n犬 \u{1F415}'), sampleItem(2, 'x'.repeat(250))];
    const bytes = await render({ items, kassenzeichen: 'A&<B>' });
    const text = (await pagesOf(bytes)).join(' ');
    expect(text).toContain('Größe „mittel“ für Käthe \ufffd \ufffd');
    expect(text.replaceAll(' ', '')).toContain('x'.repeat(250));
    expect(xmpOf(await PDFDocument.load(bytes))).toContain('Quittung A\ufffd\ufffdB\ufffd');
  });

  test('is the same file for the same payment', async () => {
    expect(await render()).toEqual(await new QuittungPdf().render(sampleQuittung()));
    expect(await render()).not.toEqual(await render({ kassenzeichen: '2026-00000484-5' }));
  });
});

describe('as PDF/A-2a', () => {
  test('it claims part 2, level A, with title and the day of the payment', async () => {
    const document = await PDFDocument.load(await render(), { updateMetadata: false });
    const xmp = xmpOf(document);
    expect(xmp).toContain('<pdfaid:part>2</pdfaid:part>');
    expect(xmp).toContain('<pdfaid:conformance>A</pdfaid:conformance>');
    expect(xmp).toContain('<rdf:li xml:lang="x-default">Quittung 2026-00000483-7</rdf:li>');
    expect(document.getCreationDate()).toEqual(new Date('2026-08-21T08:14:58Z'));
  });

  test('it embeds every font, has an sRGB output intent and a file identifier', async () => {
    const document = await PDFDocument.load(await render());
    const all = dictionariesOf(document);
    const descriptors = all.filter((dict) => dict.has(PDFName.of('FontBBox')));
    expect(descriptors.map((descriptor) => descriptor.has(PDFName.of('FontFile2')))).toEqual([true, true]);
    expect(all.filter((dict) => nameOf(dict, 'Type') === '/Font')).toHaveLength(4);
    const intent = all.find((dict) => nameOf(dict, 'S') === '/GTS_PDFA1')!;
    const profile = intent.lookup(PDFName.of('DestOutputProfile')) as PDFRawStream;
    expect(inflateSync(profile.contents).toString('latin1', 36, 40)).toBe('acsp');
    expect(document.context.trailerInfo.ID).toBeDefined();
  });

  test('it is tagged and German: a heading, tables with their headings', async () => {
    const document = await PDFDocument.load(await render());
    expect(String(document.catalog.lookup(PDFName.of('Lang')))).toContain('de-DE');
    expect(String((document.catalog.lookup(PDFName.of('MarkInfo')) as PDFDict).get(PDFName.of('Marked')))).toBe('true');
    const tags = dictionariesOf(document).map((dict) => nameOf(dict, 'S'));
    const count = (tag: string) => tags.filter((each) => each === tag).length;
    expect(count('/H1')).toBe(1);
    expect(count('/Table')).toBe(3);
    expect(count('/TH')).toBe(6 + 7 + 3);
    expect(count('/TD')).toBe(6 + 7 + 3);
  });

  test('it has nothing that PDF/A forbids', async () => {
    const text = (await render()).toString('latin1');
    for (const forbidden of ['/Encrypt', '/JavaScript', '/LZWDecode', '/Launch', '/EmbeddedFiles', '/F ('])
      expect(text).not.toContain(forbidden);
  });
});

const nameOf = (dict: PDFDict, key: string) => String(dict.get(PDFName.of(key)));

function xmpOf(document: PDFDocument): string {
  return Buffer.from((document.catalog.lookup(PDFName.of('Metadata')) as PDFRawStream).contents).toString();
}

function dictionariesOf(document: PDFDocument): PDFDict[] {
  return document.context.enumerateIndirectObjects().flatMap(([, object]) => {
    if (object instanceof PDFDict) return [object];
    return object instanceof PDFRawStream ? [object.dict] : [];
  });
}

/** The text of each page by the fonts' own tables of characters, a blank between two pieces. */
async function pagesOf(bytes: Buffer): Promise<string[]> {
  const document = await PDFDocument.load(bytes);
  const streamOf = (ref: PDFRef | PDFRawStream) =>
    inflateSync(((ref instanceof PDFRawStream ? ref : document.context.lookup(ref)) as PDFRawStream).contents).toString(
      'latin1',
    );
  return document.getPages().map(({ node }) => {
    const fonts = node.Resources()!.lookup(PDFName.of('Font'), PDFDict);
    const characters = new Map(
      fonts.keys().map((name) => {
        const cmap = streamOf(fonts.lookup(name, PDFDict).get(PDFName.of('ToUnicode')) as PDFRef);
        return [String(name), charactersOf(cmap)] as const;
      }),
    );
    const contents = node.Contents();
    const parts = contents instanceof PDFArray ? (contents.asArray() as PDFRef[]) : [contents as PDFRawStream];
    let font: readonly string[] = [];
    const pieces: string[] = [];
    for (const [, name, shown] of parts
      .map(streamOf)
      .join('\n')
      .matchAll(/(\/F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
      if (name) font = characters.get(name)!;
      const hex = [...(shown ?? '').matchAll(/<([0-9a-f]*)>/gi)].map(([, digits]) => digits).join('');
      if (shown) pieces.push(hex.replaceAll(/.{4}/g, (glyph) => font[Number.parseInt(glyph, 16)] ?? '?'));
    }
    return pieces.join(' ').replaceAll(/ +/g, ' ');
  });
}

/** Texts by glyph, of the ranges that pdfkit writes: one list from each begin. */
function charactersOf(cmap: string): string[] {
  const found: string[] = [];
  for (const [, from, list] of cmap.matchAll(/<([0-9a-f]{4})> <[0-9a-f]{4}> \[([^\]]*)\]/gi)) {
    const texts = [...list!.matchAll(/<([0-9a-f ]*)>/gi)].map(([, hex]) =>
      String.fromCharCode(...(hex!.replaceAll(' ', '').match(/.{4}/g) ?? []).map((unit) => Number.parseInt(unit, 16))),
    );
    for (const [index, text] of texts.entries()) found[Number.parseInt(from!, 16) + index] = text;
  }
  return found;
}
