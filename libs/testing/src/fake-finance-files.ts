import { mkdir, open, readFile, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, silentLogger } from '@ozg-hub/core';
import { parse } from 'csv-parse/sync';
import type { FinanceEvent, FinanceItem } from './fake-finance-ledger.ts';
import type { FakeFinance, FinanceAnswer } from './fake-finance.ts';

/** How the posting files are written: what the municipality agreed with the hub. */
export interface FakeFinanceProfile {
  /** What stands in each column, in order; `-` is passed over. */
  readonly columns: readonly FinanceColumn[];
  readonly delimiter?: string;
  /** `utf-8` (default), `windows-1252` or `iso-8859-15`. */
  readonly encoding?: string;
  /** Lines before and after the postings; default 1, for the headers, and 0. */
  readonly headerLines?: number;
  readonly trailerLines?: number;
}

export type FinanceColumn =
  | '-'
  | 'eventId'
  | 'paymentId'
  | 'kassenzeichen'
  | 'sachkonto'
  /** With point or comma and two decimals; a minus where it went back. */
  | 'gross'
  | 'fee'
  /** `dd.MM.yyyy` or `yyyy-MM-dd` */
  | 'businessDay'
  | 'originalEventId';

/** How the fake answers: a file in a folder, or a request to the hub. */
export type FakeFinanceReply =
  | { readonly by: 'file'; readonly folder: string }
  /** @param url `…/epay21/v1/bookings` */
  | { readonly by: 'http'; readonly url: string; readonly key: string };

export interface FakeFinanceFilesOptions {
  readonly finance: FakeFinance;
  readonly tenant: string;
  /** Folder that the hub writes posting files into. */
  readonly inbox: string;
  /** Where files that were read stay. */
  readonly taken: string;
  readonly profile: FakeFinanceProfile;
  readonly reply: FakeFinanceReply;
  readonly logger?: Logger;
}

const POLL_MS = 200;
const MOST_ANSWERS = 1_000;

/** A finance system without Kafka: takes posting files out of a folder, posts them, and answers by file or HTTP. */
export class FakeFinanceFiles {
  readonly #options: FakeFinanceFilesOptions;
  #poll: NodeJS.Timeout | undefined;
  #working: Promise<unknown> | undefined;

  constructor(options: FakeFinanceFilesOptions) {
    this.#options = options;
  }

  /** Looks into the folder every 200 ms. */
  async start(): Promise<void> {
    await this.#folders();
    const look = () => {
      this.#working ??= this.take()
        .catch((error: Error) => (this.#options.logger ?? silentLogger).error({ error }, 'fake finance failed'))
        .finally(() => (this.#working = undefined));
    };
    this.#poll = setInterval(look, POLL_MS);
    look();
  }

  async stop(): Promise<void> {
    clearInterval(this.#poll);
    await this.#working;
  }

  /** Takes what is there now, in the order of the names. @returns names of the files */
  async take(): Promise<readonly string[]> {
    await this.#folders();
    const { inbox, taken, finance } = this.#options;
    const names = (await readdir(inbox)).filter((name) => /^[^.].*\.csv$/.test(name)).toSorted();
    for (const name of names) {
      const answers: FinanceAnswer[] = [];
      for (const event of this.#events(await readFile(join(inbox, name)))) {
        answers.push(...(await finance.take(event, 'file')));
      }
      await this.#reply(name, answers);
      await rename(join(inbox, name), join(taken, name));
    }
    return names;
  }

  #events(content: Buffer): readonly FinanceEvent[] {
    const { tenant, profile } = this.#options;
    const { columns, delimiter = ';', encoding = 'utf-8', headerLines = 1, trailerLines = 0 } = profile;
    const text = new TextDecoder(encoding).decode(content);
    const lines = parse(text, { delimiter, relax_column_count: true, skip_empty_lines: true });
    const byEvent = new Map<string, Readonly<Record<string, string>>[]>();
    for (const line of lines.slice(headerLines, lines.length - trailerLines)) {
      const cells = Object.fromEntries(columns.map((column, at) => [column, line[at] ?? '']));
      const id = cells['eventId'] ?? '';
      const same = byEvent.get(id);
      if (same) same.push(cells);
      else byEvent.set(id, [cells]);
    }
    return [...byEvent].map(([id, cells]) => eventOf(id, tenant, cells));
  }

  async #reply(name: string, answers: readonly FinanceAnswer[]): Promise<void> {
    const { reply } = this.#options;
    if (answers.length === 0) return;
    if (reply.by === 'file') await writeDurably(reply.folder, name, bookingAnswers(answers));
    else
      for (let at = 0; at < answers.length; at += MOST_ANSWERS) await post(reply, answers.slice(at, at + MOST_ANSWERS));
  }

  async #folders(): Promise<void> {
    const { inbox, taken, reply } = this.#options;
    for (const folder of [inbox, taken, ...(reply.by === 'file' ? [reply.folder] : [])]) {
      await mkdir(folder, { recursive: true });
    }
  }
}

/** The CSV that the hub reads: header `paymentId;eventId;outcome;document;code`. */
export function bookingAnswers(answers: readonly FinanceAnswer[]): string {
  const lines = answers.map(({ paymentId, eventId, outcome, document = '', code = '' }) =>
    [paymentId, eventId, outcome, document, code].join(';'),
  );
  return ['paymentId;eventId;outcome;document;code', ...lines, ''].join('\r\n');
}

function eventOf(id: string, tenant: string, cells: readonly Readonly<Record<string, string>>[]): FinanceEvent {
  const [first] = cells;
  const isBack = cells.some(({ gross = '' }) => gross.startsWith('-'));
  const items: FinanceItem[] = cells.map(({ gross = '', sachkonto }) => ({
    gross: minorOf(gross),
    booking: { ...(sachkonto && { sachkonto }) },
  }));
  const amount = { minor: items.reduce((sum, { gross }) => sum + gross.minor, 0), currency: 'EUR' };
  const fee = cells.map((line) => line['fee']).find(Boolean);
  return {
    id,
    tenant,
    type: isBack ? 'reversed' : 'settled',
    paymentId: first!['paymentId'] ?? '',
    kassenzeichen: first!['kassenzeichen'] ?? '',
    day: isoDay(first!['businessDay'] ?? ''),
    amount,
    items,
    ...(fee && { fee: minorOf(fee) }),
    ...(first!['originalEventId'] && { originalEventId: first!['originalEventId'] }),
  };
}

function minorOf(written: string) {
  if (!/^-?\d+[.,]\d\d$/.test(written)) throw new Error('an amount is not written with two decimals');
  return { minor: Number(written.replaceAll(/[^\d]/g, '')), currency: 'EUR' };
}

function isoDay(written: string): string {
  const [, day, month, year] = /^(\d\d)\.(\d\d)\.(\d{4})$/.exec(written) ?? [];
  return year ? `${year}-${month}-${day}` : written;
}

async function post({ url, key }: Extract<FakeFinanceReply, { by: 'http' }>, answers: readonly FinanceAnswer[]) {
  const body = answers.map(({ paymentId, eventId, outcome, document, code }) => ({
    ...{ paymentId, eventId, outcome },
    ...(document !== undefined && { document }),
    ...(code !== undefined && { code }),
  }));
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`the hub does not take the answers: ${response.status}`);
  await response.arrayBuffer();
}

async function writeDurably(folder: string, name: string, text: string): Promise<void> {
  const unfinished = join(folder, `.${name}`);
  const handle = await open(unfinished, 'w');
  await handle.writeFile(text);
  await handle.sync();
  await handle.close();
  await rename(unfinished, join(folder, name));
}
