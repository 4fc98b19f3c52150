import type { Money } from '@ozg-hub/money';
import type { Account, BankTransactionCode, Direction, TypedReference } from './account.ts';

/** An advice of expected bookings, to be written as camt.054.001.08. Texts are refused where they are too long, never cut. */
export interface Notification {
  /** `GrpHdr/MsgId`: unique for the receiver; 35 characters at most, as every id here. */
  readonly messageId: string;
  /** `Ntfctn/Id` */
  readonly id: string;
  /** Written in UTC with whole seconds. */
  readonly createdAt: Date;
  /** Number of the file, counted without gaps. */
  readonly sequence?: number | undefined;
  readonly account: Account;
  /** Of the account and of every entry. */
  readonly currency: string;
  readonly entries: readonly NotificationEntry[];
}

export interface NotificationEntry {
  /** `NtryRef`: unique within the notification. */
  readonly reference: string;
  /** Gross, more than zero. */
  readonly amount: Money;
  readonly direction: Direction;
  /** Set where the entry takes an earlier payment back: the direction is then DBIT for money that goes out again. */
  readonly reversal?: NotificationReversal | undefined;
  /** Day of the expected booking, `2026-11-20`. */
  readonly bookedOn: string;
  readonly valueOn?: string | undefined;
  /** `AcctSvcrRef`: of the payment service. */
  readonly bankReference?: string | undefined;
  /** Default PMNT/RCDT/ESCT, for reversals PMNT/RCDT/RRTN. */
  readonly code?: BankTransactionCode | undefined;
  /** What is kept of the amount; the amount is without it. */
  readonly fee?: Money | undefined;
  readonly endToEndId: string;
  /** `Refs/Prtry`, e.g. the id of the payment. */
  readonly references?: readonly TypedReference[] | undefined;
  /** The Kassenzeichen. */
  readonly creditorReference?: string | undefined;
  /** Lines of 140 characters at most. */
  readonly remittance?: readonly string[] | undefined;
}

export interface NotificationReversal {
  /** E.g. CHARGEBACK; 35 characters at most. */
  readonly reason: string;
  /** Lines of 105 characters at most. */
  readonly information?: readonly string[] | undefined;
}
