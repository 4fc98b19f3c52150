import type { Sql, Tx } from '@ozg-hub/store';
import type { Scope } from './import.repository.ts';
import { berlinDay } from './matching.repository.ts';
import {
  type ItemFilter,
  type ReconciliationBalance,
  type ReconciliationClass,
  type ReconciliationItem,
  type ReconciliationRun,
  type RunFilter,
  reconciliationClasses,
} from './reconciliation-item.ts';

const LAST_DAY = `SELECT max(day) AS day FROM reconciliation_run WHERE tenant = $1 AND finance = $2`;

const CLASSES = `
  SELECT class, count(*)::int AS count FROM reconciliation_item
  WHERE tenant = $1 AND finance = $2 AND closed_at IS NULL GROUP BY class
  UNION ALL SELECT 'MATCHED', count(*)::int FROM reconciliation_match WHERE run_id = $3`;

/** $3 day of the run, $4 first day, $5: with a list. */
const BALANCES = `
  WITH side AS (
    SELECT m.currency, m.gross_minor AS hub, 0 AS provider, 0 AS fees, 0 AS bank FROM payment m
    WHERE m.tenant = $1 AND m.finance = $2 AND m.paid_at IS NOT NULL
      AND ${berlinDay('m.paid_at')} BETWEEN coalesce($4::date, '-infinity') AND $3::date
    UNION ALL SELECT m.currency, -r.gross_minor, 0, 0, 0 FROM payment m JOIN reversal r ON r.payment_id = m.id
    WHERE m.tenant = $1 AND m.finance = $2 AND m.reversed_minor > 0
      AND ${berlinDay('r.at')} BETWEEN coalesce($4::date, '-infinity') AND $3::date
    UNION ALL SELECT p.currency, 0, p.gross_minor, p.fee_minor, 0 FROM provider_item p
    WHERE p.tenant = $1 AND p.finance = $2 AND p.day BETWEEN coalesce($4::date, '-infinity') AND $3::date
    UNION ALL SELECT b.currency, 0, 0, 0, b.amount_minor FROM bank_item b
    WHERE b.tenant = $1 AND b.finance = $2 AND b.matched IS NOT NULL
      AND b.booking_day BETWEEN coalesce($4::date, '-infinity') AND $3::date),
  total AS (
    SELECT currency, sum(hub)::bigint AS hub, sum(provider)::bigint AS provider, sum(fees)::bigint AS fees,
      sum(bank)::bigint AS bank FROM side GROUP BY currency)
  SELECT t.*, CASE WHEN $5 THEN hub - provider ELSE 0 END AS "driftOfProvider",
    CASE WHEN $5 THEN provider - fees ELSE hub END - bank AS "driftOfBank"
  FROM total t ORDER BY currency`;

const INSERT = `
  INSERT INTO reconciliation_run (id, tenant, finance, day, actor, started_at, ended_at, result, balances)
  VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), $7, $8)`;

const RUN = `
  SELECT r.id, r.tenant, r.finance, r.day, r.actor, r.started_at AS "startedAt", r.ended_at AS "endedAt", r.result, r.balances
  FROM reconciliation_run r`;
const VISIBLE = `($1::text[] IS NULL OR tenant = ANY ($1))`;
const RUNS = `
  ${RUN} WHERE ${VISIBLE} AND ($2::text IS NULL OR finance = $2) AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4`;
const FIND_RUN = `${RUN} WHERE ${VISIBLE} AND id = $2`;

const ITEM = `
  SELECT i.id, i.tenant, i.finance, i.subject, i.class, i.code, i.payment_id AS "paymentId", i.kassenzeichen,
    i.transaction_id AS "transactionId", i.payout_reference AS "payoutReference", i.bank_reference AS "bankReference",
    i.currency, i.hub_minor AS "hubMinor", i.provider_minor AS "providerMinor", i.bank_minor AS "bankMinor",
    i.first_seen AS "firstSeen", i.last_seen AS "lastSeen", coalesce(i.closed_on, i.last_seen) - i.first_seen AS "ageDays",
    i.closed_on AS "closedOn", i.closed_by AS "closedBy", i.reason
  FROM reconciliation_item i`;
const ITEMS = `
  ${ITEM} WHERE ${VISIBLE} AND ($2::text IS NULL OR finance = $2) AND ($3::text[] IS NULL OR class = ANY ($3))
    AND ($4::text IS NULL OR code = $4) AND ($5::uuid IS NULL OR payment_id = $5) AND ($6 OR closed_at IS NULL)
    AND ($7::uuid IS NULL OR position > (SELECT a.position FROM reconciliation_item a WHERE a.id = $7))
  ORDER BY position LIMIT $8`;
const FIND_ITEM = `${ITEM} WHERE ${VISIBLE} AND id = $2`;

const CLOSE = `
  UPDATE reconciliation_item SET closed_at = now(), closed_on = ${berlinDay('now()')}, closed_by = $2, reason = $3
  WHERE id = $1 AND closed_at IS NULL RETURNING id`;

type RunResult = Pick<ReconciliationRun, 'chargebacks' | 'classes'>;

/** Runs and their items. */
export class ReconciliationRepository {
  /** Of the last run; undefined where there was none. */
  async lastDay(sql: Sql, { tenant, finance }: Scope): Promise<string | undefined> {
    const [row] = await sql.query<{ day: string | null }>(LAST_DAY, [tenant, finance]);
    return row?.day ?? undefined;
  }

  async classes(tx: Tx, { tenant, finance }: Scope, run: string): Promise<ReconciliationRun['classes']> {
    const rows = await tx.query<{ class: ReconciliationClass; count: number }>(CLASSES, [tenant, finance, run]);
    const counts = new Map(rows.map((row) => [row.class, row.count]));
    return Object.fromEntries(reconciliationClasses.map((one) => [one, counts.get(one) ?? 0])) as never;
  }

  async balances(tx: Tx, { tenant, finance }: Scope, day: string, since: string | undefined, withList: boolean) {
    return await tx.query<ReconciliationBalance & object>(BALANCES, [tenant, finance, day, since, withList]);
  }

  async insert(tx: Tx, run: Omit<ReconciliationRun, 'endedAt'>): Promise<void> {
    const { id, tenant, finance, day, actor, startedAt, balances, ...result } = run;
    await tx.query(INSERT, [id, tenant, finance, day, actor, startedAt, result, JSON.stringify(balances)]);
  }

  /** Newest first. */
  async runs(sql: Sql, { tenants, finance, after, limit }: RunFilter): Promise<ReconciliationRun[]> {
    return (await sql.query<RunRow>(RUNS, [tenants ?? null, finance, after, limit ?? 100])).map(runOf);
  }

  async findRun(sql: Sql, id: string, tenants?: readonly string[]): Promise<ReconciliationRun | undefined> {
    const [row] = await sql.query<RunRow>(FIND_RUN, [tenants ?? null, id]);
    return row && runOf(row);
  }

  /** In the order in which they were found, so the oldest first. */
  async items(sql: Sql, filter: ItemFilter): Promise<ReconciliationItem[]> {
    const { tenants, finance, classes, code, paymentId, closed, after, limit } = filter;
    const params = [tenants ?? null, finance, classes ?? null, code, paymentId, closed ?? false, after, limit ?? 100];
    return (await sql.query(ITEMS, params)).map(itemOf);
  }

  async findItem(sql: Sql, id: string, tenants?: readonly string[]): Promise<ReconciliationItem | undefined> {
    const [row] = await sql.query(FIND_ITEM, [tenants ?? null, id]);
    return row && itemOf(row);
  }

  /** @returns false where it was closed before */
  async close(tx: Tx, id: string, actor: string, reason: string): Promise<boolean> {
    return (await tx.query(CLOSE, [id, actor, reason])).length === 1;
  }
}

type RunRow = Omit<ReconciliationRun, keyof RunResult> & { result: RunResult };

function runOf({ result, ...row }: RunRow): ReconciliationRun {
  return { ...row, ...result };
}

function itemOf(row: object): ReconciliationItem {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? undefined])) as never;
}
