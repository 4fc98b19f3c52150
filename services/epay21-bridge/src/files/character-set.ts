import iconv from 'iconv-lite';

export type CharacterSet = 'utf-8' | 'windows-1252' | 'iso-8859-15';

/** Letters that no decomposition brings nearer to Latin ones. */
const LETTERS: ReadonlyMap<string, string> = new Map(
  'ł:l Ł:L ø:o Ø:O đ:d Đ:D ð:d Ð:D þ:th Þ:Th ħ:h Ħ:H ı:i ĸ:k ŋ:n Ŋ:N ŧ:t Ŧ:T œ:oe Œ:OE æ:ae Æ:AE ƒ:f ẞ:SS'
    .split(' ')
    .map((pair) => pair.split(':') as [string, string]),
);
const SIGNS: ReadonlyMap<string, string> = new Map([
  ...[...'‐‑‒–—―−'].map((sign) => [sign, '-'] as const),
  ...[...'„“”‟″'].map((sign) => [sign, '"'] as const),
  ...[...'‚‘’‛′'].map((sign) => [sign, "'"] as const),
  ['…', '...'],
  ['€', 'EUR'],
]);

/** Position, from 1, of the first character that the set lacks; 0 where it has all. Asked of the composed form (NFC). */
export function firstForeign(text: string, set: CharacterSet): number {
  if (set === 'utf-8') return text.search(/\p{Surrogate}/u) + 1;
  if (isPlain(text)) return 0;
  return [...text].findIndex((character) => !has(set, character)) + 1;
}

/** Characters that the set lacks become the nearest it has, and a question mark where there is none. */
export function nearestIn(text: string, set: CharacterSet): string {
  if (set === 'utf-8') return text.replaceAll(/\p{Surrogate}/gu, '?');
  return [...text].map((character) => (has(set, character) ? character : nearest(character, set))).join('');
}

export function encoded(text: string, set: CharacterSet): Buffer {
  return set === 'utf-8' ? Buffer.from(text) : iconv.encode(text, set);
}

function nearest(character: string, set: CharacterSet): string {
  const known = SIGNS.get(character) ?? LETTERS.get(character);
  if (known !== undefined) return known;
  const parts = [...character.normalize('NFKD').replaceAll(/\p{M}/gu, '')].map((part) => LETTERS.get(part) ?? part);
  const text = parts.filter((part) => has(set, part)).join('');
  return text === '' ? '?' : text;
}

function has(set: CharacterSet, character: string): boolean {
  return isPlain(character) || iconv.decode(iconv.encode(character, set), set) === character;
}

function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text);
}
