import type { ValueExtraction, ValueType } from './job.ts';

export type RawValue = string | number | boolean;

/** Reads one text; `missing` where there is none, undefined where it is not of the type. */
export type ValueReader = (raw: RawValue) => RawValue | undefined | typeof missing;

export const missing: unique symbol = Symbol('missing');

/** The reader of an extraction's `as`, `values` and `format`. */
export function valueReader({ as = 'string', values, format }: ValueExtraction): ValueReader {
  const read = as === 'date' || as === 'dateTime' ? timeReader(as, format) : READERS[as];
  const map = values && new Map(Object.entries(values));
  if (as === 'string' && map === undefined) return read;
  return (raw) => {
    if (typeof raw !== 'string') return read(raw);
    const text = raw.trim();
    if (text === '') return missing;
    if (map === undefined) return read(text);
    const mapped = map.get(text);
    return mapped === undefined ? undefined : read(mapped);
  };
}

const text = (raw: RawValue) => String(raw);
const BOOLEANS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

const READERS: Readonly<Record<Exclude<ValueType, 'date' | 'dateTime'>, (raw: RawValue) => RawValue | undefined>> = {
  string: text,
  trimmed: text,
  number: (raw) => (Number.isFinite(Number(raw)) ? Number(raw) : undefined),
  integer: (raw) => (/^[+-]?\d+$/.test(String(raw)) ? String(raw) : undefined),
  amount: (raw) => {
    const [, units, decimals = ''] = /^(\d{1,12})(?:[.,](\d{1,2}))?$/.exec(String(raw)) ?? [];
    return units === undefined ? undefined : Number(units) * 100 + Number(decimals.padEnd(2, '0'));
  },
  boolean: (raw) => (typeof raw === 'boolean' ? raw : BOOLEANS.get(String(raw))),
};

const ISO_DATE = /^(?<yyyy>\d{4})-(?<MM>\d\d)-(?<dd>\d\d)$/;
const COMMON_DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/;
const ISO_TIME =
  /^(?<yyyy>\d{4})-(?<MM>\d\d)-(?<dd>\d\d)T(?<HH>\d\d):(?<mm>\d\d)(?::(?<ss>\d\d)(?<fraction>\.\d+)?)?(?<offset>Z|[+-]\d\d:\d\d)?$/;
const LETTERS = /yyyy|MM|dd|HH|mm|ss/g;

function timeReader(as: 'date' | 'dateTime', format: string | undefined) {
  const pattern = format === undefined ? (as === 'date' ? ISO_DATE : ISO_TIME) : patternOf(format);
  return (raw: RawValue): string | undefined => {
    // Most dates: written as they are wanted, on a day that every month has.
    if (pattern === ISO_DATE && COMMON_DATE.test(raw as string)) return raw as string;
    const parts = pattern.exec(String(raw))?.groups;
    if (parts === undefined) return undefined;
    const { yyyy = '', MM = '', dd = '', HH = '00', mm = '00', ss = '00', fraction = '', offset } = parts;
    const date = `${yyyy}-${MM}-${dd}`;
    const local = `${date}T${HH}:${mm}:${ss}`;
    const utc = Date.parse(`${local}Z`);
    if (Number.isNaN(utc) || new Date(utc).toISOString().slice(0, 19) !== local) return undefined;
    return as === 'date' ? date : `${local}${fraction}${offset ?? berlinOffset(utc)}`;
  };
}

function patternOf(format: string): RegExp {
  const escaped = format.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replace(LETTERS, (letters) => `(?<${letters}>\\d{${letters.length}})`)}$`);
}

/** Offset of a wall-clock time in Berlin; in the doubled hour of autumn that of summer. */
function berlinOffset(wallClock: number): string {
  const summer = 7_200_000;
  return berlinHours(wallClock - summer) === new Date(wallClock).getUTCHours() ? '+02:00' : '+01:00';
}

function berlinHours(instant: number): number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', hour: '2-digit', hourCycle: 'h23' });
  return Number(format.format(instant));
}
