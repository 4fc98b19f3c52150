import PdfKitDocument from 'pdfkit';
import { type Quittung, type QuittungText, toText } from './quittung.ts';
import { type Roboto, readRoboto } from './roboto.ts';

const REGULAR = 'Roboto';
const MEDIUM = 'Roboto-Medium';
const MARGIN = 56;
const SMALL = 9;
const NORMAL = 10;
const GAP = 14;
/** Of a cell, as pdfkit has it: a quarter of the size. */
const PADDING = SMALL / 4;
const NO_BORDER = { top: 0, right: 0, bottom: 0, left: 0 };
const RULE = { ...NO_BORDER, bottom: 0.5 };
/** Widths of the columns of the lines, in points; the rest is for the description. */
const WIDTHS = [26, '*', 40, 68, 62, 62, 72] as const;
/** Stands where the font has no glyph. */
const REPLACEMENT = '\ufffd';
/** Mean nothing outside of their font. */
const PRIVATE = /[\p{Co}\p{Cs}]/u;
/** Breaks and controls of a text become one blank. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** What of a font of fontkit is asked here. */
interface GlyphFont {
  hasGlyphForCodePoint(codePoint: number): boolean;
}

/** Prints Quittungen. */
export class QuittungPdf {
  #fonts: Roboto | undefined;

  /**
   * A PDF/A-2a (ISO 19005-2, level A: tagged), A4, all fonts embedded. The same bytes for the same Quittung: its date is
   * that of the payment. A character that the font lacks is shown as a replacement character.
   */
  async render(quittung: Quittung): Promise<Buffer> {
    this.#fonts ??= await readRoboto();
    return await new Sheet(this.#fonts, quittung).print(toText(quittung));
  }
}

/** One Quittung on its way to paper. */
class Sheet {
  readonly #document: PDFKit.PDFDocument;
  readonly #root: PDFKit.PDFStructureElement;

  constructor({ regular, medium }: Roboto, { paidAt }: Quittung) {
    this.#document = new PdfKitDocument({
      size: 'A4',
      margin: MARGIN,
      pdfVersion: '1.7',
      subset: 'PDF/A-2a',
      tagged: true,
      lang: 'de-DE',
      displayTitle: true,
      // For the numbers of the pages.
      bufferPages: true,
      // None yet: the default one is not embedded.
      font: '',
      info: { Creator: 'ozg-hub', Producer: 'ozg-hub', CreationDate: paidAt },
    });
    this.#register(MEDIUM, medium);
    this.#register(REGULAR, regular);
    this.#root = this.#document.struct('Document');
    this.#document.addStructure(this.#root);
  }

  async print({ title, letterhead, facts, columns, lines, totals, closing }: QuittungText): Promise<Buffer> {
    const document = this.#document;
    // The XMP metadata are written as they are.
    document.info.Title = this.#shown(title).replaceAll(/[<>&]/g, REPLACEMENT);
    const [name, ...address] = letterhead;
    this.#paragraph('P', name!, MEDIUM, 12);
    for (const line of address) this.#paragraph('P', line, REGULAR, NORMAL);
    document.moveDown(2);
    this.#paragraph('H1', 'Quittung', MEDIUM, 20);
    document.moveDown();
    this.#table(
      [110, '*'],
      facts.map(([label, value]) => [heading(this.#shown(label), 'Row'), cell(this.#shown(value))]),
    );
    document.y += GAP;
    this.#lines(columns, lines);
    document.y += GAP / 2;
    this.#table(
      ['*', 100],
      totals.map((total, index) => this.#total(total, index === totals.length - 1)),
    );
    document.y += GAP;
    this.#paragraph('P', closing, REGULAR, SMALL);
    this.#root.end();
    this.#numberPages(title);
    document.end();
    return Buffer.concat(await document.toArray());
  }

  /** Registered again as its own family, once it is read: else a table reads the font anew for each of its cells. */
  #register(name: string, font: Buffer): void {
    this.#document.registerFont(name, font).font(name).registerFont(name, font, name).font(name);
  }

  #total([label, amount]: readonly [string, string], isLast: boolean): PDFKit.Mixins.CellOptions[] {
    const font = { src: isLast ? MEDIUM : REGULAR, size: isLast ? NORMAL + 1 : SMALL };
    const right = { align: { x: 'right' }, font, border: NO_BORDER } as const;
    return [
      { ...heading(label, 'Row'), ...right },
      { ...cell(amount), ...right },
    ];
  }

  #lines(columns: readonly string[], lines: readonly (readonly string[])[]): void {
    const document = this.#document;
    const repeat = () => this.#repeated(columns);
    document.on('pageAdded', repeat);
    this.#table(WIDTHS, [
      columns.map((column, index) => ({ ...heading(column, 'Column'), ...alignmentOf(index), border: RULE })),
      ...lines.map((line) => line.map((text, index) => ({ ...cell(this.#shown(text)), ...alignmentOf(index) }))),
    ]);
    document.off('pageAdded', repeat);
  }

  /** The columns once more above lines that go on; outside of the structure, which knows them. */
  #repeated(columns: readonly string[]): void {
    const document = this.#document;
    const { width: pageWidth } = document.page;
    const fixed = WIDTHS.reduce<number>((sum, width) => sum + (width === '*' ? 0 : width), 0);
    let x = MARGIN;
    document.markContent('Artifact', { type: 'Pagination' }).font(MEDIUM, SMALL);
    for (const [index, column] of columns.entries()) {
      const width = WIDTHS[index] === '*' ? pageWidth - 2 * MARGIN - fixed : (WIDTHS[index] as number);
      const { align } = alignmentOf(index);
      document.text(column, x + PADDING, MARGIN - GAP, {
        width: width - 2 * PADDING,
        align: align.x,
        lineBreak: false,
      });
      x += width;
    }
    document.endMarkedContent();
    document.font(REGULAR, SMALL);
  }

  #paragraph(tag: 'P' | 'H1', text: string, font: string, size: number): void {
    const document = this.#document;
    const put = () => void document.font(font, size).text(this.#shown(text));
    this.#root.add(document.struct(tag, {}, put));
  }

  #table(columnStyles: readonly (number | string)[], data: PDFKit.Mixins.CellOptions[][]): void {
    const options = { structParent: this.#root, columnStyles: [...columnStyles], data };
    this.#document.font(REGULAR, SMALL).table(options as PDFKit.Mixins.TableOptionsWithData);
    this.#document.x = MARGIN;
  }

  /** Outside of the structure: of no interest to who has the page read out. */
  #numberPages(title: string): void {
    const document = this.#document;
    const { start, count } = document.bufferedPageRange();
    for (let index = start; index < start + count; index += 1) {
      document.switchToPage(index);
      const { margins, width, height } = document.page;
      // Below the margin a text would begin the next page.
      const { bottom } = margins;
      margins.bottom = 0;
      document.markContent('Artifact', { type: 'Pagination' });
      document
        .font(REGULAR, 8)
        .text(this.#shown(`${title} · Seite ${index + 1} von ${count}`), MARGIN, height - MARGIN + 16, {
          width: width - 2 * MARGIN,
          align: 'right',
          lineBreak: false,
        });
      document.endMarkedContent();
      margins.bottom = bottom;
    }
  }

  /** The text as the font can show it. */
  #shown(text: string): string {
    const { font } = (this.#document as unknown as { _font: { font: GlyphFont } })._font;
    const characters = [...text.normalize('NFC').replaceAll(UNPRINTABLE, ' ')];
    const isThere = (one: string) => !PRIVATE.test(one) && font.hasGlyphForCodePoint(one.codePointAt(0)!);
    return characters.map((one) => (isThere(one) ? one : REPLACEMENT)).join('');
  }
}

const cell = (text: string): PDFKit.Mixins.CellOptions => ({ text, border: NO_BORDER });

const heading = (text: string, scope: 'Row' | 'Column') =>
  ({ text, type: 'TH', scope, border: NO_BORDER, font: { src: MEDIUM, size: SMALL } }) as PDFKit.Mixins.CellOptions;

/** All but the description are numbers. */
const alignmentOf = (column: number) => ({ align: { x: column === 1 ? 'left' : 'right' } }) as const;
