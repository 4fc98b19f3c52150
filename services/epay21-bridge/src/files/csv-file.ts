import { type ErrorPlace, berlinDateTime } from '@ozg-hub/core';
import { formatDecimal } from '@ozg-hub/money';
import { stringify } from 'csv-stringify/sync';
import { encoded, firstForeign, nearestIn } from './character-set.ts';
import { fileErrors } from './errors.ts';
import type { CsvProfile } from './file-profile.ts';
import { type PostingField, type TotalField, fillTemplate } from './posting-fields.ts';
import { type CellValue, type FileFacts, totalOf, valueOf } from './posting-values.ts';
import { type Posting, linesOf } from './posting.ts';

/** As spreadsheets understand the beginning of a cell; the wide forms too (OWASP, CSV Injection). */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const PLACES = 50;

type Cell<Field> = { readonly maxLength?: number | undefined; readonly cut?: boolean } & (
  { readonly field: Field } | { readonly text: string } | { readonly template: string }
);

/**
 * Postings by a profile of columns.
 * @throws HUB_EPAY_FILE_CHARACTERS, HUB_EPAY_FILE_FORMULA, HUB_EPAY_FILE_VALUE with line and column, 50 of them at most
 */
export function csvFile(profile: CsvProfile, facts: FileFacts, postings: readonly Posting[]): Buffer {
  const writer = new CsvWriter(profile);
  const lines = postings.flatMap((posting) => linesOf(posting, profile.linePer));
  const totals = (field: TotalField) => totalOf(field, lines.length, facts);
  for (const cells of profile.headerLines) writer.line(cells, totals);
  if (profile.headers) writer.headers();
  for (const [index, line] of lines.entries()) {
    writer.line<PostingField>(profile.columns, (field) => valueOf(field, line, index + 1, facts, profile));
  }
  for (const cells of profile.trailerLines) writer.line(cells, totals);
  return writer.bytes();
}

class CsvWriter {
  readonly #profile: CsvProfile;
  readonly #lines: string[][] = [];
  readonly #problems = new Map<'CHARACTERS' | 'FORMULA' | 'VALUE', ErrorPlace[]>();

  constructor(profile: CsvProfile) {
    this.#profile = profile;
  }

  headers(): void {
    this.#lines.push(this.#profile.columns.map(({ header }, at) => this.#encodable(header, columnName(header, at))));
  }

  line<Field extends string>(
    cells: readonly (Cell<Field> & { readonly header?: string })[],
    value: (field: Field) => CellValue,
  ): void {
    this.#lines.push(cells.map((cell, at) => this.#cell(cell, value, columnName(cell.header ?? '', at))));
  }

  bytes(): Buffer {
    for (const [kind, places] of this.#problems) throw fileErrors[`HUB_EPAY_FILE_${kind}`]({ places });
    const { delimiter, quote, quoted, lineEnd, encoding, byteOrderMark } = this.#profile;
    const text = stringify(this.#lines, {
      delimiter,
      quote,
      escape: quote,
      quoted: quoted === 'all',
      quoted_empty: quoted === 'all',
      record_delimiter: lineEnd === 'crlf' ? '\r\n' : '\n',
    });
    return encoded(byteOrderMark && encoding === 'utf-8' ? `\uFEFF${text}` : text, encoding);
  }

  #cell<Field extends string>(cell: Cell<Field>, value: (field: Field) => CellValue, column: string): string {
    if ('text' in cell) return this.#encodable(cell.text, column);
    const { maxLength = Infinity, cut = false } = cell;
    const single = 'field' in cell ? value(cell.field) : undefined;
    const written = single
      ? this.#written(single)
      : fillTemplate<Field>((cell as { template: string }).template, (field) => this.#written(value(field)));
    if (single && single.kind !== 'text') return this.#fitting(written, maxLength, false, column);
    const guarded = this.#guarded(written, column);
    return this.#fitting(this.#encodable(oneLine(guarded), column), maxLength, cut, column);
  }

  #written(value: CellValue): string {
    const { decimal, dates } = this.#profile;
    const decimals = (text: string) => (decimal === 'comma' ? text.replace('.', ',') : text);
    switch (value.kind) {
      case 'amount':
        return decimals(formatDecimal(value.amount));
      case 'decimal':
        return decimals(value.text);
      case 'day':
        return writtenDay(value.day, dates);
      case 'moment': {
        const local = berlinDateTime(value.at);
        return `${writtenDay(local.slice(0, 10), dates)} ${local.slice(11, 19)}`;
      }
      default:
        return value.text;
    }
  }

  #guarded(text: string, column: string): string {
    const { guard } = this.#profile;
    if (guard === 'off' || !FORMULA.test(text)) return text;
    if (guard === 'refuse') this.#problem('FORMULA', column, 'begins as a formula does');
    return `${guard === 'space' ? ' ' : "'"}${text}`;
  }

  #encodable(text: string, column: string): string {
    const { encoding, characters } = this.#profile;
    const composed = text.normalize('NFC');
    const foreign = firstForeign(composed, encoding);
    if (foreign === 0) return composed;
    if (characters === 'transliterate') return nearestIn(composed, encoding);
    this.#problem('CHARACTERS', column, `character ${foreign} is not in ${encoding}`);
    return composed;
  }

  #fitting(text: string, most: number, cut: boolean, column: string): string {
    if (text.length <= most) return text;
    if (!cut) this.#problem('VALUE', column, `has more than ${most} characters`);
    return [...text].slice(0, most).join('');
  }

  #problem(kind: 'CHARACTERS' | 'FORMULA' | 'VALUE', field: string, message: string): void {
    const places = this.#problems.get(kind) ?? [];
    if (places.length < PLACES) places.push({ line: this.#lines.length + 1, field, message });
    this.#problems.set(kind, places);
  }
}

function columnName(header: string, at: number): string {
  return header === '' ? `column ${at + 1}` : header;
}

/** Many who read CSV take each line break for the end of a line, quoted or not. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

function writtenDay(day: string, format: CsvProfile['dates']): string {
  const [year, month, date] = day.split('-');
  if (format === 'dd.MM.yyyy') return `${date}.${month}.${year}`;
  return format === 'yyyyMMdd' ? `${year}${month}${date}` : day;
}
