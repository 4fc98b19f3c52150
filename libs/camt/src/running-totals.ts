import type { ErrorPlace } from '@ozg-hub/core';
import { type Money, add, isSame, money, subtract, sum } from '@ozg-hub/money';
import { type Place, count, decimal, direction, find, need, refuse, signed } from './element-values.ts';
import type { StatementEntry, StatementHead, StatementTotals } from './statement.ts';

const MOST_PLACES = 50;
/** ISO 4217 for no currency: of a statement that has neither entries nor balances. */
const NO_CURRENCY = 'XXX';

/** Counts and adds the entries of one statement while they pass, and compares with what the statement says of them. */
export class RunningTotals {
  readonly #head: StatementHead;
  readonly #place: Place;
  readonly #differences: ErrorPlace[] = [];
  readonly #counts = { CRDT: 0, DBIT: 0, booked: 0 };
  #currency: string | undefined;
  #credits: Money | undefined;
  #debits: Money | undefined;
  #booked: Money | undefined;

  constructor(head: StatementHead, place: Place) {
    this.#head = head;
    this.#place = place;
    this.#currency = (head.opening ?? head.closing)?.amount.currency ?? head.currency;
  }

  /** Entries so far. */
  get entries(): number {
    return this.#counts.CRDT + this.#counts.DBIT;
  }

  /** @throws HUB_CAMT_VALUE for another currency than that of the statement */
  add(entry: StatementEntry, place: Place): void {
    const { amount, status } = entry;
    this.#currency ??= amount.currency;
    if (amount.currency !== this.#currency) refuse(need(place, 'Amt'), 'must be in the currency of the account');
    this.#counts[entry.direction] += 1;
    if (entry.direction === 'CRDT') this.#credits = plus(this.#credits, amount);
    else this.#debits = plus(this.#debits, amount);
    if (status === 'BOOK') {
      this.#counts.booked += 1;
      this.#booked = plus(this.#booked, signed(amount, entry.direction));
    }
    this.#compareBatch(entry, place);
  }

  /** What it came to, and where it differs from what the statement says; at most 50 places. */
  end(): { totals: StatementTotals; differences: readonly ErrorPlace[] } {
    const currency = this.#currency ?? NO_CURRENCY;
    const credits = this.#credits ?? money(0, currency);
    const debits = this.#debits ?? money(0, currency);
    const balanced = this.#compareBalances(this.#booked ?? money(0, currency));
    this.#compareSummary(credits, debits, currency);
    const { id } = this.#head;
    const sums = this.#currency === undefined ? {} : { credits, debits };
    return {
      totals: { id, entries: this.entries, booked: this.#counts.booked, ...sums, balanced },
      differences: this.#differences,
    };
  }

  #compareBalances(booked: Money): boolean {
    const { opening, closing } = this.#head;
    if (opening === undefined || closing === undefined) return false;
    const agree = isSame(add(opening.amount, booked), closing.amount);
    if (!agree) this.#differs(this.#place, 'opening balance and booked entries do not give the closing balance');
    return agree;
  }

  #compareSummary(credits: Money, debits: Money, currency: string): void {
    const summary = find(this.#place, 'TxsSummry');
    if (summary === undefined) return;
    const { CRDT, DBIT } = this.#counts;
    const all = find(summary, 'TtlNtries');
    this.#compare(all, CRDT + DBIT, add(credits, debits), currency);
    this.#compare(find(summary, 'TtlCdtNtries'), CRDT, credits, currency);
    this.#compare(find(summary, 'TtlDbtNtries'), DBIT, debits, currency);
    const net = all && find(all, 'TtlNetNtry');
    if (net === undefined) return;
    const given = signed(decimal(need(net, 'Amt'), currency), direction(need(net, 'CdtDbtInd')));
    if (!isSame(given, subtract(credits, debits))) this.#differs(net, 'is not what credits less debits come to');
  }

  #compare(place: Place | undefined, entries: number, total: Money, currency: string): void {
    const number = place && find(place, 'NbOfNtries');
    const given = place && find(place, 'Sum');
    if (number && count(number) !== entries) this.#differs(number, 'is not the number of entries');
    if (given && !isSame(decimal(given, currency), total)) this.#differs(given, 'is not what the entries come to');
  }

  /** Banks give a batch without its transactions too; then there is nothing to compare. */
  #compareBatch({ batches, transactions }: StatementEntry, place: Place): void {
    const [batch, ...more] = batches;
    if (batch === undefined || more.length > 0 || transactions.length === 0) return;
    if (batch.count !== undefined && batch.count !== transactions.length) {
      this.#differs(place, 'the number of its transactions is not that of its batch');
    }
    const { total } = batch;
    const amounts = transactions.map(({ amount }) => amount).filter((each) => each !== undefined);
    const comparable =
      amounts.length === transactions.length && amounts.every((each) => each.currency === total?.currency);
    if (total && comparable && !isSame(sum(amounts, total.currency), total)) {
      this.#differs(place, 'its transactions do not come to the total of its batch');
    }
  }

  #differs({ tree, path }: Place, message: string): void {
    if (this.#differences.length < MOST_PLACES) this.#differences.push({ path, line: tree.line, message });
  }
}

const plus = (total: Money | undefined, amount: Money) => (total === undefined ? amount : add(total, amount));
