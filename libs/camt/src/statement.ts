import type { Money } from '@ozg-hub/money';
import type { Account, BankTransactionCode, Direction, TypedReference } from './account.ts';

/** What a bank's message gives, in this order for each statement or notification in it: head, entries, end. */
export type StatementPart =
  | { readonly kind: 'head'; readonly head: StatementHead }
  | { readonly kind: 'entry'; readonly entry: StatementEntry }
  | { readonly kind: 'end'; readonly totals: StatementTotals };

export interface StatementHead {
  /** A statement has balances; a notification has none. */
  readonly message: 'camt.053' | 'camt.054';
  /** `GrpHdr/MsgId`: unique at its bank. */
  readonly messageId: string;
  /** `GrpHdr/CreDtTm` as written, ISO 8601. */
  readonly createdAt: string;
  /** `Stmt/Id` or `Ntfctn/Id`. */
  readonly id: string;
  /** `ElctrncSeqNb`: counts the statements of an account, in most banks per year. */
  readonly sequence?: string | undefined;
  /** Where a statement is split. */
  readonly page?: { readonly number: number; readonly last: boolean } | undefined;
  readonly account: Account;
  /** Of the account, where the head names it. */
  readonly currency?: string | undefined;
  /** `FrToDt` as written, ISO 8601. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The bank sends this once more (COPY, DUPL, CODU). */
  readonly copy?: string | undefined;
  /** Booked (OPBD, else PRCD); of a later page the interim one. */
  readonly opening?: Balance | undefined;
  /** Booked (CLBD); of an earlier page the interim one. */
  readonly closing?: Balance | undefined;
}

export interface Balance {
  /** Negative where the account is overdrawn. */
  readonly amount: Money;
  /** Day, `2026-11-20`. */
  readonly on: string;
}

export interface StatementEntry {
  /** From 1, within its statement. */
  readonly position: number;
  /** Never negative. */
  readonly amount: Money;
  /** Of this entry, also where it is a reversal. */
  readonly direction: Direction;
  /** BOOK and PDNG (expected), INFO, FUTR or the bank's own. Only BOOK moves the balance. */
  readonly status: string;
  /** `RvslInd`: takes an earlier entry back; a DBIT takes back a credit. */
  readonly reversal: boolean;
  /** Day of booking, `2026-11-20`; as the bank wrote it. */
  readonly bookedOn?: string | undefined;
  /** Day of value. */
  readonly valueOn?: string | undefined;
  /** `NtryRef`: unique within the statement. */
  readonly reference?: string | undefined;
  /** `AcctSvcrRef`: unique at the bank. */
  readonly bankReference?: string | undefined;
  readonly code: BankTransactionCode;
  /** What the bank kept or added, of the entry as a whole. */
  readonly charges: readonly Charge[];
  /** Bulk bookings that this entry stands for; most have one or none. */
  readonly batches: readonly EntryBatch[];
  /** What the entry consists of; none where the bank gives no details. */
  readonly transactions: readonly EntryTransaction[];
  /** `AddtlNtryInf`: booking text of the bank. May name persons. */
  readonly information?: string | undefined;
}

export interface Charge {
  readonly amount: Money;
  /** DBIT: the bank keeps it. */
  readonly direction: Direction;
  /** The amount it belongs to is already less by it; undefined where the bank does not say. */
  readonly included?: boolean | undefined;
  /** Code or name of the kind. */
  readonly type?: string | undefined;
}

/** Totals of a bulk booking, as far as the bank gives them. */
export interface EntryBatch {
  readonly messageId?: string | undefined;
  readonly paymentInformationId?: string | undefined;
  /** `NbOfTxs` */
  readonly count?: number | undefined;
  readonly total?: Money | undefined;
}

/** One payment in an entry. Names and accounts of payers are not read: nothing here needs them. */
export interface EntryTransaction {
  /** `Amt`, else `AmtDtls/TxAmt`; undefined where the bank gives none and the entry's amount is meant. */
  readonly amount?: Money | undefined;
  /** Its own, else that of its entry. */
  readonly direction: Direction;
  /** The payer's reference; undefined for NOTPROVIDED. */
  readonly endToEndId?: string | undefined;
  readonly bankReference?: string | undefined;
  readonly paymentInformationId?: string | undefined;
  readonly instructionId?: string | undefined;
  readonly transactionId?: string | undefined;
  readonly mandateId?: string | undefined;
  /** `Refs/Prtry` */
  readonly references: readonly TypedReference[];
  /** `RmtInf/Strd/CdtrRefInf/Ref`: the payee's reference, such as a Kassenzeichen. */
  readonly creditorReferences: readonly string[];
  /** `RmtInf/Ustrd`: what the payer wrote, line by line. May name persons. */
  readonly remittance: readonly string[];
  readonly charges: readonly Charge[];
  /** Where this takes a payment back. */
  readonly returned?: ReturnReason | undefined;
  readonly code?: BankTransactionCode | undefined;
}

export interface ReturnReason {
  /** Code of ISO 20022, e.g. MD06, or the bank's own. */
  readonly reason?: string | undefined;
  /** May name persons. */
  readonly information: readonly string[];
}

/** What the entries of a statement came to. */
export interface StatementTotals {
  readonly id: string;
  readonly entries: number;
  /** Entries with status BOOK. */
  readonly booked: number;
  /** Of all entries; undefined where there is none and no currency is known. */
  readonly credits?: Money | undefined;
  readonly debits?: Money | undefined;
  /** Opening balance and booked entries gave the closing balance; false where there was none to compare. */
  readonly balanced: boolean;
}
