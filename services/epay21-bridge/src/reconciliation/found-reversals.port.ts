import type { Money } from '@ozg-hub/money';
import type { Tx } from '@ozg-hub/store';

/** Money that the bank, or the payment service, took back. */
export interface FoundReversal {
  readonly paymentId: string;
  readonly kind: 'CHARGEBACK';
  /** Positive, and never more than what is left of the payment. */
  readonly amount: Money;
  /** The same for the same return, however often it is found. */
  readonly reference: string;
  /** Code of the return, e.g. MD06. */
  readonly reason?: string | undefined;
  readonly at: Date;
}

/** Where reversals that were found are recorded: row, event and posting, in the transaction of the run. */
export interface FoundReversals {
  /** @returns id of the row of `reversal`, also where it is there already */
  record(tx: Tx, reversal: FoundReversal): Promise<string>;
}
