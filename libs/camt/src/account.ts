/** An account at a bank: by IBAN, or by another number where it has none (a ledger's own, 34 characters at most). */
export type Account = { readonly iban: string } | { readonly other: string };

/** Whether an amount comes in (CRDT) or goes out (DBIT), seen by the owner of the account. */
export type Direction = 'CRDT' | 'DBIT';

/** What a bank's entry is for: a code of ISO 20022 (PMNT/RCDT/ESCT), one of its issuer (NTRF+166 of DK), or both. */
export interface BankTransactionCode {
  readonly domain?: string | undefined;
  readonly family?: string | undefined;
  readonly subFamily?: string | undefined;
  readonly proprietary?: string | undefined;
  readonly issuer?: string | undefined;
}

/** A reference by its kind, e.g. `PAYID`. */
export interface TypedReference {
  readonly type: string;
  readonly reference: string;
}
