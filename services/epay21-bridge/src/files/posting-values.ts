import { type Money, negate } from '@ozg-hub/money';
import type { PostingField, TotalField } from './posting-fields.ts';
import type { ControlTotals, PostingLine } from './posting.ts';

/** What stands in a cell, before a profile says how it is written. */
export type CellValue =
  | { readonly kind: 'text'; readonly text: string }
  /** The hub's own digits, or what the profile says itself: nothing to guard against. */
  | { readonly kind: 'own'; readonly text: string }
  /** With a point. */
  | { readonly kind: 'decimal'; readonly text: string }
  | { readonly kind: 'amount'; readonly amount: Money }
  | { readonly kind: 'day'; readonly day: string }
  | { readonly kind: 'moment'; readonly at: Date };

/** What all lines of a file have in common. */
export interface FileFacts {
  /** Of the file, UUID. */
  readonly id: string;
  readonly tenant: string;
  readonly target: string;
  readonly number: number;
  readonly businessDay: string;
  readonly createdAt: Date;
  readonly currency: string;
  readonly totals: ControlTotals;
}

/** How amounts that went back are told. */
export interface AmountRules {
  readonly reversals: 'minus' | 'sign';
  readonly signs: { readonly settled: string; readonly reversed: string };
}

/** @param number of the line in the file, from 1 */
export function valueOf(
  field: PostingField,
  line: PostingLine,
  number: number,
  facts: FileFacts,
  rules: AmountRules,
): CellValue {
  const { posting, item } = line;
  const { reversal } = posting;
  const back = posting.kind === 'REVERSED';
  const amount = (of: Money | undefined): CellValue =>
    of ? { kind: 'amount', amount: back && rules.reversals === 'minus' ? negate(of) : of } : text();
  switch (field) {
    case 'tenant':
      return text(facts.tenant);
    case 'fileNumber':
      return digits(facts.number);
    case 'lineNumber':
      return digits(number);
    case 'businessDay':
      return { kind: 'day', day: posting.businessDay };
    case 'paymentId':
    case 'eventId':
    case 'kassenzeichen':
    case 'transactionId':
    case 'providerReference':
    case 'provider':
    case 'purpose':
    case 'method':
    case 'submissionId':
    case 'leistung':
    case 'vorgang':
      return text(posting[field]);
    case 'paidAt':
      return moment(posting.paidAt);
    case 'currency':
      return text(posting.gross.currency);
    case 'reversal':
      return text(reversal?.kind);
    case 'reversalId':
      return text(reversal?.id);
    case 'originalEventId':
      return text(reversal?.originalEventId);
    case 'reversedAt':
      return moment(reversal?.at);
    case 'reason':
      return text(reversal?.reason);
    case 'gross':
    case 'net':
    case 'tax':
    case 'fee':
      return amount(line[field]);
    case 'sign':
      return { kind: 'own', text: back ? rules.signs.reversed : rules.signs.settled };
    case 'taxRate':
      return { kind: 'decimal', text: item.taxRate };
    case 'item.quantity':
      return digits(item.quantity);
    case 'item.id':
      return text(item.id);
    case 'item.reference':
      return text(item.reference);
    case 'item.description':
      return text(item.description);
    default:
      return text(item.booking[field.slice('booking.'.length) as keyof typeof item.booking]);
  }
}

/** @param lines how many lines postings have in the file */
export function totalOf(field: TotalField, lines: number, facts: FileFacts): CellValue {
  const { totals } = facts;
  switch (field) {
    case 'tenant':
    case 'currency':
      return text(facts[field]);
    case 'fileNumber':
      return digits(facts.number);
    case 'businessDay':
      return { kind: 'day', day: facts.businessDay };
    case 'createdAt':
      return moment(facts.createdAt);
    case 'lines':
      return digits(lines);
    case 'postings':
      return digits(totals.postings);
    default:
      return { kind: 'amount', amount: totals[field] };
  }
}

function text(of = ''): CellValue {
  return { kind: 'text', text: of };
}

function digits(of: number): CellValue {
  return { kind: 'own', text: String(of) };
}

function moment(at: Date | undefined): CellValue {
  return at ? { kind: 'moment', at } : text();
}
