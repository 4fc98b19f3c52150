const LONGEST_TEXT = 2000;
const MOST_REFERENCES = 40;
const LONGEST_REFERENCE = 40;
/** What a person may have been called by is no reference: those have digits. */
const DIGITS = 4;

/** How an IBAN begins, in one piece or in groups; RF is a creditor reference. */
const IBAN_BEGIN = /(?<![0-9A-Z])(?:IBAN)?((?!RF)[A-Z]{2}[ .-]?\d[ .-]?\d)/gi;
/** Of countries whose IBANs are usual; of others one in one piece is known by its check digits (ISO 13616). */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AL28 AT20 BA20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GE22 GI23 GR27 HR21 HU28 IE22 ' +
    'IS26 IT27 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MT31 NL18 NO15 PL28 PT25 RO24 RS22 SE24 SI19 SK24 SM27 TR26 ' +
    'UA29 VA22 XK20'
  )
    .split(' ')
    .map((one) => [one.slice(0, 2), Number(one.slice(2))]),
);
const IBAN = /^(?!RF)[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/;

/** Whole dates and times of day, apart from what else stands there: `03.09.1980`, `2026-09-03T10:15:00`, `10:15 Uhr`. */
const DATES = new RegExp(
  '(?<![0-9A-Za-z]|[0-9A-Za-z][-./])(?:' +
    String.raw`(?:0?[1-9]|[12]\d|3[01])(?:\. ?(?:0?[1-9]|1[0-2])\. ?(?:19|20)?|([-/])(?:0?[1-9]|1[0-2])\1(?:19|20))\d\d` +
    String.raw`|(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:T[\d:.]+(?:Z|[+-][\d:]+)?)?` +
    String.raw`|(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?` +
    ')(?![-./:]?[0-9A-Za-z])',
  'g',
);
/** Stands where something was left out: its neighbours are none of each other. */
const GAP = ' x ';

/** A reference as it is compared: capitals and digits only. */
export function bareReference(text: string): string {
  return text.replaceAll(/[^0-9A-Za-z]/g, '').toUpperCase();
}

/**
 * What may be a Kassenzeichen or another reference in texts of a bank: words with four digits at least, and neighbours that a
 * line break or blank may have torn apart; 40 at most. Words without digits are left out, so names and streets, and IBANs, whole
 * dates and times. Any other number may be a reference: a postal code, or an account number that is no IBAN, is among them.
 */
export function referencesIn(texts: readonly (string | undefined)[]): string[] {
  const found = new Set<string>();
  for (const text of texts) {
    if (text === undefined) continue;
    const words = withoutIbans(text.slice(0, LONGEST_TEXT))
      .replaceAll(DATES, GAP)
      .split(/[\s,;:+()?"']+/)
      .filter((word) => /[0-9A-Za-z]/.test(word));
    for (const length of [1, 2, 3]) {
      for (let from = 0; from + length <= words.length; from += 1) {
        const neighbours = words.slice(from, from + length);
        if (neighbours.every((word) => /\d/.test(word))) keep(found, neighbours.join(''));
      }
    }
    for (const word of words) if (word.includes('/')) for (const part of word.split('/')) keep(found, part);
  }
  return [...found];
}

function keep(found: Set<string>, text: string): void {
  const reference = bareReference(text);
  if (found.size >= MOST_REFERENCES || reference.length > LONGEST_REFERENCE) return;
  if (IBAN.test(reference) && checks(reference)) return;
  if (reference.replaceAll(/\D/g, '').length >= DIGITS) found.add(reference);
}

/** The text without IBANs in groups, wherever banks and payers set blanks. */
function withoutIbans(text: string): string {
  let rest = '';
  let at = 0;
  for (const { index, 0: begin, 1: first } of text.matchAll(IBAN_BEGIN)) {
    const end = index < at ? undefined : ibanEnd(text, index + begin.length, bareReference(first!));
    if (end === undefined) continue;
    rest += text.slice(at, index) + GAP;
    at = end;
  }
  return rest + text.slice(at);
}

/** @returns where the IBAN ends that begins so; undefined where it is none */
function ibanEnd(text: string, from: number, begin: string): number | undefined {
  const length = IBAN_LENGTHS.get(begin.slice(0, 2));
  if (length === undefined) return undefined;
  const signs = new RegExp(`^(?:[ .-]?[0-9A-Z]){${length - begin.length}}`, 'i').exec(text.slice(from))?.[0];
  return signs !== undefined && checks(begin + bareReference(signs)) ? from + signs.length : undefined;
}

/** By check digits (ISO 13616), for a Kassenzeichen may look like an IBAN. */
function checks(iban: string): boolean {
  const digits = [...`${iban.slice(4)}${iban.slice(0, 4)}`].map((sign) => Number.parseInt(sign, 36)).join('');
  return [...digits].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
}

/** The payout reference that a pattern with one group finds in the first of the texts that has one. */
export function payoutReferenceIn(pattern: RegExp, texts: readonly (string | undefined)[]): string | undefined {
  for (const text of texts) {
    const found = text === undefined ? undefined : pattern.exec(text.slice(0, LONGEST_TEXT))?.[1]?.trim();
    if (found) return found;
  }
  return undefined;
}
