import { type ErrorPlace, isDay } from '@ozg-hub/core';
import type { XmlElement } from '@ozg-hub/xml';

const MOST_PLACES = 50;

interface Rule {
  readonly pattern?: RegExp;
  readonly most?: number;
  readonly message: string;
}

const text = (most: number): Rule => ({ most, message: `must have 1 to ${most} characters` });
const pattern = (expression: RegExp, message: string): Rule => ({ pattern: expression, message });
const code = pattern(/^[A-Z0-9]{4}$/, 'must be a code of four capital letters or digits');

/** Simple types of camt.054.001.08 by the last or the last two names of an element. */
const RULES: Readonly<Record<string, Rule>> = {
  MsgId: text(35),
  Id: text(35),
  'Othr/Id': text(34),
  IBAN: pattern(/^[A-Z]{2}\d{2}[a-zA-Z0-9]{1,30}$/, 'must be an IBAN without blanks'),
  Ccy: pattern(/^[A-Z]{3}$/, 'must be a code of ISO 4217'),
  ElctrncSeqNb: pattern(/^\d{1,18}$/, 'must be a whole number'),
  NtryRef: text(35),
  AcctSvcrRef: text(35),
  EndToEndId: text(35),
  Ref: text(35),
  Tp: text(35),
  Issr: text(35),
  Ustrd: text(140),
  AddtlInf: text(105),
  'Rsn/Prtry': text(35),
  'Prtry/Cd': text(35),
  'Domn/Cd': code,
  'Fmly/Cd': code,
  SubFmlyCd: code,
  CdtDbtInd: pattern(/^(?:CRDT|DBIT)$/, 'must be CRDT or DBIT'),
  PmtInfId: text(35),
};

/** No blank at either end, and one line: what readers of both kinds, strict and lenient, take for the same. */
const ONE_LINE = /^[^ \t\n\r](?:[^\t\n\r]*[^ \t\n\r])?$/u;

/** What of the texts of a message the schema would refuse; at most 50 places, by their paths. */
export function placesOf(root: XmlElement): ErrorPlace[] {
  const places: ErrorPlace[] = [];
  check(root, '', `/${root.name}`, places);
  return places;
}

function check({ name, children = [] }: XmlElement, above: string, path: string, places: ErrorPlace[]): void {
  const rule = RULES[`${above}/${name}`] ?? RULES[name];
  const seen = new Map<string, number>();
  for (const child of children) {
    if (places.length === MOST_PLACES) return;
    if (child === undefined) continue;
    if (typeof child === 'string') {
      if (rule !== undefined && !fits(child, rule)) places.push({ path, message: rule.message });
      else if (!isDayIn(name, child)) places.push({ path, message: 'must be a day, e.g. 2026-11-20' });
      continue;
    }
    const position = (seen.get(child.name) ?? 0) + 1;
    seen.set(child.name, position);
    check(child, name, `${path}/${child.name}[${position}]`, places);
  }
}

function fits(value: string, rule: Rule): boolean {
  if (rule.pattern !== undefined) return rule.pattern.test(value);
  return ONE_LINE.test(value) && [...value].length <= (rule.most ?? 0);
}

const isDayIn = (name: string, value: string) => name !== 'Dt' || isDay(value);
