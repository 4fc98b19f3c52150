import { type ErrorPlace, berlinDateTime } from '@ozg-hub/core';
import { type Money, formatDecimal } from '@ozg-hub/money';
import { stringify } from 'csv-stringify/sync';
import { encoded, firstForeign, nearestIn } from './character-set.ts';
import { datevColumns, datevTextColumns, datevTextHeaders } from './datev-columns.ts';
import { fileErrors } from './errors.ts';
import type { DatevProfile } from './file-profile.ts';
import { type PostingField, fillTemplate } from './posting-fields.ts';
import { type FileFacts, valueOf } from './posting-values.ts';
import { type Posting, type PostingLine, linesOf } from './posting.ts';

const SET = 'windows-1252';
const PLACES = 50;
const BELEGFELD = /^[\w$&%*+/-]*$/;
/** Numbers of the columns in use. */
const [UMSATZ, SOLL_HABEN, WKZ, KONTO, GEGENKONTO, BU, DATUM, BELEG1, BELEG2, BUCHUNGSTEXT, KOST1, KOST2] = [
  1, 2, 3, 7, 8, 9, 10, 11, 12, 14, 37, 38,
] as const;
const [ZUSATZ, FESTSCHREIBUNG] = [48, 114] as const;

/**
 * Postings as DATEV-Format, Buchungsstapel (EXTF 700/21/13): Windows-1252, CRLF. The account of the payment service is
 * the Konto, the income's Sachkonto the Gegenkonto, to which the BU-Schlüssel belongs: `S` where money came, `H` where it
 * went back. Payment, event and original stand in the Zusatzinformationen.
 * @throws HUB_EPAY_FILE_CURRENCY, HUB_EPAY_FILE_CHARACTERS, HUB_EPAY_FILE_VALUE with line and column, 50 of them at most
 */
export function datevFile(profile: DatevProfile, facts: FileFacts, postings: readonly Posting[]): Buffer {
  if (facts.currency !== 'EUR') throw fileErrors.HUB_EPAY_FILE_CURRENCY();
  return new DatevWriter(profile, facts).write(postings);
}

class DatevWriter {
  readonly #profile: DatevProfile;
  readonly #facts: FileFacts;
  readonly #records: unknown[][] = [];
  readonly #problems = new Map<'CHARACTERS' | 'VALUE', ErrorPlace[]>();

  constructor(profile: DatevProfile, facts: FileFacts) {
    this.#profile = profile;
    this.#facts = facts;
  }

  write(postings: readonly Posting[]): Buffer {
    this.#records.push(this.#header());
    this.#records.push(datevColumns.map((heading) => plain(heading)));
    let number = 0;
    for (const posting of postings) {
      for (const line of linesOf(posting, 'item')) this.#income(line, (number += 1));
    }
    for (const [kind, places] of this.#problems) throw fileErrors[`HUB_EPAY_FILE_${kind}`]({ places });
    const text = stringify(this.#records, {
      delimiter: ';',
      record_delimiter: '\r\n',
      quoted_string: true,
      cast: { object: (value) => ({ value: (value as { plain: string }).plain, quoted_string: false }) },
    });
    return encoded(text, SET);
  }

  #header(): unknown[] {
    const [profile, facts] = [this.#profile, this.#facts];
    const day = compact(facts.businessDay);
    const values: Record<string, () => string> = {
      tenant: () => facts.tenant,
      businessDay: () => facts.businessDay,
      fileNumber: () => String(facts.number),
    };
    const bezeichnung = fillTemplate(profile.bezeichnung, (name: string) => values[name]!());
    const header = ['EXTF', '700', '21', 'Buchungsstapel', '13', stamp(facts.createdAt), '', 'RE', '', ''];
    header.push(String(profile.berater), String(profile.mandant), this.#yearBegin(), String(profile.sachkontenlaenge));
    header.push(day, day, this.#text(bezeichnung, 30, 'Bezeichnung'), profile.diktatkuerzel ?? '', '1', '0');
    header.push(
      profile.festschreibung ? '1' : '0',
      'EUR',
      '',
      '',
      '',
      '',
      profile.sachkontenrahmen ?? '',
      '',
      '',
      '',
      '',
    );
    return header.map((value, at) => (datevTextHeaders.has(at + 1) ? value : plain(value)));
  }

  /** Of the Wirtschaftsjahr in which the day lies. */
  #yearBegin(): string {
    const [year, ...monthAndDay] = this.#facts.businessDay.split('-');
    const begin = this.#profile.wirtschaftsjahrBeginn;
    const before = monthAndDay.join('-') < begin;
    return `${Number(year) - (before ? 1 : 0)}${begin.replace('-', '')}`;
  }

  #income(line: PostingLine, number: number): void {
    const { konten, steuerschluessel } = this.#profile;
    const { item, posting } = line;
    const sachkonto = item.booking.sachkonto ?? konten.erloese;
    if (!sachkonto)
      this.#problem('VALUE', 'Gegenkonto', 'the item names no Sachkonto, and the profile no konten.erloese');
    else if (!/^\d{1,9}$/.test(sachkonto)) this.#problem('VALUE', 'Gegenkonto', 'must be 1 to 9 digits');
    this.#record(line, number, {
      amount: line.gross,
      konto: konten.zahlungsdienst,
      gegenkonto: sachkonto ?? '',
      bu: item.booking.steuerschluessel ?? steuerschluessel[item.taxRate] ?? '',
      sign: posting.kind === 'REVERSED' ? 'H' : 'S',
    });
    if (!line.fee || line.fee.minor === 0 || !konten.entgelte) return;
    this.#record(line, number, {
      amount: line.fee,
      konto: konten.entgelte,
      gegenkonto: konten.zahlungsdienst,
      bu: '',
      sign: 'S',
      text: 'Entgelt',
    });
  }

  #record(line: PostingLine, number: number, entry: Entry): void {
    const [profile, facts] = [this.#profile, this.#facts];
    const { posting } = line;
    const filled = (template: string) =>
      fillTemplate<PostingField>(template, (field) => asText(field, line, number, facts)).trim();
    const cells = new Map<number, string>([
      [UMSATZ, formatDecimal(entry.amount).replace('.', ',')],
      [SOLL_HABEN, entry.sign],
      [WKZ, 'EUR'],
      [KONTO, entry.konto],
      [GEGENKONTO, entry.gegenkonto],
      [BU, this.#text(entry.bu, 4, 'BU-Schlüssel')],
      [DATUM, posting.businessDay.slice(8) + posting.businessDay.slice(5, 7)],
      [BELEG1, this.#belegfeld(filled(profile.belegfeld1), 36, 'Belegfeld 1')],
      [BELEG2, this.#belegfeld(filled(profile.belegfeld2), 12, 'Belegfeld 2')],
      [BUCHUNGSTEXT, this.#cut([entry.text, filled(profile.buchungstext)].filter(Boolean).join(' '), 60)],
      [KOST1, this.#text(filled(profile.kost1), 36, 'KOST1')],
      [KOST2, this.#text(filled(profile.kost2), 36, 'KOST2')],
      [FESTSCHREIBUNG, profile.festschreibung ? '1' : '0'],
    ]);
    const references: [string, string | undefined][] = [
      ['Zahlung', posting.paymentId],
      ['Ereignis', posting.eventId],
      ['Transaktion', posting.transactionId],
      ['Storno von', posting.reversal?.originalEventId],
    ];
    for (const [at, [kind, value]] of references.filter(([, value]) => value !== undefined).entries()) {
      cells.set(ZUSATZ + 2 * at, kind);
      cells.set(ZUSATZ + 2 * at + 1, this.#text(value!, 210, 'Zusatzinformation'));
    }
    const record = datevColumns.map((_, at) => {
      const value = cells.get(at + 1) ?? '';
      return datevTextColumns.has(at + 1) ? value : plain(value);
    });
    this.#records.push(record);
  }

  #belegfeld(text: string, most: number, column: string): string {
    const written = this.#text(text.replaceAll(/\s/g, ''), most, column);
    if (!BELEGFELD.test(written)) this.#problem('VALUE', column, 'has signs beside A-Z a-z 0-9 $ & % * + - / _');
    return written;
  }

  #cut(text: string, most: number): string {
    return [...this.#text(text, Infinity, 'Buchungstext')].slice(0, most).join('').trimEnd();
  }

  #text(text: string, most: number, column: string): string {
    const composed = text
      .replaceAll(/\p{Cc}+/gu, ' ')
      .replaceAll(/ {2,}/g, ' ')
      .normalize('NFC');
    const foreign = firstForeign(composed, SET);
    const written = this.#profile.characters === 'transliterate' ? nearestIn(composed, SET) : composed;
    if (foreign > 0 && written === composed) {
      this.#problem('CHARACTERS', column, `character ${foreign} is not in ${SET}`);
    }
    if (written.length > most) this.#problem('VALUE', column, `has more than ${most} characters`);
    return written;
  }

  #problem(kind: 'CHARACTERS' | 'VALUE', field: string, message: string): void {
    const places = this.#problems.get(kind) ?? [];
    if (places.length < PLACES) places.push({ line: this.#records.length + 1, field, message });
    this.#problems.set(kind, places);
  }
}

interface Entry {
  readonly amount: Money;
  /** Of the Konto: `S` debits it. */
  readonly sign: 'S' | 'H';
  readonly konto: string;
  readonly gegenkonto: string;
  readonly bu: string;
  /** Before the Buchungstext. */
  readonly text?: string;
}

/** A value that is never quoted. */
function plain(value: string): { readonly plain: string } {
  return { plain: value };
}

function asText(field: PostingField, line: PostingLine, number: number, facts: FileFacts): string {
  const value = valueOf(field, line, number, facts, { reversals: 'sign', signs: { settled: 'S', reversed: 'H' } });
  if (value.kind === 'amount') return formatDecimal(value.amount).replace('.', ',');
  if (value.kind === 'day') return value.day;
  return value.kind === 'moment' ? berlinDateTime(value.at) : value.text;
}

function compact(day: string): string {
  return day.replaceAll('-', '');
}

/** Local time with milliseconds: `20261120003000000`. */
function stamp(at: Date): string {
  const millis = String(at.getUTCMilliseconds()).padStart(3, '0');
  return berlinDateTime(at).slice(0, 19).replaceAll(/\D/g, '') + millis;
}
