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
    fields: fieldsOf(fields, { name: `fachdaten.${named.name}`, parts }),
  }));
}

const natural = (person: Omit<NatuerlichePerson, 'kind'>): NatuerlichePerson => ({ kind: 'natuerlich', ...person });

/** Where in the Fachdaten a field stands, and what it may refer to. */
interface Place {
  readonly name: string;
  readonly above?: Place;
  readonly parts: ReadonlySet<string>;
}

function fieldsOf(fields: readonly ExtractedField[], at: Place): Fachdatenfeld[] {
  const found: Fachdatenfeld[] = [];
  for (const extracted of fields) {
    const field = fieldOf(extracted, at);
    if (field !== undefined) found.push(field);
  }
  return found;
}

function fieldOf(field: ExtractedField, above: Place): Fachdatenfeld | undefined {
  const { name, label, STRING, INTEGER, DATE, BOOLEAN, CHOICE } = field;
  if (STRING !== undefined) return { name, label, type: 'STRING', value: STRING };
  if (INTEGER !== undefined) return { name, label, type: 'INTEGER', value: INTEGER };
  if (DATE !== undefined) return { name, label, type: 'DATE', value: DATE };
  if (BOOLEAN !== undefined) return { name, label, type: 'BOOLEAN', value: BOOLEAN };
  if (CHOICE?.value !== undefined) {
    return { name, label, type: 'CHOICE', value: CHOICE.value, valueLabel: CHOICE.label };
  }
  return groupOf(field, { name, above, parts: above.parts });
}

function groupOf(field: ExtractedField, at: Place): Fachdatenfeld | undefined {
  const { name, label, ANLAGEN, PERSONENDATENSATZ, ADRESSDATENSATZ, OBJECT, LIST } = field;
  if (ANLAGEN !== undefined) return { name, label, type: 'ANLAGEN', value: knownParts(ANLAGEN.parts, at) };
  if (OBJECT !== undefined) return { name, label, type: 'OBJECT', fields: fieldsOf(OBJECT.fields, at) };
  if (LIST !== undefined) return { name, label, type: 'LIST', items: LIST.items.map((item) => fieldsOf(item, at)) };
  if (ADRESSDATENSATZ !== undefined) return { name, label, type: 'ADRESSDATENSATZ', value: ADRESSDATENSATZ };
  const person = PERSONENDATENSATZ && personOf(PERSONENDATENSATZ);
  return person && { name, label, type: 'PERSONENDATENSATZ', value: person };
}

function knownParts(references: readonly string[], at: Place): readonly string[] {
  if (references.every((part) => at.parts.has(part))) return references;
  const path = pathOf(at);
  throw civentoErrors.HUB_APPLICATION_PART_UNKNOWN({
    places: [{ field: path, message: 'refers to an Anlage that is not listed' }],
  });
}

function pathOf({ name, above }: Place): string {
  return above === undefined ? name : `${pathOf(above)}.${name}`;
}
