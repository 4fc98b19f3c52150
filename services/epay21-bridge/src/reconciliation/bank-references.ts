const LONGEST_TEXT = 2000;
const MOST_REFERENCES = 40;
const LONGEST_REFERENCE = 40;
/** What a person may have been called by is no reference: those have digits. */
const DIGITS = 4;
const IBAN = /^(?!RF)[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/;

/** A reference as it is compared: capitals and digits only. */
export function bareReference(text: string): string {
  return text.replaceAll(/[^0-9A-Za-z]/g, '').toUpperCase();
}

/**
 * What may be a Kassenzeichen or another reference in texts of a bank: words with four digits at least, and neighbours that a
 * line break or blank may have torn apart. Names, addresses and account numbers are not among them. 40 at most.
 */
export function referencesIn(texts: readonly (string | undefined)[]): string[] {
  const found = new Set<string>();
  for (const text of texts) {
    if (text === undefined) continue;
    const words = text
      .slice(0, LONGEST_TEXT)
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
  if (found.size >= MOST_REFERENCES || reference.length > LONGEST_REFERENCE || isIban(reference)) return;
  if (reference.replaceAll(/\D/g, '').length >= DIGITS) found.add(reference);
}

/** By form and check digits (ISO 13616): a Kassenzeichen may look like one. */
function isIban(text: string): boolean {
  if (!IBAN.test(text)) return false;
  const digits = [...`${text.slice(4)}${text.slice(0, 4)}`].map((sign) => Number.parseInt(sign, 36)).join('');
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
