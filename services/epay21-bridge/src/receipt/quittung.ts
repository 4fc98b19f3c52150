import { berlinDateTime } from '@ozg-hub/core';
import { type Money, formatDecimal, sum } from '@ozg-hub/money';
import type { Anschrift } from '@ozg-hub/submission';
import type { PaymentItem } from '../payment.ts';

/** What a Quittung says. No person: the payment service knows none. */
export interface Quittung {
  /** The municipality that was paid. */
  readonly kommune: { readonly name: string; readonly anschrift?: Anschrift | undefined };
  readonly kassenzeichen: string;
  /** Name of the Leistung; left out where the payment belongs to none. */
  readonly leistung?: string | undefined;
  /** What the citizen read on the pay page. */
  readonly description: string;
  readonly gross: Money;
  /** They add up to {@link gross}. */
  readonly items: readonly PaymentItem[];
  readonly paidAt: Date;
  /** As the payment service names it. */
  readonly method?: string | undefined;
  readonly transactionId?: string | undefined;
}

/** A Quittung as text: what stands where. */
export interface QuittungText {
  readonly title: string;
  /** The municipality and its Anschrift, line by line. */
  readonly letterhead: readonly string[];
  /** Label and value. */
  readonly facts: readonly (readonly [string, string])[];
  readonly columns: readonly string[];
  readonly lines: readonly (readonly string[])[];
  /** Label and amount; the last one is what was paid. */
  readonly totals: readonly (readonly [string, string])[];
  readonly closing: string;
}

/** Those of XBezahldienste 1.0.0; any other is shown as it came. */
const METHODS: Readonly<Record<string, string>> = {
  CREDITCARD: 'Kreditkarte',
  GIROPAY: 'giropay',
  PAYDIRECT: 'paydirekt',
  PAYPAL: 'PayPal',
  OTHER: 'Online-Bezahlung',
};

const CLOSING = 'Diese Quittung wurde maschinell erstellt und ist ohne Unterschrift gültig.';

/** The words of a Quittung, in German. */
export function toText(quittung: Quittung): QuittungText {
  const { kommune, kassenzeichen, leistung, description, gross, items, paidAt, method, transactionId } = quittung;
  const net = sum(
    items.map((item) => item.net),
    gross.currency,
  );
  const tax = sum(
    items.map((item) => item.tax),
    gross.currency,
  );
  const facts: [string, string | undefined][] = [
    ['Kassenzeichen', kassenzeichen],
    ['Leistung', leistung],
    ['Zahlung für', description === leistung ? undefined : description],
    ['Bezahlt am', germanTime(paidAt)],
    ['Zahlungsart', method && (METHODS[method] ?? method)],
    ['Transaktion', transactionId],
  ];
  return {
    title: titleOf(quittung),
    letterhead: [kommune.name, ...linesOf(kommune.anschrift ?? {})],
    facts: facts.filter((fact): fact is [string, string] => Boolean(fact[1]?.trim())),
    columns: ['Nr.', 'Bezeichnung', 'Menge', 'Netto', 'Steuersatz', 'Steuer', 'Brutto'],
    lines: items.map((item, index) => [
      String(index + 1),
      item.description,
      String(item.quantity),
      germanAmount(item.net),
      `${item.taxRate.replace('.', ',')} %`,
      germanAmount(item.tax),
      germanAmount(item.gross),
    ]),
    totals: [
      ['Netto', germanAmount(net)],
      ['Steuer', germanAmount(tax)],
      ['Betrag erhalten', germanAmount(gross)],
    ],
    closing: CLOSING,
  };
}

/** What the document is called where it is listed. */
export function titleOf({ kassenzeichen }: Pick<Quittung, 'kassenzeichen'>): string {
  return `Quittung ${kassenzeichen}`;
}

/** Letters, digits, `.`, `_` and `-` only. */
export function fileNameOf({ kassenzeichen }: Pick<Quittung, 'kassenzeichen'>): string {
  return `Quittung-${kassenzeichen.replaceAll(/[^A-Za-z0-9._-]+/g, '_')}.pdf`;
}

/** `1.234,50 €`. */
function germanAmount(money: Money): string {
  const [whole, fraction] = formatDecimal(money).split('.');
  const grouped = whole!.replaceAll(/\B(?=(\d{3})+$)/g, '.');
  const unit = money.currency === 'EUR' ? '€' : money.currency;
  return `${grouped}${fraction === undefined ? '' : `,${fraction}`}\u00a0${unit}`;
}

function germanTime(at: Date): string {
  const [, year, month, day, time] = /^(\d+)-(\d\d)-(\d\d)T(\d\d:\d\d)/.exec(berlinDateTime(at))!;
  return `${day}.${month}.${year}, ${time} Uhr`;
}

function linesOf({ strasse, hausnummer, hausnummernzusatz, postfach, postleitzahl, ort }: Anschrift): string[] {
  const house = `${hausnummer ?? ''}${hausnummernzusatz ? ` ${hausnummernzusatz}` : ''}`;
  const lines = [
    [strasse, house].filter(Boolean).join(' '),
    postfach ? `Postfach ${postfach}` : '',
    [postleitzahl, ort].filter(Boolean).join(' '),
  ];
  return lines.filter(Boolean);
}
