import type { Tx } from '@ozg-hub/store';
import type { Scope } from './import.repository.ts';
import { UNMATCHED, WITH_CREDIT, WITH_LINE, berlinDay } from './matching.repository.ts';

type Column =
  | 'subject'
  | 'class'
  | 'code'
  | 'payment_id'
  | 'kassenzeichen'
  | 'transaction_id'
  | 'payout_reference'
  | 'bank_reference'
  | 'currency'
  | 'hub_minor'
  | 'provider_minor'
  | 'bank_minor';

const UNSET: Readonly<Partial<Record<Column, string>>> = {
  payment_id: 'NULL::uuid',
  kassenzeichen: 'NULL::text',
  transaction_id: 'NULL::text',
  payout_reference: 'NULL::text',
  bank_reference: 'NULL::text',
  hub_minor: 'NULL::bigint',
  provider_minor: 'NULL::bigint',
  bank_minor: 'NULL::bigint',
};

const COLUMNS: readonly Column[] = [
  'subject',
  'class',
  'code',
  'payment_id',
  'kassenzeichen',
  'transaction_id',
  'payout_reference',
  'bank_reference',
  'currency',
  'hub_minor',
  'provider_minor',
  'bank_minor',
];

/** What every finding may ask for; $6 and $7: days for which list and bank may lack something, $8: fees are deducted. */
const GIVEN = `
  WITH given AS (SELECT $1::text AS tenant, $2::text AS finance, $3::date AS day, $4::date AS since, $5::uuid AS run,
    $6::integer AS list_days, $7::integer AS bank_days, $8::boolean AS deducted)`;

/**
 * Opens an item, or keeps the one that is open with its age. Of one subject the first finding of a run counts. What a person
 * closed with this class stays closed.
 */
function finding(values: Readonly<Partial<Record<Column, string>>>, from: string): string {
  const all = { ...UNSET, ...values };
  const select = COLUMNS.map((column) => `${all[column]} AS ${column}`).join(', ');
  const columns = COLUMNS.join(', ');
  const changed = COLUMNS.filter((column) => column !== 'subject').map((column) => `${column} = excluded.${column}`);
  return `${GIVEN}
    INSERT INTO reconciliation_item AS i (tenant, finance, ${columns}, first_seen, last_run, last_seen)
    SELECT $1, $2, ${columns}, $3, $5, $3 FROM (SELECT DISTINCT ON (subject) * FROM (SELECT ${select} ${from}) f
      WHERE NOT EXISTS (SELECT 1 FROM reconciliation_item d WHERE d.tenant = $1 AND d.finance = $2
        AND d.subject = f.subject AND d.class = f.class AND d.closed_by IS NOT NULL) ORDER BY subject) f
    ON CONFLICT (tenant, finance, subject) WHERE closed_at IS NULL
    DO UPDATE SET ${changed.join(', ')}, last_run = excluded.last_run, last_seen = excluded.last_seen
    WHERE i.last_run <> excluded.last_run`;
}

const ofPayment = {
  subject: `'payment:' || m.id`,
  payment_id: 'm.id',
  kassenzeichen: 'm.kassenzeichen',
  transaction_id: 'm.transaction_id',
  currency: 'm.currency',
  hub_minor: 'm.gross_minor',
};
const ofLine = {
  subject: `'provider:' || p.id`,
  payment_id: 'p.payment_id',
  kassenzeichen: 'p.kassenzeichen',
  transaction_id: 'p.transaction_id',
  payout_reference: 'p.payout_reference',
  currency: 'p.currency',
  provider_minor: 'p.gross_minor',
};
const ofCredit = {
  subject: `'bank:' || b.id`,
  bank_reference: 'b.bank_reference',
  payout_reference: 'b.payout_reference',
  currency: 'b.currency',
  bank_minor: 'b.amount_minor',
};

const OPEN_LINES = `FROM provider_item p WHERE p.tenant = $1 AND p.finance = $2 AND NOT p.agreed`;
const OPEN_CREDITS = `b.tenant = $1 AND b.finance = $2 AND b.matched IS NULL`;
/** By the index on what a payer may have written. */
const NAMING = `unnest(b.refs) AS ref (name) JOIN payment m ON m.tenant = $1
  AND upper(regexp_replace(m.kassenzeichen, '[^0-9A-Za-z]', '', 'g')) = ref.name`;

/** Hub and list say different sums or fees of one payment. */
const DIFFERENCES = finding(
  {
    ...ofPayment,
    class: `CASE WHEN p.currency <> m.currency OR p.gross_minor <> m.gross_minor THEN 'AMOUNT_DIFF' ELSE 'FEE_DIFF' END`,
    code: `CASE WHEN p.currency <> m.currency THEN 'CURRENCY' WHEN p.gross_minor <> m.gross_minor THEN 'GROSS'
      WHEN p.fee_minor <> m.fee_minor THEN 'FEE' ELSE 'NET' END`,
    payout_reference: 'p.payout_reference',
    hub_minor: `CASE WHEN p.gross_minor = m.gross_minor AND p.currency = m.currency
      THEN coalesce(m.fee_minor, p.gross_minor - p.net_minor) ELSE m.gross_minor END`,
    provider_minor: `CASE WHEN p.gross_minor = m.gross_minor AND p.currency = m.currency THEN p.fee_minor ELSE p.gross_minor END`,
  },
  `FROM (${UNMATCHED}) m ${WITH_LINE}
   WHERE p.currency <> m.currency OR p.gross_minor <> m.gross_minor OR p.fee_minor <> m.fee_minor
     OR p.gross_minor - p.fee_minor <> p.net_minor`,
);

/** The bank has another sum of a payment than the hub. */
const BANK_DIFFERENCES = finding(
  {
    ...ofPayment,
    class: `'AMOUNT_DIFF'`,
    code: `CASE WHEN c.currency <> m.currency THEN 'CURRENCY' ELSE 'BANK' END`,
    bank_reference: 'c.bank_reference',
    bank_minor: 'c.amount_minor',
  },
  `FROM (${UNMATCHED}) m JOIN (SELECT b.*, r.name FROM bank_item b, unnest(b.refs) AS r (name)
     WHERE ${OPEN_CREDITS} AND b.amount_minor > 0 AND NOT b.returns AND b.payout_reference IS NULL) c
     ON c.name = upper(regexp_replace(m.kassenzeichen, '[^0-9A-Za-z]', '', 'g'))
   ${WITH_LINE} ${WITH_CREDIT} WHERE p.bank_day IS NULL AND b.id IS NULL`,
);

/** The payment service has a payment of which the hub has none, or does not know that it was paid. */
const UNKNOWN_LINES = finding(
  {
    ...ofLine,
    class: `'MISSING_IN_HUB'`,
    code: `CASE WHEN p.payment_id IS NULL THEN 'NO_PAYMENT' WHEN p.kind = 'PAYMENT' THEN 'PAID_AT_PROVIDER' ELSE p.kind END`,
    transaction_id: 'coalesce(p.transaction_id, m.transaction_id)',
    kassenzeichen: 'coalesce(m.kassenzeichen, p.kassenzeichen)',
    hub_minor: 'm.gross_minor',
  },
  `FROM provider_item p LEFT JOIN payment m ON m.id = p.payment_id
   WHERE p.tenant = $1 AND p.finance = $2 AND NOT p.agreed AND p.kind <> 'FEE' AND NOT p.duplicate
     AND CASE p.kind WHEN 'PAYMENT' THEN m.paid_at IS NULL ELSE p.reversal_id IS NULL END`,
);

const REPEATED_LINES = finding(
  { ...ofLine, class: `'DUPLICATE'`, code: `'TWICE_IN_LIST'` },
  `${OPEN_LINES} AND p.duplicate`,
);

const REPEATED_CREDITS = finding(
  { ...ofCredit, class: `'DUPLICATE'`, code: `'TWICE_AT_BANK'`, payment_id: 'm.id', kassenzeichen: 'm.kassenzeichen' },
  `FROM bank_item b JOIN payment m ON m.id = b.payment_id
   WHERE b.tenant = $1 AND b.finance = $2 AND b.matched = 'DUPLICATE'`,
);

/** Payouts of the list, and what the bank has of them. */
const PAYOUTS = finding(
  {
    subject: `'payout:' || l.reference`,
    class: `CASE WHEN b.reference IS NULL THEN 'MISSING_AT_BANK'
      WHEN b.currency = l.currency AND b.minor = l.other THEN 'FEE_DIFF' ELSE 'AMOUNT_DIFF' END`,
    code: `CASE WHEN b.currency <> l.currency THEN 'CURRENCY' ELSE 'PAYOUT' END`,
    payout_reference: 'l.reference',
    bank_reference: 'b.bank_reference',
    currency: 'l.currency',
    provider_minor: 'l.minor',
    bank_minor: 'b.minor',
  },
  `FROM (SELECT p.payout_reference AS reference, min(p.currency) AS currency, max(p.day) AS day,
      sum(CASE WHEN $8 THEN p.net_minor ELSE p.gross_minor END)::bigint AS minor,
      sum(CASE WHEN $8 THEN p.gross_minor ELSE p.net_minor END)::bigint AS other
    ${OPEN_LINES} AND p.bank_day IS NULL AND p.payout_reference IS NOT NULL GROUP BY p.payout_reference) l
  LEFT JOIN (SELECT b.payout_reference AS reference, min(b.currency) AS currency, sum(b.amount_minor)::bigint AS minor,
      min(b.bank_reference) AS bank_reference
    FROM bank_item b WHERE ${OPEN_CREDITS} AND b.payout_reference IS NOT NULL GROUP BY b.payout_reference) b
    ON b.reference = l.reference
  WHERE b.reference IS NOT NULL OR l.day + $7 < $3`,
);

/** Bulk credits that no list explains, or that were explained by one before. */
const UNEXPLAINED_PAYOUTS = finding(
  {
    ...ofCredit,
    class: `CASE WHEN l.banked THEN 'DUPLICATE' ELSE 'MISSING_IN_HUB' END`,
    code: `CASE WHEN l.banked THEN 'TWICE_AT_BANK' ELSE 'PAYOUT' END`,
  },
  `FROM bank_item b CROSS JOIN LATERAL (SELECT bool_or(p.bank_day IS NOT NULL) AS banked,
      bool_or(p.bank_day IS NULL) AS open
    FROM provider_item p WHERE p.tenant = $1 AND p.finance = $2 AND p.payout_reference = b.payout_reference) l
  WHERE ${OPEN_CREDITS} AND b.payout_reference IS NOT NULL AND l.open IS NOT TRUE
    AND (l.banked OR b.booking_day + $6 < $3)`,
);

/** The bank has money of a payment that the hub holds for unpaid. */
const PAID_AT_BANK = finding(
  {
    ...ofCredit,
    class: `'MISSING_IN_HUB'`,
    code: `'PAID_AT_BANK'`,
    payment_id: 'm.id',
    kassenzeichen: 'm.kassenzeichen',
    transaction_id: 'm.transaction_id',
    hub_minor: 'm.gross_minor',
  },
  `FROM bank_item b, ${NAMING}
   WHERE ${OPEN_CREDITS} AND b.amount_minor > 0 AND NOT b.returns AND b.payout_reference IS NULL AND m.paid_at IS NULL
     AND b.amount_minor = m.gross_minor AND b.currency = m.currency`,
);

/** A return of more than is left of the payment, or of one that nobody knows. */
const RETURNS = finding(
  {
    ...ofCredit,
    class: `'AMOUNT_DIFF'`,
    code: `'RETURN'`,
    payment_id: 'm.id',
    kassenzeichen: 'm.kassenzeichen',
    hub_minor: 'm.gross_minor - m.reversed_minor',
  },
  `FROM bank_item b, ${NAMING} WHERE ${OPEN_CREDITS} AND b.amount_minor < 0 AND b.returns AND m.paid_at IS NOT NULL`,
);

/** Any other credit of an account that is for these payments only. */
const OTHER_CREDITS = finding(
  { ...ofCredit, class: `'MISSING_IN_HUB'`, code: `'NO_PAYMENT'` },
  `FROM bank_item b WHERE ${OPEN_CREDITS} AND b.amount_minor > 0 AND b.payout_reference IS NULL
     AND b.booking_day + $6 < $3
     AND NOT EXISTS (SELECT 1 FROM ${NAMING} WHERE m.finance = $2 AND m.settled_on IS NULL AND m.paid_at IS NOT NULL)`,
);

const MISSING_LINES = finding(
  { ...ofPayment, class: `'MISSING_AT_PROVIDER'`, code: `'NOT_IN_LIST'`, bank_minor: 'b.amount_minor' },
  `FROM (${UNMATCHED}) m ${WITH_LINE} ${WITH_CREDIT}
   WHERE p.id IS NULL AND m.paid_day + $6 < $3`,
);

/** Of a line with a payout the payout is missing, not each payment of it. */
const MISSING_CREDITS = finding(
  {
    ...ofPayment,
    class: `'MISSING_AT_BANK'`,
    code: `'NOT_ON_STATEMENT'`,
    provider_minor: 'p.gross_minor',
  },
  `FROM (${UNMATCHED}) m ${WITH_LINE} ${WITH_CREDIT}
   WHERE b.id IS NULL AND p.bank_day IS NULL AND p.payout_reference IS NULL
     AND coalesce(p.day, m.paid_day) + $7 < $3`,
);

const MISSING_REVERSALS = finding(
  {
    subject: `'reversal:' || r.id`,
    class: `'MISSING_AT_BANK'`,
    code: 'r.kind',
    payment_id: 'm.id',
    kassenzeichen: 'm.kassenzeichen',
    transaction_id: 'm.transaction_id',
    currency: 'm.currency',
    hub_minor: '-r.gross_minor',
  },
  `FROM payment m JOIN reversal r ON r.payment_id = m.id
   WHERE m.tenant = $1 AND m.finance = $2 AND m.reversed_minor > 0 AND ${berlinDay('r.at')} >= coalesce($4::date, '-infinity')
     AND ${berlinDay('r.at')} + $7 < $3
     AND NOT EXISTS (SELECT 1 FROM provider_item p WHERE p.reversal_id = r.id)
     AND NOT EXISTS (SELECT 1 FROM bank_item b WHERE b.reversal_id = r.id)`,
);

const CLOSE_OTHERS = `
  UPDATE reconciliation_item SET closed_at = now(), closed_on = $3
  WHERE tenant = $1 AND finance = $2 AND closed_at IS NULL AND last_run <> $4`;

export interface FindingOptions {
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly since: string | undefined;
  readonly run: string;
  /** Days for which list and bank may lack something. */
  readonly listDays: number;
  readonly bankDays: number;
  readonly withList: boolean;
  readonly feesDeducted: boolean;
  readonly ownAccount: boolean;
}

/** What does not agree, as open items. */
export class FindingsRepository {
  /** What keeps a payment from being matched, wherever its money is. */
  async differences(tx: Tx, scope: Scope, options: FindingOptions): Promise<void> {
    await open(tx, [DIFFERENCES, BANK_DIFFERENCES], scope, options);
  }

  /** Everything else; then items that were not found any more are closed. */
  async others(tx: Tx, scope: Scope, options: FindingOptions): Promise<void> {
    await open(tx, [UNKNOWN_LINES, REPEATED_LINES, REPEATED_CREDITS, PAYOUTS, UNEXPLAINED_PAYOUTS], scope, options);
    await open(tx, [PAID_AT_BANK, RETURNS], scope, options);
    if (options.ownAccount) await open(tx, [OTHER_CREDITS], scope, options);
    if (options.withList) await open(tx, [MISSING_LINES], scope, options);
    await open(tx, [MISSING_CREDITS, MISSING_REVERSALS], scope, options);
    await tx.query(CLOSE_OTHERS, [scope.tenant, scope.finance, options.day, options.run]);
  }
}

async function open(tx: Tx, findings: readonly string[], { tenant, finance }: Scope, options: FindingOptions) {
  const { day, since, run, listDays, bankDays, feesDeducted } = options;
  for (const text of findings) {
    await tx.query(text, [tenant, finance, day, since, run, listDays, bankDays, feesDeducted]);
  }
}
