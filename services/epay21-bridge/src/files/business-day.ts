import { berlinDateTime } from '@ozg-hub/core';

/**
 * The last business day that may be closed at that instant: yesterday once it is `closeAt` in Germany, else the day
 * before. Counted in days of the calendar, so that those of 23 and of 25 hours are days like others.
 * @param closeAt `HH:mm`
 */
export function lastClosableDay(now: Date, closeAt: string): string {
  const local = berlinDateTime(now);
  const yesterday = dayBefore(local.slice(0, 10));
  return local.slice(11, 16) >= closeAt ? yesterday : dayBefore(yesterday);
}

export function dayBefore(day: string): string {
  return shifted(day, -1);
}

export function dayAfter(day: string): string {
  return shifted(day, 1);
}

function shifted(day: string, days: number): string {
  const noon = new Date(`${day}T12:00:00Z`);
  noon.setUTCDate(noon.getUTCDate() + days);
  return noon.toISOString().slice(0, 10);
}
