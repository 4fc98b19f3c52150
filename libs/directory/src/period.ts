import { z } from 'zod';

/** A day in Hessen, `2026-01-31`. */
export const day = z.iso.date();

/** Both days inclusive; an open side is unlimited. */
export const periodFields = { validFrom: day.optional(), validTo: day.optional() };

export interface Period {
  readonly validFrom?: string | undefined;
  readonly validTo?: string | undefined;
}

export function isValidOn(period: Period, on: string): boolean {
  return (period.validFrom ?? on) <= on && on <= (period.validTo ?? on);
}

export function overlap(one: Period, other: Period): boolean {
  return (
    (one.validFrom === undefined || other.validTo === undefined || one.validFrom <= other.validTo) &&
    (other.validFrom === undefined || one.validTo === undefined || other.validFrom <= one.validTo)
  );
}

/** Refinement for schemas with {@link periodFields}. */
export function endsAfterItBegins(period: Period): boolean {
  return !period.validFrom || !period.validTo || period.validFrom <= period.validTo;
}
