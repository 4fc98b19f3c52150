import { type HubError, isHubError } from '@ozg-hub/core';
import { storeErrors } from './errors.ts';

/** Of a server that was demoted to a standby, under a connection from before. */
const READ_ONLY = '25006';
const NO_RIGHT = '42501';

/** What PostgreSQL said, without the parts in which it quotes values: the `cause` of the store's errors. */
export class SqlFailure extends Error {
  override readonly name = 'SqlFailure';
  /** Five characters, PostgreSQL appendix A; empty where the connection failed, not the statement. */
  readonly sqlState: string;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  /** Offset in the statement text, from 1. */
  readonly position: number | undefined;

  constructor(error: unknown) {
    const raw = error as Partial<Record<'code' | 'constraint' | 'table' | 'column' | 'position' | 'message', string>>;
    const sqlState = isSqlState(raw.code) && 'severity' in (error as object) ? raw.code : '';
    super(sqlState.startsWith('22') ? `SQLSTATE ${sqlState}` : (raw.message ?? 'unknown failure'));
    this.sqlState = sqlState;
    this.constraint = raw.constraint;
    this.table = raw.table;
    this.column = raw.column;
    this.position = raw.position ? Number(raw.position) : undefined;
  }
}

/** True for HUB_STORE_CONSTRAINT by a unique index; with `constraint`, by that one. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!isHubError(error, 'HUB_STORE_CONSTRAINT')) return false;
  const failure = error.cause;
  return (
    failure instanceof SqlFailure &&
    failure.sqlState === '23505' &&
    (constraint === undefined || failure.constraint === constraint)
  );
}

/** Serialization failure or deadlock: the same transaction may succeed when run again. */
export function isCollision(error: unknown): boolean {
  return isHubError(error, 'HUB_STORE_CONFLICT');
}

/** True where the session is gone, so that nothing more can be learnt through it. */
export function connectionIsLost(error: unknown): boolean {
  if (isHubError(error)) return false;
  const { sqlState } = new SqlFailure(error);
  return sqlState === '' || sqlState === READ_ONLY || sqlState.startsWith('08') || sqlState.startsWith('57P');
}

/** The session holds a plan of a table that was altered meanwhile; a new session is needed. */
export function planIsStale(error: unknown): boolean {
  const { sqlState, message } = new SqlFailure(error);
  return (sqlState === '0A000' && message.includes('cached plan')) || sqlState === '26000';
}

/** Translates what pg throws; errors of the hub pass unchanged. */
export function storeError(error: unknown): HubError {
  if (isHubError(error)) return error;
  const cause = new SqlFailure(error);
  const state = cause.sqlState;
  if (state === '') {
    if (cause.message.startsWith('timeout exceeded')) {
      return storeErrors.HUB_STORE_BUSY({ detail: 'No database connection became free in time.', cause });
    }
    if (error instanceof TypeError || error instanceof RangeError) return storeErrors.HUB_STORE_STATEMENT({ cause });
    return storeErrors.HUB_STORE_UNREACHABLE({ cause, retryAfterSeconds: 5 });
  }
  if (state === '53100' || /No space left on device|Disk quota exceeded/.test(cause.message)) {
    return storeErrors.HUB_STORE_FULL({ cause, retryAfterSeconds: 30 });
  }
  if (state === '40001' || state === '40P01') return storeErrors.HUB_STORE_CONFLICT({ cause, retryAfterSeconds: 1 });
  if (state === '57014' || state === '55P03' || state === '25P03' || state === '25P04' || planIsStale(error)) {
    return storeErrors.HUB_STORE_BUSY({ cause, retryAfterSeconds: 5 });
  }
  if (state === READ_ONLY || /^(08|53|57P|58)/.test(state))
    return storeErrors.HUB_STORE_UNREACHABLE({ cause, retryAfterSeconds: 5 });
  if (state === NO_RIGHT || /^(28|3D)/.test(state)) {
    return storeErrors.HUB_STORE_ACCESS({ cause, retryAfterSeconds: 30 });
  }
  if (state.startsWith('23')) {
    const detail = `Constraint ${cause.constraint ?? `on ${cause.table}.${cause.column}`} refuses the change (SQLSTATE ${state}).`;
    return storeErrors.HUB_STORE_CONSTRAINT({ detail, cause });
  }
  return storeErrors.HUB_STORE_STATEMENT({ detail: `PostgreSQL refuses a statement (SQLSTATE ${state}).`, cause });
}

function isSqlState(code: string | undefined): code is string {
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code);
}
