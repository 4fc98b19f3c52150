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
 * Properties that a release had and a later one took away must not come back with another meaning.
 * @param releases schemas of one event, the oldest first
 * @returns their places, e.g. `/documents[]/size`
 */
export function reusedNames(releases: readonly EventSchema[], current: EventSchema): readonly string[] {
  const places = releases.map((schema) => new Set(placesOf(schema)));
  return placesOf(current).filter((place) => {
    const last = places.findLastIndex((all) => all.has(place));
    return last >= 0 && last < places.length - 1;
  });
}

function placesOf({ properties = {}, items }: EventSchema, path = ''): string[] {
  const inside = Object.entries(properties).flatMap(([name, schema]) => [
    `${path}/${name}`,
    ...placesOf(schema, `${path}/${name}`),
  ]);
  return items ? [...inside, ...placesOf(items, `${path}[]`)] : inside;
}

/**
 * What consumers of any release would notice of the schemas of today.
 * @param released schemas by file name, the oldest release first
 */
export function breaches(
  released: ReadonlyMap<string, readonly EventSchema[]>,
  current: Readonly<Record<string, EventSchema>>,
): readonly string[] {
  return [...released].flatMap(([name, schemas]) => {
    const now = current[name];
    if (now === undefined) return [`${name} is gone`];
    const changed = schemas.flatMap((schema) => incompatibilities(schema, now));
    return [...changed, ...reusedNames(schemas, now).map((place) => `${place}: came back`)].map(
      (problem) => `${name}${problem}`,
    );
  });
}
