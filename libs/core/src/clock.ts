/** Time of the process, for ids, names and texts. Schedules take their time from the database instead. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

const BERLIN_DATE = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin', dateStyle: 'short' });
const BERLIN_PARTS = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Berlin',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'longOffset',
});

/** `xs:date` as it is in Hessen at that instant: `2026-08-21`. */
export function berlinDate(instant: Date): string {
  return BERLIN_DATE.format(instant);
}

/** `xs:dateTime` in Hessen's local time with its offset, whole seconds: `2026-08-21T10:15:30+02:00`. */
export function berlinDateTime(instant: Date): string {
  // One text to match costs a third of the list of its parts.
  const [, date, time, offset] = PARTS.exec(BERLIN_PARTS.format(instant))!;
  return `${date}T${time}${offset || '+00:00'}`;
}

/** `2026-11-20`, and a day that there is. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  // 31 June rolls over; what is no date at all has no day.
  return new Date(`${text}T00:00:00Z`).getUTCDate() === Number(text.slice(8));
}

const PARTS = /^(\d+-\d\d-\d\d)\D+(\d\d:\d\d:\d\d) GMT(.*)$/;
