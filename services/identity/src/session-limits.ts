import type { Vertrauensniveau } from '@ozg-hub/identity';

/** How long a login may be relied on, in seconds (TR-03160-1): at most in all, and at most without activity. */
export interface SessionLimits {
  readonly whole: number;
  readonly idle: number;
}

const HOUR = 3600;

export const sessionLimits: Readonly<Record<Vertrauensniveau, SessionLimits>> = Object.freeze({
  basis: { whole: 12 * HOUR, idle: HOUR },
  substanziell: { whole: 2 * HOUR, idle: HOUR / 2 },
  hoch: { whole: HOUR / 2, idle: HOUR / 12 },
});

/** The limits of an `acr`; the strictest where there is none. */
export function limitsOf(acr: string | undefined): SessionLimits {
  return acr !== undefined && Object.hasOwn(sessionLimits, acr)
    ? sessionLimits[acr as Vertrauensniveau]
    : sessionLimits.hoch;
}
