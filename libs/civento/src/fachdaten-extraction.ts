import type { Extraction } from '@ozg-hub/xml';
import { addressExtraction, personFields } from './person-extraction.ts';
import type { FieldRules, GenericFachdaten, MappingProfile, ObjectRules, Rule } from './profile.ts';
import { optional, present, required } from './rule-extraction.ts';

const FIELD = 'field';
const TYPE_OF = { STRING: 'string', INTEGER: 'integer', BOOLEAN: 'boolean', DATE: 'date' } as const;

/**
 * Objects as `{ name, label?, fields }`, fields as `{ name, label?, <TYPE>: value }`; the same shape for formats that
 * name their fields and for those whose fields the profile names.
 */
export function fachdatenExtraction(rules: NonNullable<MappingProfile['fachdaten']>): Extraction {
  return 'generic' in rules ? genericExtraction(rules.generic) : { list: rules.objects.map(objectExtraction) };
}

function genericExtraction({ each, name, label, field }: GenericFachdaten): Extraction {
  const { types } = field;
  const { CHOICE, ANLAGEN, PERSONENDATENSATZ, ADRESSDATENSATZ, OBJECT, LIST } = types;
  const below = { each: field.each, item: { recurse: FIELD } };
  const item: Extraction = {
    name: FIELD,
    fields: present({
      name: required(field.name),
      label: optional(field.label),
      STRING: optional(types.STRING, TYPE_OF.STRING),
      INTEGER: optional(types.INTEGER, TYPE_OF.INTEGER),
      BOOLEAN: optional(types.BOOLEAN, TYPE_OF.BOOLEAN),
      DATE: optional(types.DATE, TYPE_OF.DATE),
      CHOICE: CHOICE && {
        at: CHOICE.at,
        optional: true,
        fields: present({ value: optional(CHOICE.value), label: optional(CHOICE.label) }),
      },
      ANLAGEN: ANLAGEN && { at: ANLAGEN.at, optional: true, fields: { parts: references(ANLAGEN.each) } },
      PERSONENDATENSATZ: PERSONENDATENSATZ && {
        at: PERSONENDATENSATZ.at,
        optional: true,
        fields: personFields(PERSONENDATENSATZ.person),
      },
      ADRESSDATENSATZ: ADRESSDATENSATZ && addressExtraction(ADRESSDATENSATZ),
      OBJECT: OBJECT && { at: OBJECT.at, optional: true, fields: { fields: below } },
      LIST: LIST && { at: LIST.at, optional: true, fields: { items: { each: LIST.each, item: below } } },
    }),
  };
  return {
    each,
    item: { fields: present({ name: required(name), label: optional(label), fields: { each: field.each, item } }) },
  };
}

function objectExtraction({ name, label, at = '.', fields }: ObjectRules): Extraction {
  return { at, optional: true, fields: { ...constants(name, label), fields: fieldList(fields) } };
}

function fieldList(fields: readonly FieldRules[]): Extraction {
  return {
    list: fields.map((field) => ({ fields: { ...constants(field.name, field.label), ...present(typed(field)) } })),
  };
}

function constants(name: string, label: string | undefined): Record<string, Extraction> {
  return { name: { constant: name }, ...(label !== undefined && { label: { constant: label } }) };
}

const references = (each: string): Extraction => ({ each, item: { xpath: '.', as: 'trimmed' } });

function typed(field: FieldRules): Record<string, Extraction | undefined> {
  const scalar = field.required ? required : optional;
  const isOptional = field.required !== true;
  switch (field.type) {
    case 'CHOICE':
      return {
        CHOICE: { fields: present({ value: scalar(field.value), label: choiceLabel(field.value, field.labels) }) },
      };
    case 'ANLAGEN':
      return { ANLAGEN: { fields: { parts: references(field.each) } } };
    case 'PERSONENDATENSATZ':
      return { PERSONENDATENSATZ: { at: field.at, optional: isOptional, fields: personFields(field.person) } };
    case 'ADRESSDATENSATZ':
      return { ADRESSDATENSATZ: addressExtraction(field.address) };
    case 'OBJECT':
      return { OBJECT: { at: field.at, optional: isOptional, fields: { fields: fieldList(field.fields) } } };
    case 'LIST':
      return { LIST: { fields: { items: { each: field.each, item: fieldList(field.fields) } } } };
    default:
      return { [field.type]: scalar(field.value, field.type === 'STRING' ? 'trimmed' : TYPE_OF[field.type]) };
  }
}

/** The label of a mapped value: the same path once more, with labels for values. */
function choiceLabel(value: Rule, labels: Readonly<Record<string, string>> | undefined): Extraction | undefined {
  if (labels === undefined || (typeof value === 'object' && 'constant' in value)) return undefined;
  const own = typeof value === 'string' ? { xpath: value } : value;
  const values = 'values' in own && own.values !== undefined ? own.values : undefined;
  const byText = values
    ? Object.entries(values).map(([text, key]) => [text, labels[key] ?? key])
    : Object.entries(labels);
  return optional({ ...own, values: Object.fromEntries(byText) as Record<string, string> });
}
