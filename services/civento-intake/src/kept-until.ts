import { berlinDate } from '@ozg-hub/core';

const HOUR_MS = 3_600_000;

/** Until when contents are kept: a number of months after the day, in Hessen, on which they were accepted. */
export class KeptUntil {
  #hour = Number.NaN;
  readonly #days = new Map<number, string>();

  /** `YYYY-MM-DD`; a day that its month does not have is that month's last. */
  day(acceptedAt: Date, months: number): string {
    // The day changes at full hours only, so what was found out in an hour holds for all of it.
    const hour = Math.floor(acceptedAt.getTime() / HOUR_MS);
    if (hour !== this.#hour) this.#days.clear();
    this.#hour = hour;
    const day = this.#days.get(months) ?? dayAfter(berlinDate(acceptedAt), months);
    this.#days.set(months, day);
    return day;
  }
}

function dayAfter(date: string, months: number): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const lastOfMonth = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(day, lastOfMonth))).toISOString().slice(0, 10);
}
