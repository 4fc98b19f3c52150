/** What may be wrong, or is right. */
export const reconciliationClasses = [
  'MATCHED',
  'MISSING_AT_BANK',
  'MISSING_AT_PROVIDER',
  'MISSING_IN_HUB',
  'AMOUNT_DIFF',
  'FEE_DIFF',
  'DUPLICATE',
] as const;
export type ReconciliationClass = (typeof reconciliationClasses)[number];

/** Something that does not agree, with references only. Amounts are minor units of `currency`, negative where money went out. */
export interface ReconciliationItem {
  readonly id: string;
  readonly tenant: string;
  readonly finance: string;
  /** `payment:<id>`, `provider:<line>`, `bank:<line>`, `payout:<reference>` or `reversal:<id>`; one item is open of each. */
  readonly subject: string;
  readonly class: Exclude<ReconciliationClass, 'MATCHED'>;
  /**
   * Open list: GROSS, CURRENCY, BANK, FEE, NET, PAYOUT, NOT_IN_LIST, NOT_ON_STATEMENT, TWICE_IN_LIST, TWICE_AT_BANK, RETURN,
   * REFUND, CHARGEBACK, NO_PAYMENT; PAID_AT_PROVIDER and PAID_AT_BANK: the hub holds the payment for unpaid, so ask again.
   */
  readonly code: string;
  readonly paymentId: string | undefined;
  readonly kassenzeichen: string | undefined;
  readonly transactionId: string | undefined;
  readonly payoutReference: string | undefined;
  readonly bankReference: string | undefined;
  readonly currency: string;
  /** What each of them says of it: of FEE_DIFF in a payment the fees, else the amounts. */
  readonly hubMinor: number | undefined;
  readonly providerMinor: number | undefined;
  readonly bankMinor: number | undefined;
  /** Days, `YYYY-MM-DD`. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** From the first day to the last, or to that on which it was closed. */
  readonly ageDays: number;
  readonly closedOn: string | undefined;
  /** Unset where a run found that it agrees now. */
  readonly closedBy: string | undefined;
  readonly reason: string | undefined;
}

/** What hub, payment service and bank have in one currency, in minor units, from the first day compared to that of the run. */
export interface ReconciliationBalance {
  readonly currency: string;
  /** Payments less what went back. */
  readonly hub: number;
  /** The same by the list. */
  readonly provider: number;
  /** What the payment service kept. */
  readonly fees: number;
  /** Credits and debits that belong to payments. */
  readonly bank: number;
  /** hub − provider */
  readonly driftOfProvider: number;
  /** provider − fees − bank; without a list hub − bank. Money on its way is part of it. */
  readonly driftOfBank: number;
}

/** What reading a list or statement came to. */
export interface ReadFile {
  /** The same content was read before. */
  readonly known: boolean;
  readonly entries: number;
  /** Those that no file before it had. */
  readonly added: number;
}

export interface ReconciliationRun {
  readonly id: string;
  readonly tenant: string;
  readonly finance: string;
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly actor: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Reversals that were found and recorded. */
  readonly chargebacks: number;
  /** MATCHED: payments of this run; of the others the items that are open after it. */
  readonly classes: Readonly<Record<ReconciliationClass, number>>;
  readonly balances: readonly ReconciliationBalance[];
}

export interface RunFilter {
  /** Undefined: all. */
  readonly tenants?: readonly string[] | undefined;
  readonly finance?: string | undefined;
  /** Id of the last one of the page before. */
  readonly after?: string | undefined;
  /** Default 100. */
  readonly limit?: number | undefined;
}

export interface ItemFilter extends RunFilter {
  readonly classes?: readonly ReconciliationClass[] | undefined;
  readonly code?: string | undefined;
  readonly paymentId?: string | undefined;
  /** Also those that are closed. */
  readonly closed?: boolean | undefined;
}
