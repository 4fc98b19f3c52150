const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const DELAYS = [0, 0, 10 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR] as const;

/** Open time a delivery may spend failing before it parks: 72 h. Time with the target paused or its breaker open does not count. */
export const retryBudgetMs = 72 * HOUR;

/** A target's `Retry-After` is honoured up to here: 24 h. */
export const longestRetryAfterMs = 24 * HOUR;

/**
 * Milliseconds until the next try: two at once, then 10 s, 1 m, 5 m, 30 m, 2 h, 6 h, and 12 h from then on, each ± 10 %.
 * `Retry-After` wins over the table and gets up to 10 % on top, so that waiting deliveries do not return as one.
 * @param failures failed tries so far, this one included, from 1
 * @param random uniform in [0, 1)
 */
export function retryDelayMs(failures: number, random: number, retryAfterSeconds?: number): number {
  if (retryAfterSeconds !== undefined && retryAfterSeconds > 0) {
    return Math.round(Math.min(retryAfterSeconds * SECOND, longestRetryAfterMs) * (1 + 0.1 * random));
  }
  const delay = DELAYS[Math.min(Math.max(failures, 1), DELAYS.length) - 1]!;
  return Math.round(delay * (0.9 + 0.2 * random));
}

/** Milliseconds until an unreachable probe is tried again: 10 s, 1 m, 5 m, then 30 m. */
export function probeDelayMs(failures: number, random: number): number {
  return retryDelayMs(Math.min(failures + 2, 6), random);
}

export function budgetExhausted(usedMs: number): boolean {
  return usedMs >= retryBudgetMs;
}
