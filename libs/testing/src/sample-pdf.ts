import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import PdfKitDocument from 'pdfkit';
import { unpackWoff } from './unpack-woff.ts';

const HEADING = 'Roboto-Medium';
const TEXT = 'Roboto-Regular';

/**
 * A PDF/A-2b (ISO 19005-2, level B) with the title as its heading and one paragraph per line, line breaks kept:
 * embedded font, sRGB output intent, XMP metadata uncompressed. The same bytes for the same texts.
 * @throws Error for a character that the font lacks, or one that XMP would need escaped in the title
 */
export async function samplePdfA(title: string, lines: readonly string[]): Promise<Buffer> {
  if (/[&<>]/.test(title)) throw new Error('the title of a sample must not contain &, < or >');
  return write(title, lines, { subset: 'PDF/A-2b' });
}

/** A plain PDF 1.7 that claims no conformity. */
export function samplePdf(title: string, lines: readonly string[]): Promise<Buffer> {
  return write(title, lines, {});
}

async function write(title: string, lines: readonly string[], options: PDFKit.PDFDocumentOptions): Promise<Buffer> {
  const document = new PdfKitDocument({
    size: 'A4',
    margin: 64,
    pdfVersion: '1.7',
    lang: 'de-DE',
    displayTitle: true,
    // None yet: the default one is not embedded.
    font: '',
    info: { Title: title, Creator: 'ozg-hub samples', Producer: 'ozg-hub samples', CreationDate: new Date(0) },
    ...options,
  });
  for (const font of [HEADING, TEXT]) document.registerFont(font, await readFont(font));
  const put = (text: string, font: string, size: number) => {
    document.font(font).fontSize(size);
    mustHave(document, text);
    document.text(text, { paragraphGap: size / 2 });
  };
  put(title, HEADING, 18);
  for (const line of lines) put(line, TEXT, 11);
  document.end();
  return Buffer.concat(await document.toArray());
}

/** A missing glyph would be shown as an empty box, which PDF/A-2 forbids (6.2.11.8). */
function mustHave(document: PDFKit.PDFDocument, text: string): void {
  const { font } = (document as unknown as { _font: { font: { hasGlyphForCodePoint(codePoint: number): boolean } } })
    ._font;
  for (const character of text.replaceAll('\n', '')) {
    if (!font.hasGlyphForCodePoint(character.codePointAt(0)!)) {
      throw new Error(`the sample font has no glyph for U+${character.codePointAt(0)!.toString(16)}`);
    }
  }
}

async function readFont(name: string): Promise<Buffer> {
  const file = createRequire(import.meta.url).resolve(`roboto-fontface/fonts/roboto/${name}.woff`);
  return unpackWoff(await readFile(file));
}
