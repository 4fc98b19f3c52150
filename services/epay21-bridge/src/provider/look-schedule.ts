import type { PaymentState } from '../payment.ts';
import { isOpen, isWithoutMoney } from '../transition.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** Seconds: dense while the citizen pays, then ever wider. */
const WHILE_OPEN = [3, 5, 5, 10, 10, 15, 20, 30, 60, 60, 120, 300];
const AFTER_DOUBT = [5, 30, 60, 120, 5 * MINUTE, 60 * MINUTE, DAY];
const AFTER_FAILURE = [2, 5, 10, 30, 60, 120, 300];
/** While a payment waits to be closed at its service. */
const AFTER_REFUSED_CLOSING = [30, 60, 120, 300, 900, 3600];
/** However long a service asks for patience. */
const MOST_PATIENCE = 60 * MINUTE;
/** The service's own time-out is not ours: it may end a payment a little later. */
export const GRACE_SECONDS = 15 * MINUTE;
/** Money that comes late is found by a look a day, for so many days. */
export const SWEEP_DAYS = 14;

export interface LookFacts {
  readonly state: PaymentState;
  /** Looks so far. */
  readonly looks: number;
  /** Seconds until the time for paying is over; negative afterwards. */
  readonly secondsLeft: number;
  /** Looks in a row that got no usable answer. */
  readonly failures: number;
  /** As the service asked for. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * Seconds until the next look, without jitter; undefined: never again. An open payment has one look shortly after its
 * time is over, so that it ends then and not some interval later.
 */
export function secondsToNextLook(facts: LookFacts): number | undefined {
  const { state, looks, secondsLeft, failures } = facts;
  const asked = Math.min(facts.retryAfterSeconds ?? 0, MOST_PATIENCE);
  const sweepEnds = secondsLeft + SWEEP_DAYS * DAY;
  if (state === 'UNKNOWN') {
    return sweepEnds > 0 ? Math.max(at(AFTER_DOUBT, Math.max(looks - 1, 0)), asked) : undefined;
  }
  if (isWithoutMoney(state)) return sweepEnds > DAY ? DAY : undefined;
  if (!isOpen(state)) return undefined;
  const ends = secondsLeft + GRACE_SECONDS;
  // Over, and the service does not say so: it cannot be asked, or says something else than it should.
  if (ends <= 0) return sweepEnds > 0 ? Math.max(at(AFTER_FAILURE, Infinity), asked) : undefined;
  const wanted = failures > 0 ? at(AFTER_FAILURE, failures - 1) : at(WHILE_OPEN, looks);
  return Math.max(Math.min(wanted, Math.max(ends, 1)), asked);
}

/** Seconds until a payment is tried to be closed again; at once while nothing has failed. */
export function secondsToNextClosing(failures: number, retryAfterSeconds = 0): number {
  const wanted = failures > 0 ? at(AFTER_REFUSED_CLOSING, failures - 1) : 1;
  return Math.max(wanted, Math.min(retryAfterSeconds, MOST_PATIENCE));
}

/** Whether an open payment is given up now. */
export function isOver({ state, secondsLeft }: Pick<LookFacts, 'state' | 'secondsLeft'>): boolean {
  return (state === 'CREATED' || state === 'INITIATED') && secondsLeft + GRACE_SECONDS <= 0;
}

/** A fifth more or less, so that payments of one moment do not stay together. @param random 0 ≤ random < 1 */
export function jittered(seconds: number, random: number): number {
  return seconds * (0.8 + 0.4 * random);
}

function at(steps: readonly number[], index: number): number {
  return steps[Math.min(index, steps.length - 1)]!;
}
