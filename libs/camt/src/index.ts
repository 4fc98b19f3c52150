export type { Account, BankTransactionCode, Direction, TypedReference } from './account.ts';
export { camtErrors } from './errors.ts';
export type { Notification, NotificationEntry, NotificationReversal } from './notification.ts';
export { type ReadCamtOptions, readCamt053 } from './read-camt053.ts';
export type {
  Balance,
  Charge,
  EntryBatch,
  EntryTransaction,
  ReturnReason,
  StatementEntry,
  StatementHead,
  StatementPart,
  StatementTotals,
} from './statement.ts';
export { camt054Schema, writeCamt054 } from './write-camt054.ts';
