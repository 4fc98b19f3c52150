import type { FakeValue } from './fake-cmis-model.ts';
import { type FakePropertyType, fakeTypes } from './fake-cmis-catalogue.ts';

const PREFIXES: Readonly<Record<string, string>> = {
  'cmis:folder': 'F:',
  'cmis:document': 'D:',
  'cmis:secondary': 'P:',
};
const TYPE_PROPERTIES: ReadonlySet<string> = new Set(['cmis:objectTypeId', 'cmis:secondaryObjectTypeIds']);
const TYPES: Readonly<Record<string, FakePropertyType>> = Object.fromEntries(
  fakeTypes.flatMap(({ properties }) => properties.map(({ id, type }) => [id, type])),
);

/** Type ids as Alfresco has them outside: prefixed by their family, but not those of `cmis:`. */
export const fakeTypeIds = {
  from(id: string, prefixed: boolean): string {
    if (!prefixed || id.startsWith('cmis:')) return id;
    return /^[FDP]:/.test(id) ? id.slice(2) : `unknown ${id}`;
  },
  toType(id: string, baseId: string, prefixed: boolean): string {
    return !prefixed || id.startsWith('cmis:') ? id : `${PREFIXES[baseId]}${id}`;
  },
  to(propertyId: string, value: FakeValue, prefixed: boolean): FakeValue {
    if (!TYPE_PROPERTIES.has(propertyId)) return value;
    const type = fakeTypes.find(({ id }) => id === value);
    return type ? fakeTypeIds.toType(type.id, type.baseId, prefixed) : value;
  },
};

export const fakeProperty = {
  /** A value as the browser binding has it in forms: times in milliseconds since 1970. */
  browserValue(id: string, text: string, prefixed: boolean): FakeValue {
    return valueOf(id, text, prefixed, (time) => new Date(/^-?\d+$/.test(time) ? Number(time) : time));
  },
  /** A value as AtomPub has it: times as xs:dateTime. */
  atomValue(id: string, text: string, prefixed: boolean): FakeValue {
    return valueOf(id, text, prefixed, (time) => new Date(time));
  },
};

function valueOf(id: string, text: string, prefixed: boolean, time: (text: string) => Date): FakeValue {
  if (TYPE_PROPERTIES.has(id)) return fakeTypeIds.from(text, prefixed);
  switch (TYPES[id]) {
    case 'integer':
      return /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    case 'boolean':
      return text === 'true';
    case 'datetime':
      return time(text);
    default:
      return text;
  }
}
