import { z } from 'zod';

const amount = z.string().regex(/^(0|[1-9]\d{0,5})\.\d{2}$/, {
  error: "must be an amount in quotes with two decimals, e.g. '12.50'",
});

const rate = z.string().regex(/^(100\.00|\d{1,2}\.\d{2})$/, {
  error: "must be a percentage in quotes with two decimals, e.g. '19.00'",
});

const text = (most: number) => z.string().trim().min(1).max(most);

/** Where the municipality books a line; only what its finance system asks for. */
export const booking = z.strictObject({
  produkt: text(40).optional(),
  sachkonto: text(40).optional(),
  kostenstelle: text(40).optional(),
  kostentraeger: text(40).optional(),
  haushaltsstelle: text(40).optional(),
  objektnummer: text(40).optional(),
  buchungstext: text(60).optional(),
  steuerschluessel: text(10).optional(),
});

const purposeProblem = 'may name {{kassenzeichen}}, {{vorgang}} and {{leistung}}, and must name {{kassenzeichen}}';

/** Template of the purpose on the citizen's statement. What does not fit into 27 characters is cut, but never the Kassenzeichen. */
export const purposeTemplate = text(120).refine(
  (template) =>
    template.includes('{{kassenzeichen}}') &&
    !/[{}]/.test(template.replaceAll(/\{\{(?:kassenzeichen|vorgang|leistung)\}\}/g, '')),
  { error: purposeProblem },
);

/** What holds where neither municipality nor blueprint says otherwise. */
export const feeDefaults = Object.freeze({
  purpose: '{{kassenzeichen}} {{leistung}}',
  /** Minutes that the citizen has for paying. */
  timeoutMinutes: 30,
  kassenzeichen: '{yyyy}-{number:8}-{check}',
});

const itemKey = z.string().regex(/^[A-Za-z0-9_-]{1,36}$/, { error: 'must be 1 to 36 letters, digits, - and _' });

/** A line of a fee. */
export const feeItem = z.strictObject({
  id: itemKey,
  /** Article or tariff at the payment service. */
  reference: itemKey.optional(),
  name: text(200),
  /** Of one piece, tax included. */
  amount,
  quantity: z.int().min(1).max(999_999).default(1),
  /** Value added tax in percent, e.g. `'19.00'`; `'0.00'` for sovereign fees. */
  taxRate: rate.default('0.00'),
  booking: booking.default({}),
});

/** Lines that are told apart by their ids. */
export const feeItems = z
  .array(feeItem)
  .min(1)
  .max(99)
  .refine((items) => new Set(items.map(({ id }) => id)).size === items.length, { error: 'the same id twice' });

/** What the Leistung costs and how the municipality books it. */
export const fee = z.strictObject({
  currency: z.literal('EUR').default('EUR'),
  purpose: purposeTemplate.default(feeDefaults.purpose),
  /** Minutes that the citizen has for paying. */
  timeoutMinutes: z
    .int()
    .min(5)
    .max(24 * 60)
    .default(feeDefaults.timeoutMinutes),
  items: feeItems,
});
export type Fee = z.infer<typeof fee>;

const PART = /\{yy\}|\{yyyy\}|\{number:([4-9]|1[0-2])\}|\{check(?::luhn)?\}/g;

/**
 * Pattern of the Kassenzeichen that the hub gives: letters, digits and hyphens, `{yy}` or `{yyyy}`, `{number:8}` (a number
 * without gaps that begins anew each year where the pattern has the year), and `{check}` for a check digit over all digits
 * before it (ISO 7064 MOD 11,10; `{check:luhn}` for the Luhn algorithm).
 */
export const kassenzeichenPattern = z
  .string()
  .max(60)
  .refine((pattern) => /^[A-Z0-9-]*$/.test(pattern.replaceAll(PART, '')), {
    error: 'may have capitals, digits, hyphens, {yy}, {yyyy}, {number:4} to {number:12}, {check} and {check:luhn}',
  })
  .refine((pattern) => pattern.match(/\{number:/g)?.length === 1, { error: 'must have {number:…} once' })
  .refine((pattern) => rendered(pattern) <= 20, { error: 'must come to 20 characters at most' });

/** Length of a Kassenzeichen of the pattern. */
function rendered(pattern: string): number {
  return pattern.replaceAll(PART, (part, digits?: string) => {
    if (digits) return '0'.repeat(Number(digits));
    if (part === '{yyyy}') return '0000';
    return part === '{yy}' ? '00' : '0';
  }).length;
}
