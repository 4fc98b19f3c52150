import { hash } from 'node:crypto';
import { Readable, pipeline } from 'node:stream';
import { type ErrorPlace, berlinDate, isDay, isHubError } from '@ozg-hub/core';
import { type Money, isSame, money, negate, parseDecimal, subtract } from '@ozg-hub/money';
import { CsvError, parse } from 'csv-parse';
import iconv from 'iconv-lite';
import { bareReference } from './bank-references.ts';
import { reconciliationErrors } from './errors.ts';
import type { ProviderListProfile } from './reconciliation-settings.ts';

const MOST_BYTES = 268_435_456;
const MOST_PLACES = 20;
const LONGEST_LINE = 65_536;
const LONGEST_REFERENCE = 100;
const DIGITS = { true: /^(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d+))?$/, false: /^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?$/ };

export type ProviderKind = 'PAYMENT' | 'REFUND' | 'CHARGEBACK' | 'FEE';

/** A line of the payment service's list. Amounts are negative where money went out. */
export interface ProviderLine {
  /** In the file, from 1. */
  readonly line: number;
  /** The same for lines that say the same, whether or not they name the payout yet. */
  readonly fingerprint: string;
  readonly kind: ProviderKind;
  readonly transactionId: string | undefined;
  /** UUID; undefined where the list has another or none. */
  readonly requestId: string | undefined;
  readonly kassenzeichen: string | undefined;
  /** `YYYY-MM-DD` in Germany. */
  readonly day: string;
  readonly gross: Money;
  readonly fee: Money;
  readonly net: Money;
  /** Capitals and digits only. */
  readonly payoutReference: string | undefined;
}

type Column = keyof ProviderListProfile['columns'];

/** What is wrong in one cell. */
class CellProblem extends Error {
  constructor(
    readonly column: Column,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Reads the list while it comes in, 256 MiB at most. What was given is only good when the generator ends.
 * @throws HUB_EPAY_LIST_COLUMNS; HUB_EPAY_LIST_INVALID with line and column of the first 20 mistakes, after the last line
 * or the twentieth; HUB_EPAY_LIST_TOO_LARGE
 */
export async function* readProviderList(
  source: AsyncIterable<Uint8Array>,
  profile: ProviderListProfile,
): AsyncGenerator<ProviderLine, void, undefined> {
  const places: ErrorPlace[] = [];
  let cells: CellReader | undefined;
  for await (const { record, line } of records(source, profile)) {
    if (!cells) {
      cells = new CellReader(record, profile, line);
      continue;
    }
    let read: ProviderLine | undefined;
    try {
      read = readLine(cells.of(record), line, profile);
    } catch (error) {
      if (!(error instanceof CellProblem)) throw error;
      places.push({ line, field: profile.columns[error.column] ?? error.column, message: error.message });
      if (places.length === MOST_PLACES) break;
    }
    if (read && places.length === 0) yield read;
  }
  if (!cells) {
    throw reconciliationErrors.HUB_EPAY_LIST_COLUMNS({ detail: 'The list of the payment service has no header.' });
  }
  if (places.length > 0) throw reconciliationErrors.HUB_EPAY_LIST_INVALID({ places });
}

async function* records(source: AsyncIterable<Uint8Array>, { delimiter, encoding, headerLine }: ProviderListProfile) {
  const parser = parse({
    delimiter,
    from_line: headerLine,
    info: true,
    max_record_size: LONGEST_LINE,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  // An error of any of them reaches the reader of the last.
  pipeline(Readable.from(bounded(source)), iconv.decodeStream(encoding), parser, () => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      yield { record, line: info.lines };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines: line } = error as CsvError & { lines?: number };
    const message =
      error.code === 'CSV_MAX_RECORD_SIZE'
        ? 'is longer than 64 KiB: probably a quotation mark is not closed'
        : 'has quotation marks that do not belong together';
    const places = [{ ...(line === undefined ? {} : { line }), message }];
    throw reconciliationErrors.HUB_EPAY_LIST_INVALID({ places, cause: error });
  }
}

async function* bounded(source: AsyncIterable<Uint8Array>) {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw reconciliationErrors.HUB_EPAY_LIST_TOO_LARGE();
    yield chunk;
  }
}

/** Finds cells by the header. */
class CellReader {
  readonly #indexes: ReadonlyMap<string, number>;

  constructor(header: readonly string[], { columns }: ProviderListProfile, line: number) {
    this.#indexes = new Map(
      Object.entries(columns).map(([column, name]) => [column, header.findIndex((title) => title.trim() === name)]),
    );
    const missing = [...this.#indexes].filter(([, index]) => index === -1).map(([column]) => column as Column);
    if (missing.length === 0) return;
    throw reconciliationErrors.HUB_EPAY_LIST_COLUMNS({
      places: missing.map((column) => ({ line, field: columns[column]!, message: `no such column (${column})` })),
    });
  }

  /** Text of a cell, empty where the profile has no such column. */
  of(record: readonly string[]): (column: Column) => string {
    return (column) => {
      const index = this.#indexes.get(column);
      if (index === undefined) return '';
      const text = record[index];
      if (text === undefined) throw new CellProblem(column, 'the line ends before this column');
      if (text.includes('\u{FFFD}')) throw new CellProblem(column, 'is not in the encoding of the profile');
      return text;
    };
  }
}

function readLine(cell: (column: Column) => string, line: number, profile: ProviderListProfile): ProviderLine {
  const kind = kindOf(cell('kind'), profile);
  const [transactionId, requestId, kassenzeichen, payoutReference] = (
    ['transactionId', 'requestId', 'kassenzeichen', 'payoutReference'] as const
  ).map((column) => referenceOf(cell(column), column));
  if (kind !== 'FEE' && !transactionId && !requestId && !kassenzeichen) {
    const [column] = (['transactionId', 'requestId', 'kassenzeichen'] as const).filter((one) => profile.columns[one]);
    throw new CellProblem(column!, 'nothing names the payment');
  }
  const day = dayOf(cell('date'), profile.dateFormat);
  const amounts = amountsOf(cell, kind, profile);
  // A list may name the payout of a line only later; what names no payment is told from others by nothing else.
  const said = [kind, transactionId, requestId, kassenzeichen, day, amounts.gross, amounts.net];
  if (kind === 'FEE') said.push(payoutReference);
  const fingerprint = hash('sha256', JSON.stringify(said), 'base64url').slice(0, 24);
  const id = uuidOf(requestId);
  const payout = (payoutReference && bareReference(payoutReference)) || undefined;
  return {
    line,
    fingerprint,
    kind,
    transactionId,
    requestId: id,
    kassenzeichen,
    day,
    ...amounts,
    payoutReference: payout,
  };
}

function kindOf(word: string, { kinds }: ProviderListProfile): ProviderKind {
  if (word === '') return 'PAYMENT';
  const found = Object.entries(kinds).find(([, words]) =>
    words.some((one) => one.toLowerCase() === word.toLowerCase()),
  );
  if (!found) throw new CellProblem('kind', 'is none of the kinds of the profile');
  return found[0].toUpperCase() as ProviderKind;
}

function referenceOf(text: string, column: Column): string | undefined {
  if (text.length > LONGEST_REFERENCE) throw new CellProblem(column, `is longer than ${LONGEST_REFERENCE} characters`);
  return text === '' ? undefined : text;
}

/** Also without hyphens, and in capitals. */
function uuidOf(text: string | undefined): string | undefined {
  const digits = text?.replaceAll('-', '').toLowerCase() ?? '';
  if (!/^[0-9a-f]{32}$/.test(digits)) return undefined;
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  );
}

function dayOf(text: string, format: ProviderListProfile['dateFormat']): string {
  if (format === 'iso') {
    const instant = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? new Date(text) : new Date(Number.NaN);
    if (Number.isNaN(instant.getTime())) throw new CellProblem('date', 'is no instant with an offset');
    return berlinDate(instant);
  }
  const [, ...parts] =
    (format === 'dd.MM.yyyy' ? /^(\d\d)\.(\d\d)\.(\d{4})(?!\d)/ : /^(\d{4})-(\d\d)-(\d\d)(?!\d)/).exec(text) ?? [];
  const [year, month, date] = format === 'dd.MM.yyyy' ? parts.toReversed() : parts;
  const day = `${year}-${month}-${date}`;
  if (!isDay(day)) throw new CellProblem('date', `is no date ${format}`);
  return day;
}

function amountsOf(cell: (column: Column) => string, kind: ProviderKind, profile: ProviderListProfile) {
  const currency = cell('currency') || profile.currency;
  const [gross, fee, net] = (['gross', 'fee', 'net'] as const).map((column) =>
    amountOf(cell(column), column, currency, profile.decimalComma),
  );
  const none = money(0, currency);
  if (kind === 'FEE') {
    const kept = net ? negate(net) : absolute(fee && fee.minor !== 0 ? fee : (gross ?? none));
    return { gross: none, fee: kept, net: negate(kept) };
  }
  if (!gross) throw new CellProblem('gross', 'is empty');
  const signed = kind === 'PAYMENT' ? gross : negate(absolute(gross));
  if (!net) return withFee(signed, absolute(fee ?? none));
  const out = kind === 'PAYMENT' ? net : negate(absolute(net));
  if (!fee) return { gross: signed, fee: subtract(signed, out), net: out };
  // Some write what they keep with a minus.
  const turned = isSame(subtract(signed, negate(fee)), out);
  return { gross: signed, fee: turned ? negate(fee) : fee, net: out };
}

function withFee(gross: Money, fee: Money) {
  return { gross, fee, net: subtract(gross, fee) };
}

function absolute(amount: Money): Money {
  return amount.minor < 0 ? negate(amount) : amount;
}

function amountOf(text: string, column: Column, currency: string, decimalComma: boolean): Money | undefined {
  const bare = text.replace(/\s*(?:EUR|€)$/, '');
  if (bare === '') return undefined;
  const sign = /^-|-$/.test(bare) ? '-' : '';
  const [, whole, fraction = '0'] = DIGITS[`${decimalComma}`].exec(bare.replace(/^[+-]|-$/, '')) ?? [];
  if (whole === undefined)
    throw new CellProblem(column, `is no amount with a decimal ${decimalComma ? 'comma' : 'point'}`);
  try {
    return parseDecimal(`${sign}${whole.replaceAll(/[.,]/g, '')}.${fraction}`, currency);
  } catch (error) {
    if (!isHubError(error)) throw error;
    throw new CellProblem(column, 'is no amount of its currency');
  }
}
