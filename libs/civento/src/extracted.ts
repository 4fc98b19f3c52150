import type {
  Anschrift,
  Fachdatenfeld,
  Fachdatenobjekt,
  JuristischePerson,
  NatuerlichePerson,
  Person,
} from '@ozg-hub/submission';
import { civentoErrors } from './errors.ts';

/** A person as extracted: the kind by the key. */
export interface ExtractedPerson {
  readonly natuerlich?: Omit<NatuerlichePerson, 'kind'>;
  readonly juristisch?: Omit<JuristischePerson, 'kind' | 'vertreter'> & {
    readonly vertreter?: Omit<NatuerlichePerson, 'kind'>;
  };
}

/** A field as extracted: the type by the key; none where the field is empty. */
export interface ExtractedField {
  readonly name: string;
  readonly label?: string;
  readonly STRING?: string;
  readonly INTEGER?: string;
  readonly BOOLEAN?: boolean;
  readonly DATE?: string;
  readonly CHOICE?: { readonly value?: string; readonly label?: string };
  readonly ANLAGEN?: { readonly parts: readonly string[] };
  readonly PERSONENDATENSATZ?: ExtractedPerson;
  readonly ADRESSDATENSATZ?: Anschrift;
  readonly OBJECT?: { readonly fields: readonly ExtractedField[] };
  readonly LIST?: { readonly items: readonly (readonly ExtractedField[])[] };
}

export interface ExtractedObject {
  readonly name: string;
  readonly label?: string;
  readonly fields: readonly ExtractedField[];
}

export function personOf({ natuerlich, juristisch }: ExtractedPerson): Person | undefined {
  if (natuerlich !== undefined) return natural(natuerlich);
  if (juristisch === undefined) return undefined;
  const { vertreter, ...rest } = juristisch;
  return { kind: 'juristisch', ...rest, ...(vertreter && { vertreter: natural(vertreter) }) };
}

/** @throws HUB_APPLICATION_PART_UNKNOWN where a field refers to a file that is not among `parts` */
export function toFachdaten(objects: readonly ExtractedObject[], parts: ReadonlySet<string>): Fachdatenobjekt[] {
  return objects.map(({ fields, ...named }) => ({
    ...named,
    fields: fieldsOf(fields, { path: `fachdaten.${named.name}`, parts }),
  }));
}

const natural = (person: Omit<NatuerlichePerson, 'kind'>): NatuerlichePerson => ({ kind: 'natuerlich', ...person });

/** Where in the Fachdaten a field stands, by names, and what it may refer to. */
interface Place {
  readonly path: string;
  readonly parts: ReadonlySet<string>;
}

function fieldsOf(fields: readonly ExtractedField[], at: Place): Fachdatenfeld[] {
  const result: Fachdatenfeld[] = [];
  for (const field of fields) {
    const made = fieldOf(field, at);
    if (made !== undefined) result.push(made);
  }
  return result;
}

function fieldOf(field: ExtractedField, at: Place): Fachdatenfeld | undefined {
  const { name, label, STRING, INTEGER, DATE, BOOLEAN, CHOICE } = field;
  const named = label === undefined ? { name } : { name, label };
  if (STRING !== undefined) return { ...named, type: 'STRING', value: STRING };
  if (INTEGER !== undefined) return { ...named, type: 'INTEGER', value: INTEGER };
  if (DATE !== undefined) return { ...named, type: 'DATE', value: DATE };
  if (BOOLEAN !== undefined) return { ...named, type: 'BOOLEAN', value: BOOLEAN };
  if (CHOICE?.value !== undefined) {
    const choice = { ...named, type: 'CHOICE', value: CHOICE.value } as const;
    return CHOICE.label === undefined ? choice : { ...choice, valueLabel: CHOICE.label };
  }
  return groupOf(field, named, { ...at, path: `${at.path}.${name}` });
}

function groupOf(field: ExtractedField, named: { name: string; label?: string }, at: Place): Fachdatenfeld | undefined {
  const { ANLAGEN, PERSONENDATENSATZ, ADRESSDATENSATZ, OBJECT, LIST } = field;
  if (ANLAGEN !== undefined) return { ...named, type: 'ANLAGEN', value: knownParts(ANLAGEN.parts, at) };
  if (OBJECT !== undefined) return { ...named, type: 'OBJECT', fields: fieldsOf(OBJECT.fields, at) };
  if (LIST !== undefined) return { ...named, type: 'LIST', items: LIST.items.map((item) => fieldsOf(item, at)) };
  if (ADRESSDATENSATZ !== undefined) return { ...named, type: 'ADRESSDATENSATZ', value: ADRESSDATENSATZ };
  const person = PERSONENDATENSATZ && personOf(PERSONENDATENSATZ);
  return person && { ...named, type: 'PERSONENDATENSATZ', value: person };
}

function knownParts(references: readonly string[], { path, parts }: Place): readonly string[] {
  if (references.every((part) => parts.has(part))) return references;
  throw civentoErrors.HUB_APPLICATION_PART_UNKNOWN({
    places: [{ field: path, message: 'refers to an Anlage that is not listed' }],
  });
}
