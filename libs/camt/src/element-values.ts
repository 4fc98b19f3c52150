import { isDay } from '@ozg-hub/core';
import { type Money, money, parseDecimal } from '@ozg-hub/money';
import type { XmlTree } from '@ozg-hub/xml';
import type { Direction } from './account.ts';
import { camtErrors } from './errors.ts';

/** 18 digits, and some zeros that the schema lets pass. */
const LONGEST_NUMBER = 40;
/** Without zeros at the ends, which mean nothing; `.5` and `12.` are numbers too. */
const DECIMAL = /^([+-]?)(?=\.?\d)0*(\d*)(?:\.(\d*?)0*)?$/;

/** An element and where it stands; what is wrong inside is told with its path and line. */
export interface Place {
  readonly tree: XmlTree;
  readonly path: string;
}

/** @throws HUB_CAMT_VALUE at this place */
export function refuse({ tree, path }: Place, message: string): never {
  throw camtErrors.HUB_CAMT_VALUE({ places: [{ path, line: tree.line, message }] });
}

/** The first element by this way of names; undefined where there is none. */
export function find(place: Place, ...names: readonly string[]): Place | undefined {
  let { tree, path } = place;
  for (const name of names) {
    const next = tree.children.find(({ local }) => local === name);
    if (next === undefined) return undefined;
    tree = next;
    path += `/${name}`;
  }
  return { tree, path };
}

/** @throws HUB_CAMT_VALUE where there is none */
export function need(place: Place, ...names: readonly string[]): Place {
  return find(place, ...names) ?? refuse(place, `lacks ${names.join('/')}`);
}

export function findAll({ tree, path }: Place, name: string): Place[] {
  return tree.children
    .filter(({ local }) => local === name)
    .map((child, index) => ({ tree: child, path: `${path}/${name}[${index + 1}]` }));
}

/** Text without blanks at the ends; undefined for none and an empty one. */
export function text(place: Place, ...names: readonly string[]): string | undefined {
  const found = find(place, ...names)?.tree.text.trim();
  return found === '' ? undefined : found;
}

/** @throws HUB_CAMT_VALUE */
export function needText(place: Place, ...names: readonly string[]): string {
  return text(place, ...names) ?? refuse(place, `lacks ${names.join('/')}`);
}

/** An amount with its currency. @throws HUB_CAMT_VALUE for one that is negative, or finer than its currency */
export function amount(place: Place): Money {
  const currency = place.tree.attributes['Ccy'] ?? '';
  if (!/^[A-Z]{3}$/.test(currency)) refuse(place, 'lacks its currency');
  const read = decimal(place, currency);
  return read.minor < 0 ? refuse(place, 'must not be negative') : read;
}

/** A decimal number of the schema in a currency that stands elsewhere. @throws HUB_CAMT_VALUE */
export function decimal(place: Place, currency: string): Money {
  const written = place.tree.text.trim();
  const [, sign, whole = '', fraction = ''] =
    (written.length <= LONGEST_NUMBER && DECIMAL.exec(written)) || refuse(place, 'must be a decimal number');
  try {
    const number = `${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
    return parseDecimal(sign === '-' ? `-${number}` : number, currency);
  } catch {
    return refuse(place, 'must be an amount of its currency that can be counted exactly');
  }
}

/** @throws HUB_CAMT_VALUE */
export function direction(place: Place): Direction {
  const found = place.tree.text.trim();
  return found === 'CRDT' || found === 'DBIT' ? found : refuse(place, 'must be CRDT or DBIT');
}

/** @throws HUB_CAMT_VALUE */
export function count(place: Place): number {
  const found = place.tree.text.trim();
  return /^\d{1,15}$/.test(found) ? Number(found) : refuse(place, 'must be a whole number');
}

/** @throws HUB_CAMT_VALUE */
export function indicator(place: Place): boolean {
  const found = place.tree.text.trim();
  return (
    ['true', '1'].includes(found) || (['false', '0'].includes(found) ? false : refuse(place, 'must be true or false'))
  );
}

/** The day of `Dt`, or of `DtTm` as the bank wrote it; undefined where neither is there. @throws HUB_CAMT_VALUE */
export function day(place: Place | undefined): string | undefined {
  const found = place && (find(place, 'Dt') ?? need(place, 'DtTm'));
  if (found === undefined) return undefined;
  const written = found.tree.text.trim();
  return isDay(written.slice(0, 10)) ? written.slice(0, 10) : refuse(found, 'must be a day');
}

/** Positive for what comes in. */
export function signed(value: Money, of: Direction): Money {
  return of === 'CRDT' ? value : money(-value.minor, value.currency);
}
