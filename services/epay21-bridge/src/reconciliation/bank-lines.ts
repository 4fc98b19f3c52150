import { hash } from 'node:crypto';
import type { Charge, EntryTransaction, StatementEntry, StatementHead, StatementPart } from '@ozg-hub/camt';
import { type Money, money, negate } from '@ozg-hub/money';
import { bareReference, payoutReferenceIn, referencesIn } from './bank-references.ts';
import { reconciliationErrors } from './errors.ts';
import { type ReconciliationSettings, payoutPattern } from './reconciliation-settings.ts';

/** A booked transaction of the account; of what a payer wrote only numbers that may be references. */
export interface BankLine {
  /** Number of the statement in its message, and of the line in it; both from 1. */
  readonly statement: number;
  readonly line: number;
  /** The same for lines that say the same, in whatever statement. */
  readonly fingerprint: string;
  /** `YYYY-MM-DD` */
  readonly bookingDay: string;
  /** Negative where money went out. */
  readonly amount: Money;
  /** What the bank kept of it, in minor units of its currency; not negative. */
  readonly charges: number;
  /** Takes an earlier transaction back. */
  readonly returns: boolean;
  readonly returnReason: string | undefined;
  readonly bankReference: string | undefined;
  /** Capitals and digits only, as {@link references}. */
  readonly payoutReference: string | undefined;
  readonly references: readonly string[];
}

/**
 * What the comparison needs of a bank's message: entries that are booked, bulk bookings transaction by transaction unless they
 * are a payout as a whole. What was given is only good when the generator ends.
 * @throws HUB_EPAY_STATEMENT_ACCOUNT, and what reading the message throws
 */
export async function* bankLines(
  parts: AsyncIterable<StatementPart>,
  { iban, payouts }: Pick<ReconciliationSettings, 'iban' | 'payouts'>,
): AsyncGenerator<BankLine, void, undefined> {
  const pattern = payouts && payoutPattern(payouts.pattern);
  let head: StatementHead | undefined;
  let statement = 0;
  let line = 0;
  for await (const part of parts) {
    if (part.kind === 'head') {
      const { account } = part.head;
      if (!('iban' in account) || account.iban.toUpperCase() !== iban) {
        throw reconciliationErrors.HUB_EPAY_STATEMENT_ACCOUNT();
      }
      const goesOn = part.head.id === head?.id && (part.head.page?.number ?? 1) > 1;
      if (!goesOn) [statement, line] = [statement + 1, 0];
      head = part.head;
    }
    if (part.kind !== 'entry' || part.entry.status !== 'BOOK') continue;
    for (const found of linesOf(part.entry, head!, pattern)) yield { statement, line: (line += 1), ...found };
  }
}

type Found = Omit<BankLine, 'statement' | 'line'>;

function linesOf(entry: StatementEntry, head: StatementHead, pattern: RegExp | undefined): Found[] {
  const { transactions } = entry;
  const day = (entry.bookedOn ?? entry.valueOn ?? head.closing?.on ?? head.createdAt).slice(0, 10);
  const payout = pattern && payoutReferenceIn(pattern, textsOfEntry(entry));
  const apart = transactions.length > 1 && payout === undefined && transactions.every(({ amount }) => amount);
  if (!apart) return [lineOf(entry, day, transactions, payout)];
  return transactions.map((one, index) =>
    lineOf(entry, day, [one], pattern && payoutReferenceIn(pattern, textsOf(one)), index),
  );
}

/** @param index of the one transaction of the entry that is meant; unset: all of it */
function lineOf(
  entry: StatementEntry,
  bookingDay: string,
  transactions: readonly EntryTransaction[],
  payoutReference: string | undefined,
  index?: number,
): Found {
  const [first] = transactions;
  const part = index === undefined ? undefined : first;
  const written = part?.amount ?? entry.amount;
  const amount = (part ?? entry).direction === 'CRDT' ? written : negate(written);
  const bankReference = part?.bankReference ?? entry.bankReference ?? first?.bankReference;
  const texts = [...(part ? [] : [entry.information]), ...transactions.flatMap(textsOf)];
  const returned = transactions.find((one) => one.returned)?.returned;
  const charges = [...(part ? [] : entry.charges), ...transactions.flatMap((one) => one.charges)];
  const returns = entry.reversal || returned !== undefined;
  // NtryRef is left out: many banks count it anew in each statement.
  const said = [bookingDay, entry.valueOn, amount, returns, bankReference, index, texts, entry.code];
  return {
    fingerprint: hash('sha256', JSON.stringify(said), 'base64url').slice(0, 24),
    bookingDay,
    amount,
    charges: keptOf(charges, amount.currency),
    returns,
    returnReason: returned?.reason,
    bankReference,
    payoutReference: (payoutReference && bareReference(payoutReference)) || undefined,
    references: referencesIn(texts),
  };
}

function textsOfEntry(entry: StatementEntry): (string | undefined)[] {
  const whole = [
    entry.information,
    entry.bankReference,
    ...entry.batches.flatMap((batch) => [batch.messageId, batch.paymentInformationId]),
  ];
  // What one of several transactions says is not said of their sum.
  return entry.transactions.length === 1 ? [...textsOf(entry.transactions[0]!), ...whole] : whole;
}

function textsOf(one: EntryTransaction): (string | undefined)[] {
  return [
    ...one.creditorReferences,
    one.endToEndId,
    one.remittance.join(' '),
    one.bankReference,
    one.instructionId,
    one.transactionId,
    ...one.references.map(({ reference }) => reference),
  ];
}

function keptOf(charges: readonly Charge[], currency: string): number {
  return charges
    .filter((charge) => charge.direction === 'DBIT' && charge.included !== false && charge.amount.currency === currency)
    .reduce((sum, { amount }) => money(sum + amount.minor, currency).minor, 0);
}
