import type { DeliveryState } from '@ozg-hub/submission';
import type { Sql } from '@ozg-hub/store';
import type { Attempt, Delivery } from './delivery.ts';
import { deliveryColumns, toDelivery } from './delivery-row.ts';
import type { Json } from './target-adapter.port.ts';

export interface DeliveryFilter {
  readonly states?: readonly DeliveryState[] | undefined;
  /** Tenants the caller may see; undefined: all. */
  readonly tenants?: readonly string[] | undefined;
  readonly target?: string | undefined;
  readonly fingerprint?: string | undefined;
  /** Of the last failure or refusal. */
  readonly code?: string | undefined;
  /** Changed last at this time or later. */
  readonly since?: Date | undefined;
  /** Changed last before this time. */
  readonly until?: Date | undefined;
  readonly submissionId?: string | undefined;
  /** Past their `dueAt`, still waiting. */
  readonly overdue?: boolean | undefined;
}

export interface Page {
  /** Id of the last delivery of the page before. */
  readonly after?: string | undefined;
  /** At most 500; default 50. */
  readonly limit?: number | undefined;
}

export interface Exchange {
  readonly id: string;
  readonly number: number;
  readonly openedAt: Date;
  readonly receiptAt?: Date | undefined;
  readonly resultAt?: Date | undefined;
  readonly result?: string | undefined;
  readonly code?: string | undefined;
  readonly steps: readonly { readonly name: string; readonly result: Json; readonly at: Date }[];
  readonly replies: readonly { readonly kind: string; readonly outcome: string; readonly receivedAt: Date }[];
}

export interface DeliveryDetails {
  readonly delivery: Delivery;
  readonly exchanges: readonly Exchange[];
  readonly attempts: readonly Attempt[];
}

/** Deliveries that failed for the same cause. */
export interface FailureGroup {
  readonly fingerprint: string;
  readonly tenant: string;
  readonly target: string;
  readonly state: DeliveryState;
  readonly code?: string | undefined;
  readonly count: number;
  readonly oldest: Date;
  readonly newest: Date;
}

export interface DeliveryCount {
  readonly tenant: string;
  readonly target: string;
  readonly state: DeliveryState;
  readonly count: number;
  readonly overdue: number;
  /** Since when the oldest of them is in this state. */
  readonly oldest: Date;
}

/** Newest first; ids grow with time. */
export async function listDeliveries(sql: Sql, filter: DeliveryFilter, page: Page = {}): Promise<readonly Delivery[]> {
  const { where, params } = conditions(filter);
  const add = (value: unknown) => `$${params.push(value)}`;
  if (page.after) where.push(`d.id < ${add(page.after)}::uuid`);
  const limit = add(Math.min(Math.max(page.limit ?? 50, 1), 500));
  const text = `SELECT ${deliveryColumns} FROM delivery d${all(where)} ORDER BY d.id DESC LIMIT ${limit}`;
  return (await sql.query(text, params)).map(toDelivery);
}

/** Conditions on table alias `d`; the texts differ by which filters are set, never by their values. */
export function conditions(filter: DeliveryFilter): { where: string[]; params: unknown[] } {
  const where: string[] = [];
  const params: unknown[] = [];
  const add = (value: unknown) => `$${params.push(value)}`;
  if (filter.states) where.push(`d.state = ANY(${add(filter.states)})`);
  if (filter.tenants) where.push(`d.tenant = ANY(${add(filter.tenants)})`);
  if (filter.target !== undefined) where.push(`d.target = ${add(filter.target)}`);
  if (filter.fingerprint !== undefined) where.push(`d.fingerprint = ${add(filter.fingerprint)}`);
  if (filter.code !== undefined) where.push(`d.code = ${add(filter.code)}`);
  if (filter.since !== undefined) where.push(`d.updated_at >= ${add(filter.since)}::timestamptz`);
  if (filter.until !== undefined) where.push(`d.updated_at < ${add(filter.until)}::timestamptz`);
  if (filter.submissionId !== undefined) where.push(`d.submission_id = ${add(filter.submissionId)}::uuid`);
  if (filter.overdue !== undefined) where.push(filter.overdue ? 'd.overdue' : 'NOT d.overdue');
  return { where, params };
}

export function all(where: readonly string[]): string {
  return where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`;
}

const GET = `SELECT ${deliveryColumns} FROM delivery d WHERE d.id = $1 AND ($2::text[] IS NULL OR d.tenant = ANY($2))`;

const EXCHANGES = `
  SELECT e.id, e.number, e.opened_at AS "openedAt", e.receipt_at AS "receiptAt", e.result_at AS "resultAt", e.result, e.code
  FROM exchange e WHERE e.delivery_id = $1 ORDER BY e.number`;

const STEPS = `
  SELECT s.exchange_id AS "exchangeId", s.name, s.result, s.at
  FROM step s JOIN exchange e ON e.id = s.exchange_id WHERE e.delivery_id = $1 ORDER BY s.at, s.name`;

const REPLIES = `
  SELECT r.exchange_id AS "exchangeId", r.kind, r.outcome, r.received_at AS "receivedAt"
  FROM reply_event r JOIN exchange e ON e.id = r.exchange_id WHERE e.delivery_id = $1 ORDER BY r.received_at, r.id`;

const ATTEMPTS = `
  SELECT a.id, a.delivery_id AS "deliveryId", a.exchange_id AS "exchangeId", a.trigger, a.fence,
    a.started_at AS "startedAt", a.duration_ms AS "durationMs", a.class, a.code, a.status, a.excerpt, a.actor, a.fenced
  FROM attempt a WHERE a.delivery_id = $1 ORDER BY a.started_at, a.id`;

/** One delivery with all that happened to it; undefined where it does not exist or is another tenant's. */
export async function getDelivery(
  sql: Sql,
  id: string,
  tenants?: readonly string[],
): Promise<DeliveryDetails | undefined> {
  const [row] = await sql.query(GET, [id, tenants ?? null]);
  if (!row) return undefined;
  type Of = { exchangeId: string };
  const exchanges = await sql.query<Omit<Exchange, 'steps' | 'replies'>>(EXCHANGES, [id]);
  const steps = await sql.query<Of & Exchange['steps'][number]>(STEPS, [id]);
  const replies = await sql.query<Of & Exchange['replies'][number]>(REPLIES, [id]);
  const attempts = await sql.query<Attempt>(ATTEMPTS, [id]);
  const of = <Row extends Of>(rows: readonly Row[], exchangeId: string) =>
    rows.filter((entry) => entry.exchangeId === exchangeId).map(({ exchangeId: _, ...rest }) => rest);
  return {
    delivery: toDelivery(row),
    exchanges: exchanges.map((exchange) => ({
      ...(present(exchange) as typeof exchange),
      steps: of(steps, exchange.id),
      replies: of(replies, exchange.id),
    })),
    attempts: attempts.map((attempt) => present(attempt) as Attempt),
  };
}

const GROUPS = `
  SELECT d.fingerprint, d.tenant, d.target, d.state, min(d.code) AS code, count(*)::integer AS count,
    min(d.updated_at) AS oldest, max(d.updated_at) AS newest
  FROM delivery d
  WHERE d.fingerprint IS NOT NULL AND d.state IN ('PARKED', 'RETRY_WAIT', 'REJECTED', 'IN_DOUBT')
    AND ($1::text[] IS NULL OR d.tenant = ANY($1))
  GROUP BY d.fingerprint, d.tenant, d.target, d.state
  ORDER BY count(*) DESC, max(d.updated_at) DESC LIMIT 500`;

/** What failed, most frequent first; at most 500 groups. */
export async function failureGroups(sql: Sql, tenants?: readonly string[]): Promise<readonly FailureGroup[]> {
  return (await sql.query(GROUPS, [tenants ?? null])).map((row) => present(row) as unknown as FailureGroup);
}

const COUNTS = `
  SELECT d.tenant, d.target, d.state, count(*)::integer AS count, (count(*) FILTER (WHERE d.overdue))::integer AS overdue,
    min(d.updated_at) AS oldest
  FROM delivery d
  WHERE d.state NOT IN ('CONFIRMED', 'DELIVERED', 'CANCELLED', 'SUPERSEDED')
    AND ($1::text[] IS NULL OR d.tenant = ANY($1))
  GROUP BY d.tenant, d.target, d.state ORDER BY d.tenant, d.target, d.state`;

/** How many deliveries are not terminal, for metrics and `doctor`. */
export async function countDeliveries(sql: Sql, tenants?: readonly string[]): Promise<readonly DeliveryCount[]> {
  return await sql.query<DeliveryCount>(COUNTS, [tenants ?? null]);
}

function present(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}
