import type { Tx } from '@ozg-hub/store';
import type { Scope } from './import.repository.ts';

/** A reference as it is compared, in SQL; `bareReference` is its twin. */
const bare = (column: string) => `upper(regexp_replace(${column}, '[^0-9A-Za-z]', '', 'g'))`;

/** The day in Germany. */
export const berlinDay = (column: string) => `(${column} AT TIME ZONE 'Europe/Berlin')::date`;

/** Paid payments that no run has matched yet: $1 tenant, $2 finance, $3 day of the run, $4 first day. */
export const UNMATCHED = `
  SELECT m.id, m.kassenzeichen, m.transaction_id, m.currency, m.gross_minor, m.fee_minor, m.paid_at,
    ${berlinDay('m.paid_at')} AS paid_day
  FROM payment m
  WHERE m.tenant = $1 AND m.finance = $2 AND m.paid_at IS NOT NULL AND m.settled_on IS NULL
    AND ${berlinDay('m.paid_at')} BETWEEN coalesce($4::date, '-infinity') AND $3::date
    AND NOT EXISTS (SELECT 1 FROM reconciliation_match x WHERE x.payment_id = m.id)`;

/**
 * The list's line `p` and the single credit `b` of a payment `m`, looked up by index for each: in a run that has just joined
 * 100,000 of them the statistics know of none.
 */
export const WITH_LINE = `
  LEFT JOIN LATERAL (SELECT p.* FROM provider_item p
    WHERE p.payment_id = m.id AND p.kind = 'PAYMENT' AND NOT p.duplicate LIMIT 1) p ON true`;
export const WITH_CREDIT = `
  LEFT JOIN LATERAL (SELECT b.* FROM bank_item b WHERE b.payment_id = m.id AND b.matched = 'PAYMENT' LIMIT 1) b ON true`;

const linkLines = (by: string, condition: string) => `
  UPDATE provider_item p SET payment_id = m.id, linked_by = '${by}' FROM payment m
  WHERE p.tenant = $1 AND p.finance = $2 AND NOT p.agreed AND p.payment_id IS NULL AND p.kind <> 'FEE'
    AND m.tenant = $1 AND ${condition}`;

const LINK_LINES = [
  linkLines('TRANSACTION', 'm.transaction_id = p.transaction_id'),
  linkLines('REQUEST', 'm.id = p.request_id'),
  linkLines(
    'KASSENZEICHEN',
    `m.kassenzeichen = p.kassenzeichen
     AND (p.kind <> 'PAYMENT' OR (m.gross_minor = p.gross_minor AND m.currency = p.currency))`,
  ),
];

const MARK_REPEATED = `
  UPDATE provider_item p SET duplicate = true
  WHERE p.tenant = $1 AND p.finance = $2 AND NOT p.agreed AND p.bank_day IS NULL AND p.kind = 'PAYMENT' AND NOT p.duplicate
    AND EXISTS (SELECT 1 FROM provider_item o WHERE o.payment_id = p.payment_id AND o.kind = 'PAYMENT' AND NOT o.duplicate
      AND o.id <> p.id AND (o.bank_day IS NOT NULL OR o.id < p.id))`;

/** The nth refund or chargeback of a sum in the list is the nth of that sum here. */
const LINK_REVERSALS = `
  WITH line AS (
    SELECT p.id, p.payment_id, p.kind, -p.gross_minor AS minor,
      row_number() OVER (PARTITION BY p.payment_id, p.kind, p.gross_minor ORDER BY p.id) AS n
    FROM provider_item p
    WHERE p.tenant = $1 AND p.finance = $2 AND NOT p.agreed AND p.kind IN ('REFUND', 'CHARGEBACK')
      AND p.payment_id IS NOT NULL AND p.reversal_id IS NULL),
  known AS (
    SELECT r.id, r.payment_id, r.kind, r.gross_minor AS minor,
      row_number() OVER (PARTITION BY r.payment_id, r.kind, r.gross_minor ORDER BY r.at, r.id) AS n
    FROM reversal r WHERE r.payment_id IN (SELECT payment_id FROM line)
      AND NOT EXISTS (SELECT 1 FROM provider_item o WHERE o.reversal_id = r.id))
  UPDATE provider_item p SET reversal_id = known.id
  FROM line JOIN known USING (payment_id, kind, minor, n) WHERE p.id = line.id`;

/**
 * Payouts of which list and bank have the same sum, by one credit or several; else by the first credit alone. A line that the
 * list has twice may have been paid twice or once. $3: whether fees are deducted.
 */
const MATCH_PAYOUTS = `
  WITH list AS (
    SELECT p.payout_reference AS reference, p.currency,
      sum(CASE WHEN $3 THEN p.net_minor ELSE p.gross_minor END) AS minor,
      sum(CASE WHEN $3 THEN p.net_minor ELSE p.gross_minor END) FILTER (WHERE NOT p.duplicate) AS once
    FROM provider_item p
    WHERE p.tenant = $1 AND p.finance = $2 AND NOT p.agreed AND p.bank_day IS NULL AND p.payout_reference IS NOT NULL
    GROUP BY p.payout_reference, p.currency),
  bank AS (
    SELECT b.payout_reference AS reference, b.currency, sum(b.amount_minor) AS minor, max(b.booking_day) AS day,
      array_agg(b.id ORDER BY b.booking_day, b.id) AS ids,
      (array_agg(b.amount_minor ORDER BY b.booking_day, b.id))[1] AS first_minor, min(b.booking_day) AS first_day
    FROM bank_item b
    WHERE b.tenant = $1 AND b.finance = $2 AND b.matched IS NULL AND b.payout_reference IS NOT NULL
    GROUP BY b.payout_reference, b.currency),
  agreed AS (
    SELECT l.reference, l.currency, CASE WHEN b.minor IN (l.minor, l.once) THEN b.ids ELSE b.ids[1:1] END AS ids,
      CASE WHEN b.minor IN (l.minor, l.once) THEN b.day ELSE b.first_day END AS day
    FROM list l JOIN bank b USING (reference, currency)
    WHERE b.minor IN (l.minor, l.once) OR b.first_minor IN (l.minor, l.once)),
  credit AS (UPDATE bank_item b SET matched = 'PAYOUT' FROM agreed a WHERE b.id = ANY (a.ids))
  UPDATE provider_item p SET bank_day = a.day FROM agreed a
  WHERE p.tenant = $1 AND p.finance = $2 AND NOT p.agreed AND p.bank_day IS NULL
    AND p.payout_reference = a.reference AND p.currency = a.currency`;

/** Single credits that name a payment, of its sum or less by what service or bank kept; one for each, the oldest first. */
const MATCH_CREDITS = `
  WITH open AS MATERIALIZED (
    SELECT m.*, coalesce(p.fee_minor, m.fee_minor, 0) AS fee FROM (${UNMATCHED}) m ${WITH_LINE} ${WITH_CREDIT}
    WHERE p.bank_day IS NULL AND b.id IS NULL),
  name AS MATERIALIZED (
    SELECT o.*, n.name FROM open o, LATERAL (VALUES (${bare('o.kassenzeichen')}), (${bare('o.transaction_id')}),
      (upper(replace(o.id::text, '-', '')))) AS n (name)),
  credit AS MATERIALIZED (
    SELECT b.id, b.currency, b.amount_minor, b.charges_minor, b.booking_day, ref.name
    FROM bank_item b, unnest(b.refs) AS ref (name)
    WHERE b.tenant = $1 AND b.finance = $2 AND b.matched IS NULL AND b.amount_minor > 0 AND NOT b.returns
      AND b.payout_reference IS NULL),
  pair AS (
    SELECT DISTINCT ON (c.id) c.id AS bank, n.id AS payment, c.booking_day
    FROM credit c JOIN name n ON n.name = c.name AND n.currency = c.currency
    WHERE c.amount_minor IN (n.gross_minor, n.gross_minor - n.fee) OR c.amount_minor + c.charges_minor = n.gross_minor
    ORDER BY c.id, n.paid_at, n.id),
  first AS (SELECT DISTINCT ON (payment) bank, payment FROM pair ORDER BY payment, booking_day, bank)
  UPDATE bank_item b SET matched = 'PAYMENT', payment_id = f.payment FROM first f WHERE b.id = f.bank`;

/** Credits of the sum of a payment whose money stands on a statement already. */
const MARK_REPEATED_CREDITS = `
  WITH repeated AS (
    SELECT DISTINCT ON (b.id) b.id, m.id AS payment
    FROM bank_item b, unnest(b.refs) AS ref (name), payment m
    WHERE b.tenant = $1 AND b.finance = $2 AND b.matched IS NULL AND b.amount_minor > 0 AND NOT b.returns
      AND b.payout_reference IS NULL
      AND m.tenant = $1 AND ${bare('m.kassenzeichen')} = ref.name AND m.gross_minor = b.amount_minor
      AND m.currency = b.currency AND m.paid_at IS NOT NULL
      AND (m.settled_on IS NOT NULL
        OR EXISTS (SELECT 1 FROM bank_item o WHERE o.payment_id = m.id AND o.matched = 'PAYMENT')
        OR EXISTS (SELECT 1 FROM provider_item p WHERE p.payment_id = m.id AND p.bank_day IS NOT NULL)))
  UPDATE bank_item b SET matched = 'DUPLICATE', payment_id = r.payment FROM repeated r WHERE b.id = r.id`;

/** Debits that name a payment, and what is left of it. */
const DEBITS = `
  SELECT DISTINCT ON (b.id) b.id, b.returns, m.id AS payment, b.currency, -b.amount_minor - b.charges_minor AS minor,
    b.booking_day AS day, concat_ws('-', b.bank_reference, b.fingerprint, b.occurrence) AS reference, b.return_reason AS reason,
    m.gross_minor - m.reversed_minor AS left, m.currency = b.currency AS comparable
  FROM bank_item b, unnest(b.refs) AS ref (name), payment m
  WHERE b.tenant = $1 AND b.finance = $2 AND b.matched IS NULL AND b.amount_minor < 0
    AND m.tenant = $1 AND ${bare('m.kassenzeichen')} = ref.name AND m.paid_at IS NOT NULL
  ORDER BY b.id, m.paid_at`;

/** Those of them that the hub knows as a refund or chargeback. */
const LINK_DEBITS = `
  WITH debit AS (
    SELECT d.*, row_number() OVER (PARTITION BY d.payment, d.minor ORDER BY d.day, d.id) AS n FROM (${DEBITS}) d
    WHERE d.comparable),
  known AS (
    SELECT r.id AS reversal, r.payment_id AS payment, r.gross_minor AS minor,
      row_number() OVER (PARTITION BY r.payment_id, r.gross_minor ORDER BY r.at, r.id) AS n
    FROM reversal r WHERE r.payment_id IN (SELECT payment FROM debit)
      AND NOT EXISTS (SELECT 1 FROM bank_item o WHERE o.reversal_id = r.id))
  UPDATE bank_item b SET matched = 'RETURN', payment_id = debit.payment, reversal_id = known.reversal
  FROM debit JOIN known USING (payment, minor, n) WHERE b.id = debit.id`;

const RETURNS = `SELECT d.* FROM (${DEBITS}) d WHERE d.returns AND d.comparable AND d.minor BETWEEN 1 AND d.left ORDER BY d.day, d.id LIMIT $3`;
const KEEP_RETURN = `UPDATE bank_item SET matched = 'RETURN', payment_id = $2, reversal_id = $3 WHERE id = $1`;

const CHARGEBACKS = `
  SELECT p.id, m.id AS payment, p.currency, -p.gross_minor AS minor, p.day, p.fingerprint || '-' || p.occurrence AS reference,
    NULL AS reason, m.gross_minor - m.reversed_minor AS left
  FROM provider_item p JOIN payment m ON m.id = p.payment_id AND m.currency = p.currency AND m.paid_at IS NOT NULL
  WHERE p.tenant = $1 AND p.finance = $2 AND NOT p.agreed AND p.kind = 'CHARGEBACK' AND p.reversal_id IS NULL
    AND -p.gross_minor BETWEEN 1 AND m.gross_minor - m.reversed_minor
  ORDER BY p.day, p.id LIMIT $3`;
const KEEP_CHARGEBACK = `UPDATE provider_item SET reversal_id = $2 WHERE id = $1`;

/**
 * Payments that stand in the list and on the statement, and of which no difference is open. Sorted, so that all are found before
 * the first is written: else each look would go through what was written so far. $5: run, $6: with a list.
 */
const MATCH = `
  INSERT INTO reconciliation_match (payment_id, tenant, finance, run_id, provider_item_id, bank_item_id, bank_day)
  SELECT m.id, $1, $2, $5, p.id, b.id, coalesce(p.bank_day, b.booking_day) FROM (${UNMATCHED}) m ${WITH_LINE} ${WITH_CREDIT}
  LEFT JOIN LATERAL (SELECT i.id FROM reconciliation_item i WHERE i.tenant = $1 AND i.finance = $2
    AND i.subject = 'payment:' || m.id AND i.closed_at IS NULL AND i.last_run = $5 LIMIT 1) i ON true
  WHERE (p.id IS NOT NULL OR NOT $6) AND coalesce(p.bank_day, b.booking_day) IS NOT NULL
    AND i.id IS NULL
  ORDER BY coalesce(p.bank_day, b.booking_day), m.id`;

const MATCHED = `
  SELECT payment_id AS id, bank_day AS day FROM reconciliation_match
  WHERE run_id = $1 AND payment_id > $2 ORDER BY payment_id LIMIT $3`;

const AGREE_PAYMENTS = `
  UPDATE provider_item p SET agreed = true, bank_day = x.bank_day FROM reconciliation_match x
  WHERE x.run_id = $1 AND p.id = x.provider_item_id`;
const AGREE_OTHERS = `
  UPDATE provider_item p SET agreed = true
  WHERE p.tenant = $1 AND p.finance = $2 AND NOT p.agreed AND (p.bank_day IS NOT NULL OR p.payout_reference IS NULL)
    AND (p.kind = 'FEE' OR p.reversal_id IS NOT NULL)`;

/** Other business of an account is of no interest for long, unless it is an open item. $3: day of the run. */
const FORGET_OTHERS = `
  DELETE FROM bank_item b WHERE b.tenant = $1 AND b.finance = $2 AND b.matched IS NULL AND b.payout_reference IS NULL
    AND b.booking_day < $3::date - 180
    AND NOT EXISTS (SELECT 1 FROM reconciliation_item i WHERE i.tenant = $1 AND i.finance = $2
      AND i.subject = 'bank:' || b.id AND i.closed_at IS NULL)`;

/** A return at the bank, or a chargeback in the list, that the hub does not know. Amounts in minor units. */
export interface UnknownReturn {
  /** Of the line. */
  readonly id: number;
  readonly payment: string;
  readonly currency: string;
  readonly minor: number;
  /** Of the payment. */
  readonly left: number;
  readonly day: string;
  readonly reference: string;
  readonly reason: string | null;
}

/** Joins what is the same in hub, list and statement; all of it set by set. */
export class MatchingRepository {
  /** List and hub: by transactionId, else requestId, else Kassenzeichen and amount. */
  async linkLines(tx: Tx, { tenant, finance }: Scope): Promise<void> {
    for (const link of [...LINK_LINES, MARK_REPEATED]) await tx.query(link, [tenant, finance]);
  }

  /** Refunds and chargebacks that the hub knows. */
  async linkReversals(tx: Tx, { tenant, finance }: Scope): Promise<void> {
    await tx.query(LINK_REVERSALS, [tenant, finance]);
    await tx.query(LINK_DEBITS, [tenant, finance]);
  }

  /** Bank and list, then bank and hub. */
  async matchCredits(tx: Tx, { tenant, finance }: Scope, day: string, since: string | undefined, deducted: boolean) {
    await tx.query(MATCH_PAYOUTS, [tenant, finance, deducted]);
    await tx.query(MATCH_CREDITS, [tenant, finance, day, since]);
    await tx.query(MARK_REPEATED_CREDITS, [tenant, finance]);
  }

  async unknownChargebacks(tx: Tx, { tenant, finance }: Scope, limit: number): Promise<UnknownReturn[]> {
    return await tx.query<UnknownReturn>(CHARGEBACKS, [tenant, finance, limit]);
  }

  async unknownReturns(tx: Tx, { tenant, finance }: Scope, limit: number): Promise<UnknownReturn[]> {
    return await tx.query<UnknownReturn>(RETURNS, [tenant, finance, limit]);
  }

  async keepChargeback(tx: Tx, { id }: UnknownReturn, reversalId: string): Promise<void> {
    await tx.query(KEEP_CHARGEBACK, [id, reversalId]);
  }

  async keepReturn(tx: Tx, { id, payment }: UnknownReturn, reversalId: string): Promise<void> {
    await tx.query(KEEP_RETURN, [id, payment, reversalId]);
  }

  async match(
    tx: Tx,
    { tenant, finance }: Scope,
    day: string,
    since: string | undefined,
    run: string,
    withList: boolean,
  ) {
    await tx.query(MATCH, [tenant, finance, day, since, run, withList]);
    await tx.query(AGREE_PAYMENTS, [run]);
    await tx.query(AGREE_OTHERS, [tenant, finance]);
  }

  /** Payments that a run has matched, in the order of their ids. */
  async matched(tx: Tx, run: string, after: string, limit: number): Promise<{ id: string; day: string }[]> {
    return await tx.query<{ id: string; day: string }>(MATCHED, [run, after, limit]);
  }

  async forgetOthers(tx: Tx, { tenant, finance }: Scope, day: string): Promise<void> {
    await tx.query(FORGET_OTHERS, [tenant, finance, day]);
  }
}
