import { berlinDate } from '@ozg-hub/core';

const DAY = 86_400_000;

/**
 * The instant `days` working days later, at the same time of day: Saturdays, Sundays and the public holidays of Hessen
 * (HFeiertagsG § 1) do not count.
 */
export function addWorkingDays(from: Date, days: number): Date {
  let instant = from.getTime();
  for (let left = days; left > 0;) {
    instant += DAY;
    if (isWorkingDay(new Date(instant))) left -= 1;
  }
  return new Date(instant);
}

function isWorkingDay(instant: Date): boolean {
  const date = new Date(`${berlinDate(instant)}T00:00:00Z`);
  const weekday = date.getUTCDay();
  if (weekday === 0 || weekday === 6) return false;
  const fixed = `${date.getUTCMonth() + 1}-${date.getUTCDate()}`;
  if (['1-1', '5-1', '10-3', '12-25', '12-26'].includes(fixed)) return false;
  const sinceEaster = (date.getTime() - easterSunday(date.getUTCFullYear())) / DAY;
  return ![-2, 1, 39, 50, 60].includes(sinceEaster);
}

/** Anonymous Gregorian algorithm; milliseconds UTC of that day's midnight. */
function easterSunday(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const month = Math.floor((h + l - 7 * m + 114) / 31);
  return Date.UTC(year, month - 1, ((h + l - 7 * m + 114) % 31) + 1);
}
