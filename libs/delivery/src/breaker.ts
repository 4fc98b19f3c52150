/** Breaker of one target. Times are milliseconds of the database's clock. */
export interface Breaker {
  readonly state: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  /** Transient failures in a row while CLOSED. */
  readonly failures: number;
  /** How often it opened in a row; each time it stays open twice as long. */
  readonly openings: number;
  /** OPEN: no delivery before. HALF_OPEN: the one delivery under way counts as lost after. */
  readonly until?: number | undefined;
}

export type BreakerEvent =
  | { readonly type: 'success' }
  /** The target did not answer, or answered that it cannot. A refusal of one delivery is a success here. */
  | { readonly type: 'failure' }
  /** One delivery is sent to see whether the target is back. */
  | { readonly type: 'trial'; readonly lostAfterMs: number };

export const closedBreaker: Breaker = { state: 'CLOSED', failures: 0, openings: 0 };

const THRESHOLD = 5;
const FIRST_OPEN_MS = 15_000;
const LONGEST_OPEN_MS = 10 * 60_000;

/** Next state of a breaker: opens at five failures in a row, tries with one delivery, closes at its success. */
export function nextBreaker(breaker: Breaker, event: BreakerEvent, now: number): Breaker {
  switch (event.type) {
    case 'success':
      return closedBreaker;
    case 'trial':
      return mayTry(breaker, now) && breaker.state !== 'CLOSED'
        ? { ...breaker, state: 'HALF_OPEN', until: now + event.lostAfterMs }
        : breaker;
    case 'failure': {
      if (breaker.state === 'OPEN') return breaker;
      const failures = breaker.failures + 1;
      if (breaker.state === 'CLOSED' && failures < THRESHOLD) return { ...breaker, failures };
      const openMs = Math.min(FIRST_OPEN_MS * 2 ** Math.min(breaker.openings, 10), LONGEST_OPEN_MS);
      return { state: 'OPEN', failures, openings: breaker.openings + 1, until: now + openMs };
    }
    default:
      return event satisfies never;
  }
}

/** Whether a delivery may be sent: any while CLOSED, one once OPEN (or a lost HALF_OPEN trial) has run out. */
export function mayTry(breaker: Breaker, now: number): boolean {
  return breaker.state === 'CLOSED' || (breaker.until ?? 0) <= now;
}

/** How long a target has been closed (paused, or breaker not CLOSED), for budgets of open time. */
export interface OpenTime {
  readonly closedMs: number;
  readonly closedSince?: number | undefined;
}

/** A clock that stands still while the target is closed, in milliseconds. */
export function openClock(time: OpenTime, now: number): number {
  const current = time.closedSince === undefined ? 0 : Math.max(0, now - time.closedSince);
  return now - time.closedMs - current;
}

export function withClosed(time: OpenTime, closed: boolean, now: number): OpenTime {
  if (closed === (time.closedSince !== undefined)) return time;
  if (closed) return { closedMs: time.closedMs, closedSince: now };
  return { closedMs: time.closedMs + Math.max(0, now - time.closedSince!) };
}
