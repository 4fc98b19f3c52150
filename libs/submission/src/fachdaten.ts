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

const named = { name: z.string().min(1), label: z.string().optional() };

export const fachdatenfeld: z.ZodType<Fachdatenfeld> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.object({ ...named, type: z.literal('STRING'), value: z.string() }),
    z.object({ ...named, type: z.literal('INTEGER'), value: z.string().regex(/^[+-]?\d+$/) }),
    z.object({ ...named, type: z.literal('DATE'), value: z.iso.date() }),
    z.object({ ...named, type: z.literal('BOOLEAN'), value: z.boolean() }),
    z.object({ ...named, type: z.literal('CHOICE'), value: z.string(), valueLabel: z.string().optional() }),
    z.object({ ...named, type: z.literal('ANLAGEN'), value: z.array(z.string()) }),
    z.object({ ...named, type: z.literal('PERSONENDATENSATZ'), value: person }),
    z.object({ ...named, type: z.literal('ADRESSDATENSATZ'), value: anschrift }),
    z.object({ ...named, type: z.literal('OBJECT'), fields: z.array(fachdatenfeld) }),
    z.object({ ...named, type: z.literal('LIST'), items: z.array(z.array(fachdatenfeld)) }),
  ]),
);

/** A Metadatenobjekt at the top of the application: `V.Z.<name>`. */
export const fachdatenobjekt = z.object({ ...named, fields: z.array(fachdatenfeld) });
export type Fachdatenobjekt = z.infer<typeof fachdatenobjekt>;
