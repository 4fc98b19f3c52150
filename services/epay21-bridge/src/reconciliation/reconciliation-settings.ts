import { z } from 'zod';

const columnName = z.string().min(1).max(100);

/** Words by which a list tells what a line is; compared without regard to case. */
const kindWords = (words: readonly string[]) => z.array(z.string().min(1).max(60)).default([...words]);

/** How to read the settlement list of the payment service: CSV with a header. */
const providerListProfile = z.strictObject({
  /** Names in the header. Of `transactionId`, `requestId` and `kassenzeichen` at least one is needed. */
  columns: z
    .strictObject({
      transactionId: columnName.optional(),
      /** Id of the payment at the hub. */
      requestId: columnName.optional(),
      kassenzeichen: columnName.optional(),
      date: columnName,
      /** What the citizen paid; of a refund or chargeback what went back, with or without a minus. */
      gross: columnName,
      /** What the payment service keeps. Left out: gross less net, or none. */
      fee: columnName.optional(),
      /** What it pays out. Left out: gross less fee. */
      net: columnName.optional(),
      /** Left out: `currency` of the profile. */
      currency: columnName.optional(),
      /** Names the bulk credit that the line is part of, as the bank's statement does. */
      payoutReference: columnName.optional(),
      /** Left out: every line is a payment. */
      kind: columnName.optional(),
    })
    .refine(({ transactionId, requestId, kassenzeichen }) => transactionId ?? requestId ?? kassenzeichen, {
      error: 'needs transactionId, requestId or kassenzeichen',
    }),
  /** What stands in the column `kind`. An empty cell is a payment, another word is an error. */
  kinds: z
    .strictObject({
      payment: kindWords(['payment', 'zahlung', 'sale', 'capture']),
      refund: kindWords(['refund', 'erstattung', 'gutschrift']),
      chargeback: kindWords(['chargeback', 'rückbelastung', 'rücklastschrift']),
      /** What the payment service keeps without a payment, e.g. a monthly fee. */
      fee: kindWords(['fee', 'gebühr', 'entgelt']),
    })
    .prefault({}),
  /** One character. */
  delimiter: z.string().length(1).default(';'),
  encoding: z.enum(['utf-8', 'windows-1252', 'iso-8859-15']).default('utf-8'),
  /** True: `1.234,56`; false: `1,234.56`. */
  decimalComma: z.boolean().default(true),
  /** May be followed by a time. `iso` is an instant with its offset, of which the day in Germany counts. */
  dateFormat: z.enum(['dd.MM.yyyy', 'yyyy-MM-dd', 'iso']).default('dd.MM.yyyy'),
  /** ISO 4217 */
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('EUR'),
  /** Line of the header, from 1; what stands before is left out. */
  headerLine: z.int().min(1).max(50).default(1),
});
export type ProviderListProfile = z.infer<typeof providerListProfile>;

const days = z.int().min(0).max(90).default(5);

/**
 * How the daily comparison of hub, payment service and bank is done; part of the settings of a finance target, under
 * `reconciliation`.
 */
export const reconciliationSettings = z.strictObject({
  /** Account into which the payment service pays; a statement of another one is refused. */
  iban: z
    .string()
    .transform((iban) => iban.replaceAll(' ', '').toUpperCase())
    .refine((iban) => /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(iban), { error: 'is no IBAN' }),
  /** Day from which on payments are compared, e.g. `2026-09-01`. Left out: all. */
  since: z.iso.date().optional(),
  /** Days for which something may be missing without being called so. */
  toleranceDays: z.strictObject({ provider: days, bank: days }).prefault({}),
  /** Left out: the payment service gives none; each payment stands on the statement by itself. */
  providerList: providerListProfile.optional(),
  /** Bulk credits of the payment service. */
  payouts: z
    .strictObject({
      /**
       * Regular expression whose group is the payout reference, e.g. `AUSZAHLUNG (\d{8})`. Looked for in the remittance text,
       * EndToEndId, the bank's reference and booking text; upper and lower case are the same.
       */
      pattern: z.string().max(200).refine(isPatternWithGroup, { error: 'is no regular expression with one group' }),
      /** Whether a credit is already less by the fees, or these are paid apart. */
      fees: z.enum(['deducted', 'separate']).default('deducted'),
    })
    .optional(),
  /** True: the account has nothing but these payments, so that every other credit on it is MISSING_IN_HUB. */
  ownAccount: z.boolean().default(false),
});
export type ReconciliationSettings = z.infer<typeof reconciliationSettings>;

/** How a pattern of payouts is meant. */
export function payoutPattern(pattern: string): RegExp {
  return new RegExp(pattern, 'iu');
}

function isPatternWithGroup(pattern: string): boolean {
  try {
    return payoutPattern(`${pattern}|`).exec('')?.length === 2;
  } catch {
    return false;
  }
}
