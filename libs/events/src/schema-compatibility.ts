/** The part of JSON Schema that contracts of events are made of. */
export interface EventSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, EventSchema>>;
  readonly required?: readonly string[];
  readonly items?: EventSchema;
  readonly [keyword: string]: unknown;
}

/** Say nothing about which data are valid. */
const WORDS_FOR_PEOPLE: ReadonlySet<string> = new Set(['$schema', '$id', 'title', 'description', 'examples']);
const STRUCTURE: ReadonlySet<string> = new Set(['properties', 'required', 'items']);

/**
 * What forbids that a later release replaces the schema of an event by this one. Allowed are new optional properties;
 * whatever else a consumer or producer could notice needs a new version of the event.
 * @returns places and reasons, e.g. `/documents/size: is required now`; empty where the replacement is compatible
 */
export function incompatibilities(released: EventSchema, current: EventSchema, path = ''): readonly string[] {
  const [before, after] = [released.properties ?? {}, current.properties ?? {}];
  const [wasRequired, isRequired] = [new Set(released.required), new Set(current.required)];
  const problems: string[] = [...changedKeywords(released, current, path)];
  for (const [name, schema] of Object.entries(before)) {
    const place = `${path}/${name}`;
    const now = after[name];
    if (!now) problems.push(`${place}: is gone`);
    else problems.push(...incompatibilities(schema, now, place));
    if (now && wasRequired.has(name) && !isRequired.has(name)) problems.push(`${place}: is optional now`);
  }
  for (const name of isRequired) if (!wasRequired.has(name)) problems.push(`${path}/${name}: is required now`);
  if (released.items && current.items) problems.push(...incompatibilities(released.items, current.items, `${path}[]`));
  else if (Boolean(released.items) !== Boolean(current.items)) problems.push(`${path}: items changed`);
  return problems;
}

function changedKeywords(released: EventSchema, current: EventSchema, path: string): string[] {
  const keywords = new Set([...Object.keys(released), ...Object.keys(current)]);
  return [...keywords]
    .filter((keyword) => !WORDS_FOR_PEOPLE.has(keyword) && !STRUCTURE.has(keyword))
    .filter((keyword) => JSON.stringify(released[keyword]) !== JSON.stringify(current[keyword]))
    .map((keyword) => `${path || '/'}: ${keyword} changed`);
}

/**
 * Names that a release had and a later one took away must not come back with another meaning.
 * @param releases schemas of one event, the oldest first
 */
export function reusedNames(releases: readonly EventSchema[], current: EventSchema): readonly string[] {
  const names = releases.map((schema) => new Set(Object.keys(schema.properties ?? {})));
  return Object.keys(current.properties ?? {}).filter((name) => {
    const last = names.findLastIndex((all) => all.has(name));
    return last >= 0 && last < names.length - 1;
  });
}
