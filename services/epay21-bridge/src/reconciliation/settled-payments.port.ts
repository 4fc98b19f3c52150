import type { Tx } from '@ozg-hub/store';

/** Where it is recorded that hub, payment service and bank agree about payments. */
export interface SettledPayments {
  /**
   * Sets `settled_on` whatever the state, unless it is set, and moves BOOKED to SETTLED. Called with 1,000 payments at most,
   * in the transaction of the run: a few statements for all of them, not some for each.
   * @param day `YYYY-MM-DD`, on which the bank booked the money
   */
  mark(tx: Tx, paymentIds: readonly string[], day: string): Promise<void>;
}
