import type { Sql, Tx } from '@ozg-hub/store';
import { type Breaker, type BreakerEvent, nextBreaker, openClock, withClosed } from './breaker.ts';

/** Pause, breaker and open clock of a target, persisted. Milliseconds are of the database's clock. */
export interface TargetState {
  readonly tenant: string;
  readonly target: string;
  readonly paused: boolean;
  readonly pauseReason?: string | undefined;
  readonly breaker: Breaker;
  readonly notBefore?: number | undefined;
  readonly closedMs: number;
  readonly closedSince?: number | undefined;
}

export interface TargetKey {
  readonly tenant: string;
  readonly target: string;
}

/** What the attempts of one batch say about a target. */
export interface TargetNews extends TargetKey {
  readonly events: readonly BreakerEvent[];
  /** AUTH: nothing more goes there until a person resumes it. */
  readonly pause?: string | undefined;
  readonly notBeforeMs?: number | undefined;
  /** A failure that says nothing against the target; the open clock is read for it. */
  readonly burnsBudget?: boolean | undefined;
}

interface TargetRow extends TargetKey {
  readonly paused: boolean;
  readonly pauseReason: string | null;
  readonly breaker: Breaker['state'];
  readonly failures: number;
  readonly openings: number;
  readonly until: number | null;
  readonly notBefore: number | null;
  readonly closedMs: number;
  readonly closedSince: number | null;
  readonly now: number;
}

const millis = (column: string) => `(extract(epoch FROM ${column}) * 1000)::double precision`;

const COLUMNS = `
  t.tenant, t.target, t.paused, t.pause_reason AS "pauseReason", t.breaker, t.breaker_failures AS failures,
  t.breaker_openings AS openings, ${millis('t.breaker_until')} AS until, ${millis('t.not_before')} AS "notBefore",
  t.closed_ms AS "closedMs", ${millis('t.closed_since')} AS "closedSince", ${millis('now()')} AS now`;

/** Locks those that failed, and those whose breaker a success changes; a success at a healthy target costs no write. */
const LOCK = `
  SELECT ${COLUMNS} FROM target_state t
  JOIN unnest($1::text[], $2::text[], $3::boolean[]) AS k (tenant, target, always)
    ON t.tenant = k.tenant AND t.target = k.target
  WHERE k.always OR t.breaker <> 'CLOSED' OR t.breaker_failures > 0
  ORDER BY t.tenant, t.target FOR UPDATE OF t`;

const STORE = `
  UPDATE target_state t SET
    paused = s.paused, pause_reason = s."pauseReason", paused_by = s."pausedBy",
    paused_at = CASE WHEN s.paused AND NOT t.paused THEN now() WHEN s.paused THEN t.paused_at END,
    breaker = s.breaker, breaker_failures = s.failures, breaker_openings = s.openings,
    breaker_until = to_timestamp(s.until / 1000), not_before = to_timestamp(s."notBefore" / 1000),
    closed_ms = s."closedMs", closed_since = to_timestamp(s."closedSince" / 1000)
  FROM jsonb_to_recordset($1::jsonb) AS s (tenant text, target text, paused boolean, "pauseReason" text,
    "pausedBy" text, breaker text, failures integer, openings integer, until double precision,
    "notBefore" double precision, "closedMs" double precision, "closedSince" double precision)
  WHERE t.tenant = s.tenant AND t.target = s.target`;

const ENSURE = `INSERT INTO target_state (tenant, target) VALUES ($1, $2) ON CONFLICT DO NOTHING`;

const RELEASE_LANES = `UPDATE delivery SET lane_held = false WHERE lane_held AND tenant = $1 AND target = $2`;

const LIST = `
  SELECT ${COLUMNS} FROM target_state t
  WHERE $1::text[] IS NULL OR t.tenant = ANY($1) ORDER BY t.tenant, t.target`;

/** Reading of the open clock and what changed, per target; see {@link keyOf}. */
export interface TargetUpdate {
  readonly now: number;
  readonly openClock: number;
  readonly before: TargetState;
  readonly after: TargetState;
}

export function keyOf({ tenant, target }: TargetKey): string {
  return `${tenant}:${target}`;
}

/** Folds what happened into breaker and pause; returns those targets that had to be looked at. */
export async function updateTargets(
  tx: Tx,
  news: readonly TargetNews[],
  actor: string,
): Promise<ReadonlyMap<string, TargetUpdate>> {
  if (news.length === 0) return new Map();
  const rows = await tx.query<TargetRow>(LOCK, [
    news.map(({ tenant }) => tenant),
    news.map(({ target }) => target),
    news.map(
      ({ events, pause, notBeforeMs, burnsBudget }) =>
        failed(events) || pause !== undefined || notBeforeMs !== undefined || burnsBudget === true,
    ),
  ]);
  const byKey = new Map(news.map((entry) => [keyOf(entry), entry]));
  const updates = rows.map((row) => {
    const before = toState(row);
    const { events, pause, notBeforeMs } = byKey.get(keyOf(row))!;
    const breaker = events.reduce((state, event) => nextBreaker(state, event, row.now), before.breaker);
    const notBefore =
      notBeforeMs === undefined ? before.notBefore : Math.max(before.notBefore ?? 0, row.now + notBeforeMs);
    const after = reopened({ ...before, breaker, notBefore, ...pausedFor(before, pause) }, row.now);
    return { now: row.now, openClock: openClock(before, row.now), before, after };
  });
  await storeTargets(tx, updates, actor);
  return new Map(updates.map((update) => [keyOf(update.before), update]));
}

/** Pauses or resumes by hand; resuming also closes the breaker and forgets a Retry-After. */
export async function switchTarget(
  tx: Tx,
  key: TargetKey,
  pause: string | undefined,
  actor: string,
): Promise<TargetUpdate> {
  await tx.query(ENSURE, [key.tenant, key.target]);
  const [row] = await tx.query<TargetRow>(LOCK, [[key.tenant], [key.target], [true]]);
  const before = toState(row!);
  const after =
    pause === undefined
      ? {
          ...before,
          paused: false,
          pauseReason: undefined,
          breaker: nextBreaker(before.breaker, { type: 'success' }, 0),
          notBefore: undefined,
        }
      : { ...before, paused: true, pauseReason: pause };
  const update = { now: row!.now, openClock: openClock(before, row!.now), before, after: reopened(after, row!.now) };
  await storeTargets(tx, [update], actor);
  await tx.query(RELEASE_LANES, [key.tenant, key.target]);
  return update;
}

export async function listTargets(sql: Sql, tenants?: readonly string[]): Promise<readonly TargetState[]> {
  return (await sql.query<TargetRow>(LIST, [tenants ?? null])).map(toState);
}

async function storeTargets(tx: Tx, updates: readonly TargetUpdate[], actor: string): Promise<void> {
  const rows = updates
    .filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))
    .map(({ after: { breaker, ...state } }) => ({
      ...state,
      pausedBy: state.paused ? actor : undefined,
      breaker: breaker.state,
      failures: breaker.failures,
      openings: breaker.openings,
      until: breaker.until,
    }));
  if (rows.length > 0) await tx.query(STORE, [JSON.stringify(rows)]);
}

function failed(events: readonly BreakerEvent[]): boolean {
  return events.some(({ type }) => type !== 'success');
}

function pausedFor(state: TargetState, pause: string | undefined) {
  return pause === undefined || state.paused ? {} : { paused: true, pauseReason: pause };
}

function reopened(state: TargetState, now: number): TargetState {
  return {
    ...state,
    closedSince: undefined,
    ...withClosed(state, state.paused || state.breaker.state !== 'CLOSED', now),
  };
}

function toState(row: TargetRow): TargetState {
  return {
    tenant: row.tenant,
    target: row.target,
    paused: row.paused,
    pauseReason: row.pauseReason ?? undefined,
    breaker: { state: row.breaker, failures: row.failures, openings: row.openings, until: row.until ?? undefined },
    notBefore: row.notBefore ?? undefined,
    closedMs: row.closedMs,
    closedSince: row.closedSince ?? undefined,
  };
}
