/** A number of a JSON text, written as it stands. */
export class DecimalNumber {
  /** @param text e.g. `30.70`; as {@link formatDecimal} gives it */
  constructor(readonly text: string) {
    if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text)) throw new TypeError('not a number as JSON has them');
  }
}

/** What a JSON text is written from. Members that are undefined are left out. */
export type DecimalJson =
  string | boolean | DecimalNumber | readonly DecimalJson[] | { readonly [name: string]: DecimalJson | undefined };

/** Strings, and the numbers between them. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** JSON whose numbers are decimals, each digit as given; without null, which the type has not. */
export function writeDecimalJson(value: DecimalJson): string {
  if (value instanceof DecimalNumber) return value.text;
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((one: DecimalJson) => writeDecimalJson(one)).join(',')}]`;
  const members = Object.entries(value as { readonly [name: string]: DecimalJson | undefined });
  const written = members.flatMap(([name, one]) =>
    one === undefined ? [] : [`${JSON.stringify(name)}:${writeDecimalJson(one)}`],
  );
  return `{${written.join(',')}}`;
}

/**
 * Reads JSON with each number as the string that stands there: an amount never becomes a floating number.
 * @throws SyntaxError
 */
export function readDecimalJson(text: string): unknown {
  JSON.parse(text);
  return JSON.parse(text.replace(TOKENS, (token) => (token.startsWith('"') ? token : `"${token}"`)));
}
