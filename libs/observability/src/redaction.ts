/** What stands in a log line where a value was taken out. */
export const REDACTED = '[redacted]';

const MAX_DEPTH = 6;
const MAX_ENTRIES = 50;
const MAX_TEXT = 2_000;
const MAX_REMEMBERED_KEYS = 1_000;

/** A key is forbidden when one word, or two or three adjacent words, of it are in this list: `originalFileName`. */
const FORBIDDEN_WORDS: ReadonlySet<string> = new Set(
  `
  adresse adressen address addresses anschrift apikey applicant antragsteller authorization bearer betreff bic
  birthdate birthplace body cookie credential credentials dateiname dateinamen dateofbirth email emails mail fachdaten
  familienname filename filenames firmenname geburtsdatum geburtsname geburtsort hausnummer iban internalquery ip
  kontoinhaber kontonummer masterkey nachname passphrase passwd password passwort payload person personen phone pin
  plaintext plz postalcode postcode postleitzahl privatekey secret secrets steuerid steuernummer strasse straße street
  surname taxid telefon telefax token tokens vorname vornamen wohnort xml zip
  `
    .trim()
    .split(/\s+/),
);

/** Whole keys, written without separators in lower case, that are forbidden although their words are not. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(
  'city contact content detail dob file filepath files headers identity kontakt mobile names ort params places query row title titel user values where'.split(
    ' ',
  ),
);

/** What may have a name that is not a person's, company's or file's: `serviceName`. Any other `…Name` is forbidden. */
const NAMED_THINGS: ReadonlySet<string> = new Set(
  'application class consumer function group host index job metric migration package queue root schema service step table target topic'.split(
    ' ',
  ),
);

/** Numbers under a forbidden key stay when the key ends in a measure: `bodyBytes`, `xmlWorkers`. */
const MEASURES: ReadonlySet<string> = new Set(
  'bytes count length limit max min ms queued running seconds size total workers'.split(' '),
);

/** Patterns of secrets and of personal data that can be told by their form, and what takes their place. */
const FORBIDDEN_FORMS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
  [/\bozg_[A-Za-z0-9_-]+/g, `ozg_${REDACTED}`],
  [/\b(Bearer|Basic|Digest)\s+[A-Za-z0-9._~+/=-]{6,}/gi, `$1 ${REDACTED}`],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g, REDACTED],
  [/(:\/\/[^\s:@/]*):\S+@/g, `$1:${REDACTED}@`],
  [
    /\b(pass(?:word|wort|wd|phrase)?|pwd|secret|(?:access_?|api_?)?token|api_?key|signature|authorization)(["']?\s*[=:]\s*)(?!\[redacted\])[^\s&,;]+/gi,
    `$1$2${REDACTED}`,
  ],
  [/(?<![/\w.+-])[\p{L}\d._%+-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+/gu, REDACTED],
  [/\b[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){3,7}(?: ?[0-9A-Z]{1,3})?\b/g, REDACTED],
  [/\b(Key \([^)]*\)=)\([\s\S]*\)/g, `$1(${REDACTED})`],
  [/\b(Failing row contains )\([\s\S]*\)/g, `$1(${REDACTED})`],
];

/** One of these stands in every text that a pattern above changes; most texts have none and are not searched further. */
const SUSPICIOUS =
  /@|ozg_|eyJ|BEGIN|bearer|basic|digest|pass|pwd|secret|token|api_?key|signature|authorization|Key \(|Failing row/i;
const IBAN_START = /[A-Z]{2}\d{2}/;

/** True where a field of this name may hold a citizen's data or a secret. */
export function isForbiddenKey(key: string): boolean {
  const words = wordsOf(key);
  if (FORBIDDEN_KEYS.has(words.join('')) || isPersonsName(words)) return true;
  return words.some((_, at) => [1, 2, 3].some((count) => FORBIDDEN_WORDS.has(words.slice(at, at + count).join(''))));
}

/** Takes secrets and what looks like an e-mail address, an IBAN or a quoted row out of a text; cuts it at 2,000 characters. */
export function redactText(text: string): string {
  let clean = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
  if (!SUSPICIOUS.test(clean) && !IBAN_START.test(clean)) return clean;
  for (const [form, replacement] of FORBIDDEN_FORMS) clean = clean.replace(form, replacement);
  return clean;
}

/**
 * Makes copies of log fields that can be written: forbidden keys at any depth, texts and errors redacted, byte arrays
 * replaced by their length, depth and number of entries bounded.
 */
export class Redactor {
  readonly #verdicts = new Map<string, 'any' | 'measure' | 'none'>();

  constructor(private readonly describeError: (error: Error) => unknown) {}

  redact(fields: object, depth = 0): Record<string, unknown> {
    const clean: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(fields).slice(0, MAX_ENTRIES)) {
      clean[redactText(key)] = this.#mayStand(key, value) ? this.#value(value, depth) : REDACTED;
    }
    return clean;
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return redactText(value);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'function' || typeof value === 'symbol') return undefined;
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Error) return this.describeError(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (depth >= MAX_DEPTH) return '[too deep]';
    if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((item) => this.#value(item, depth + 1));
    if (value instanceof Map) return this.redact(Object.fromEntries(value), depth + 1);
    if (value instanceof Set) return this.#value([...value], depth);
    return this.redact(value, depth + 1);
  }

  #mayStand(key: string, value: unknown): boolean {
    if (value === undefined || value === null || typeof value === 'boolean') return true;
    const verdict = this.#verdict(key);
    return verdict === 'any' || (verdict === 'measure' && typeof value === 'number');
  }

  #verdict(key: string): 'any' | 'measure' | 'none' {
    const known = this.#verdicts.get(key);
    if (known) return known;
    const forbidden = MEASURES.has(wordsOf(key).at(-1) ?? '') ? 'measure' : 'none';
    const verdict = isForbiddenKey(key) ? forbidden : 'any';
    if (this.#verdicts.size < MAX_REMEMBERED_KEYS) this.#verdicts.set(key, verdict);
    return verdict;
  }
}

function isPersonsName(words: readonly string[]): boolean {
  const last = words.at(-1);
  return (last === 'name' || last === 'names') && !NAMED_THINGS.has(words.at(-2) ?? '');
}

function wordsOf(key: string): string[] {
  return key
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '');
}
