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
  const part = Object.fromEntries(BERLIN_PARTS.formatToParts(instant).map(({ type, value }) => [type, value]));
  const offset = part['timeZoneName']!.replace('GMT', '') || '+00:00';
  return `${part['year']}-${part['month']}-${part['day']}T${part['hour']}:${part['minute']}:${part['second']}${offset}`;
}
