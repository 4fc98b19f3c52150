import { isStringLatin, stringLatinLetter } from './string-latin.ts';

/** Which characters a message may carry; XML's own, and for 2.4 those of String.Latin too. */
export type Alphabet = 'xml' | 'string-latin';

export interface Transliterated {
  readonly text: string;
  /** Characters that were replaced. */
  readonly replaced: number;
  /** Those among them for which nothing of the kind exists: a question mark stands in their place. */
  readonly lost: number;
  /** The characters that are no letters, as `U+2013`, once each. Letters are not told: together they are a value. */
  readonly signs: readonly string[];
}

/** All of these and nothing else may not stand in an XML 1.0 document (production 2, Char); lone surrogates neither. */
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/u;

/** Cheaper by far, and true for little but emoji beside what is forbidden. */
// oxlint-disable-next-line no-control-regex
const SUSPECT = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uD800-\uDFFF\uFFFE\uFFFF]/;

export function isXmlText(text: string): boolean {
  return !SUSPECT.test(text) || !FORBIDDEN.test(text);
}

/** True where the text may stand as it is. String.Latin is asked of the composed form (NFC). */
export function fits(text: string, alphabet: Alphabet): boolean {
  return isXmlText(text) && (alphabet === 'xml' || isStringLatin(text.normalize('NFC')));
}

/** The text with every character that may not stand replaced by what comes nearest, in composed form (NFC). */
export function transliterate(text: string, alphabet: Alphabet): Transliterated {
  const signs = new Set<string>();
  let [result, replaced, lost] = ['', 0, 0];
  for (const cluster of clusters(text.normalize('NFC'), alphabet)) {
    if (fits(cluster, alphabet)) {
      result += cluster;
      continue;
    }
    const nearest = nearestTo(cluster, alphabet);
    result += nearest ?? '?';
    replaced += 1;
    if (nearest === undefined) lost += 1;
    if (!/\p{L}/u.test(cluster)) for (const sign of cluster) signs.add(codePoint(sign));
  }
  return { text: result, replaced, lost, signs: [...signs].toSorted() };
}

/** Letters of the alphabet, and between them a character with the accents that follow it. */
function* clusters(text: string, alphabet: Alphabet): Generator<string> {
  const letter = stringLatinLetter();
  for (let at = 0; at < text.length;) {
    letter.lastIndex = at;
    const found = alphabet === 'string-latin' ? letter.exec(text)?.[0] : undefined;
    const cluster = found ?? /^(?:\p{L}\p{M}*|.)/su.exec(text.slice(at, at + 32))![0];
    yield cluster;
    at += cluster.length;
  }
}

function nearestTo(cluster: string, alphabet: Alphabet): string | undefined {
  if (!isXmlText(cluster)) {
    if (cluster === '\v' || cluster === '\f') return ' ';
    return /\p{Cc}/u.test(cluster) ? '' : undefined;
  }
  const known = SIGNS[cluster] ?? letters(cluster);
  if (known !== undefined) return known;
  if (/^\p{Zs}$/u.test(cluster)) return ' ';
  if (/^[\p{Cf}\p{M}]+$/u.test(cluster)) return '';
  const parts = [...cluster.normalize('NFKD')].map((part) => SIGNS[part] ?? letters(part) ?? part).join('');
  const kept = [...parts.replaceAll(/\p{M}/gu, '')].filter((part) => fits(part, alphabet)).join('');
  return kept === '' ? undefined : kept;
}

function letters(cluster: string): string | undefined {
  const lower = cluster.toLowerCase();
  const found = LETTERS.get(lower);
  if (found === undefined || lower === cluster) return found;
  return found.slice(0, 1).toUpperCase() + found.slice(1);
}

const codePoint = (sign: string) => `U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;

const SIGNS: Readonly<Record<string, string>> = {
  ...signs('‐‑‒–—―−⁃', '-'),
  ...signs('„“”‟″〝〞', '"'),
  ...signs('‚‘’‛′ʹʼʻʽ', "'"),
  ...signs('‹', '<'),
  ...signs('›', '>'),
  ...signs('•‣●◦∙', '*'),
  ...signs('\u2028\u2029', '\n'),
  '…': '...',
  '™': '(TM)',
  '⁄': '/',
  '≤': '<=',
  '≥': '>=',
  '≠': '!=',
  '→': '->',
  '←': '<-',
  '☐': '[ ]',
  '☑': '[x]',
  '☒': '[x]',
};

function signs(characters: string, replacement: string): Record<string, string> {
  return Object.fromEntries([...characters].map((character) => [character, replacement]));
}

/** Cyrillic as in ISO 9 without accents, Greek as in ISO 843; Latin letters that no decomposition helps. */
const LETTERS: ReadonlyMap<string, string> = new Map(
  (
    'а:a б:b в:v г:g д:d е:e ё:jo ж:zh з:z и:i й:j к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:h ц:c ч:ch ш:sh щ:shch ' +
    'ъ: ы:y ь: э:e ю:ju я:ja і:i ї:ji є:je ґ:g ў:u ђ:dj ј:j љ:lj њ:nj ћ:c џ:dz ѓ:g ќ:k ѕ:dz ' +
    'α:a β:v γ:g δ:d ε:e ζ:z η:i θ:th ι:i κ:k λ:l μ:m ν:n ξ:x ο:o π:p ρ:r σ:s ς:s τ:t υ:y φ:f χ:ch ψ:ps ω:o ' +
    'ɓ:b ɗ:d ɛ:e ɔ:o ƒ:f ɣ:g ƙ:k ɲ:n ƴ:y ʋ:v ɨ:i ʉ:u'
  )
    .split(' ')
    .map((pair) => pair.split(':') as [string, string]),
);
