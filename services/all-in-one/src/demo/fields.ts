import type { Anschrift, Fachdatenfeld, Fachdatenobjekt, Person } from '@ozg-hub/submission';

/** The data types of civento's forms, each as one call: technical name, label, value. */
export const field = {
  string: (name: string, label: string, value: string): Fachdatenfeld => ({ name, label, type: 'STRING', value }),
  integer: (name: string, label: string, value: number): Fachdatenfeld => ({
    name,
    label,
    type: 'INTEGER',
    value: String(value),
  }),
  boolean: (name: string, label: string, value: boolean): Fachdatenfeld => ({ name, label, type: 'BOOLEAN', value }),
  /** @param value key of the list; `valueLabel` is what the applicant saw */
  choice: (name: string, label: string, value: string, valueLabel: string): Fachdatenfeld => ({
    name,
    label,
    type: 'CHOICE',
    value,
    valueLabel,
  }),
  /** @param value `YYYY-MM-DD` */
  date: (name: string, label: string, value: string): Fachdatenfeld => ({ name, label, type: 'DATE', value }),
  object: (name: string, label: string, fields: readonly Fachdatenfeld[]): Fachdatenfeld => ({
    name,
    label,
    type: 'OBJECT',
    fields,
  }),
  list: (name: string, label: string, items: readonly (readonly Fachdatenfeld[])[]): Fachdatenfeld => ({
    name,
    label,
    type: 'LIST',
    items,
  }),
  /** @param value names of the parts that carry the files */
  files: (name: string, label: string, value: readonly string[]): Fachdatenfeld => ({
    name,
    label,
    type: 'ANLAGEN',
    value,
  }),
  person: (name: string, label: string, value: Person): Fachdatenfeld => ({
    name,
    label,
    type: 'PERSONENDATENSATZ',
    value,
  }),
  address: (name: string, label: string, value: Anschrift): Fachdatenfeld => ({
    name,
    label,
    type: 'ADRESSDATENSATZ',
    value,
  }),
} as const;

export function group(name: string, label: string, fields: Fachdatenfeld[]): Fachdatenobjekt {
  return { name, label, fields };
}
