import { z } from 'zod';
import { anschrift, person } from './person.ts';

/**
 * One Metadatenfeld of civento, typed. Dates are ISO (`2026-08-21`), integers decimal text without limit of size,
 * ANLAGEN name the documents by the part name they were sent under.
 */
export type Fachdatenfeld = { readonly name: string; readonly label?: string | undefined } & (
  | { readonly type: 'STRING' | 'INTEGER' | 'DATE'; readonly value: string }
  | { readonly type: 'BOOLEAN'; readonly value: boolean }
  | { readonly type: 'CHOICE'; readonly value: string; readonly valueLabel?: string | undefined }
  | { readonly type: 'ANLAGEN'; readonly value: readonly string[] }
  | { readonly type: 'PERSONENDATENSATZ'; readonly value: z.infer<typeof person> }
  | { readonly type: 'ADRESSDATENSATZ'; readonly value: z.infer<typeof anschrift> }
  | { readonly type: 'OBJECT'; readonly fields: readonly Fachdatenfeld[] }
  | { readonly type: 'LIST'; readonly items: readonly (readonly Fachdatenfeld[])[] }
);

const INTEGER = /^[+-]?\d+$/;

/**
 * True for a list of fields as above. Written out where the rest of the envelope has a schema: most of a large
 * application are fields, and a schema of a recursive type copies and remembers each of them.
 */
function areFachdatenfelder(value: unknown): value is readonly Fachdatenfeld[] {
  return Array.isArray(value) && value.every(isFachdatenfeld);
}

function isFachdatenfeld(value: unknown): value is Fachdatenfeld {
  if (typeof value !== 'object' || value === null) return false;
  const field = value as Partial<Record<string, unknown>>;
  if (typeof field['name'] !== 'string' || field['name'] === '' || !isOptionalText(field['label'])) return false;
  const content = field['value'];
  switch (field['type']) {
    case 'STRING':
      return typeof content === 'string';
    case 'INTEGER':
      return typeof content === 'string' && INTEGER.test(content);
    case 'DATE':
      return typeof content === 'string' && z.core.regexes.date.test(content);
    case 'BOOLEAN':
      return typeof content === 'boolean';
    case 'CHOICE':
      return typeof content === 'string' && isOptionalText(field['valueLabel']);
    case 'ANLAGEN':
      return Array.isArray(content) && content.every((part) => typeof part === 'string');
    case 'PERSONENDATENSATZ':
      return person.safeParse(content).success;
    case 'ADRESSDATENSATZ':
      return anschrift.safeParse(content).success;
    case 'OBJECT':
      return areFachdatenfelder(field['fields']);
    case 'LIST':
      return Array.isArray(field['items']) && field['items'].every(areFachdatenfelder);
    default:
      return false;
  }
}

const isOptionalText = (value: unknown) => value === undefined || typeof value === 'string';

/** A Metadatenobjekt at the top of the application: `V.Z.<name>`. */
export const fachdatenobjekt = z.object({
  name: z.string().min(1),
  label: z.string().optional(),
  fields: z.custom<readonly Fachdatenfeld[]>(areFachdatenfelder, 'holds what is no field'),
});
export type Fachdatenobjekt = z.infer<typeof fachdatenobjekt>;
