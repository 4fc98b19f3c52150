import { Readable, pipeline } from 'node:stream';
import { type ErrorPlace, isId } from '@ozg-hub/core';
import { CsvError, parse } from 'csv-parse';
import { fileErrors } from './errors.ts';

const HEADER = ['paymentId', 'eventId', 'outcome', 'document', 'code'] as const;
const LONGEST_LINE = 4_096;
const PLACES = 50;
const CODE = /^[A-Z0-9_.-]{1,60}$/;
const LONGEST_DOCUMENT = 100;

/** A line of a finance system's answers. */
export interface BookingAnswerLine {
  readonly paymentId: string;
  /** Of the payment.settled or payment.reversed that it answers. */
  readonly eventId: string;
  readonly outcome: 'ACCEPTED' | 'REJECTED';
  /** Number of the posting there. */
  readonly document?: string;
  /** Why it was rejected. */
  readonly code?: string;
}

/** How much is read at a time. */
export interface AnswerLimits {
  /** Default 100,000. */
  readonly lines?: number | undefined;
  /** Default 20 MiB. */
  readonly bytes?: number | undefined;
}

/**
 * Reads answers as CSV: UTF-8, semicolons, header `paymentId;eventId;outcome;document;code`; a byte order mark and blank
 * lines do no harm. All of it or nothing.
 * @throws HUB_EPAY_BOOKING_FILE with line and field, 50 of them at most; HUB_EPAY_BOOKING_FILE_TOO_LARGE
 */
export async function readBookingAnswers(
  source: AsyncIterable<Uint8Array>,
  { lines = 100_000, bytes = 20 * 1024 * 1024 }: AnswerLimits = {},
): Promise<readonly BookingAnswerLine[]> {
  const answers: BookingAnswerLine[] = [];
  const places: ErrorPlace[] = [];
  let hasHeader = false;
  for await (const { record, line } of records(source, bytes)) {
    if (!hasHeader) {
      if (record.join(';') !== HEADER.join(';')) throw wrong([{ line, message: `must be ${HEADER.join(';')}` }]);
      hasHeader = true;
      continue;
    }
    if (answers.length >= lines) throw fileErrors.HUB_EPAY_BOOKING_FILE_TOO_LARGE();
    const problems = problemsOf(record);
    if (problems.length === 0) answers.push(toAnswer(record));
    places.push(...problems.map((problem) => ({ line, ...problem })));
    if (places.length >= PLACES) break;
  }
  if (!hasHeader) throw wrong([{ line: 1, message: `must be ${HEADER.join(';')}` }]);
  if (places.length > 0) throw wrong(places.slice(0, PLACES));
  return answers;
}

async function* records(source: AsyncIterable<Uint8Array>, mostBytes: number) {
  const parser = parse({
    bom: true,
    delimiter: ';',
    info: true,
    max_record_size: LONGEST_LINE,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  // An error of either reaches the reader of the parser.
  pipeline(Readable.from(bounded(source, mostBytes)), parser, () => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      yield { record, line: info.lines };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines: line = 1 } = error as CsvError & { lines?: number };
    throw wrong([{ line, message: 'is too long, or has a quotation mark that is not closed' }], error);
  }
}

async function* bounded(source: AsyncIterable<Uint8Array>, mostBytes: number) {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw fileErrors.HUB_EPAY_BOOKING_FILE_TOO_LARGE();
    check(() => decoder.decode(chunk, { stream: true }));
    yield chunk;
  }
  check(() => decoder.decode());
}

function check(decode: () => string): void {
  try {
    decode();
  } catch (cause) {
    throw wrong([{ message: 'is not UTF-8' }], cause);
  }
}

type Cell = { readonly field: string; readonly message: string };

function problemsOf(record: readonly string[]): readonly Cell[] {
  const [paymentId = '', eventId = '', outcome = '', document = '', code = ''] = record;
  const problems: Cell[] = [];
  const must = (holds: boolean, field: string, message: string) => holds || problems.push({ field, message });
  must(record.length === HEADER.length, 'line', `must have ${HEADER.length} columns`);
  must(isId(paymentId.toLowerCase()), 'paymentId', 'must be a UUID');
  must(isId(eventId.toLowerCase()), 'eventId', 'must be a UUID');
  must(outcome === 'ACCEPTED' || outcome === 'REJECTED', 'outcome', 'must be ACCEPTED or REJECTED');
  must(document.length <= LONGEST_DOCUMENT, 'document', `must have ${LONGEST_DOCUMENT} characters at most`);
  must(code === '' || CODE.test(code), 'code', 'must be 1 to 60 of A-Z 0-9 _ . -');
  must(outcome !== 'REJECTED' || code !== '', 'code', 'must say why it was rejected');
  return problems;
}

function toAnswer([paymentId, eventId, outcome, document, code]: readonly string[]): BookingAnswerLine {
  return {
    paymentId: paymentId!.toLowerCase(),
    eventId: eventId!.toLowerCase(),
    outcome: outcome as BookingAnswerLine['outcome'],
    ...(document && { document }),
    ...(code && { code }),
  };
}

function wrong(places: readonly ErrorPlace[], cause?: unknown) {
  return fileErrors.HUB_EPAY_BOOKING_FILE({ places, cause });
}
