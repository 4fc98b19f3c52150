const PLACEHOLDER = /\$\{([A-Za-z][A-Za-z0-9]*)\}/g;

/** Values for `${name}` in the settings of targets; the hub gives `data`, its data directory. */
export type Placeholders = Readonly<Record<string, string>>;

/** Placeholders in the value that have no value; empty where all have. */
export function unknownPlaceholders(value: unknown, known: readonly string[]): string[] {
  return [...JSON.stringify(value ?? null).matchAll(PLACEHOLDER)]
    .map(([, name]) => name!)
    .filter((name) => !known.includes(name));
}

/** A deep copy with every `${name}` replaced; unknown ones stay as they are. */
export function fillPlaceholders(value: unknown, placeholders: Placeholders): unknown {
  return mapTexts(value, (text) =>
    text.replaceAll(PLACEHOLDER, (whole, name: string) =>
      Object.hasOwn(placeholders, name) ? placeholders[name]! : whole,
    ),
  );
}

/** A deep copy with every text replaced. */
export function mapTexts(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapTexts(member, replace)]));
}
