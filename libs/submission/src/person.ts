import { z } from 'zod';

/** civento's ADRESSDATENSATZ. Every part as the citizen wrote it; Land is ISO 3166-1 alpha-2 or a name. */
export const anschrift = z.object({
  strasse: z.string().optional(),
  hausnummer: z.string().optional(),
  hausnummernzusatz: z.string().optional(),
  postfach: z.string().optional(),
  postleitzahl: z.string().optional(),
  ort: z.string().optional(),
  land: z.string().optional(),
});
export type Anschrift = z.infer<typeof anschrift>;

/** civento's PERSONENDATENSATZ: a natural person. */
export const natuerlichePerson = z.object({
  kind: z.literal('natuerlich'),
  anrede: z.string().optional(),
  titel: z.string().optional(),
  vornamen: z.string().optional(),
  familienname: z.string(),
  geburtsname: z.string().optional(),
  geburtsdatum: z.iso.date().optional(),
  geburtsort: z.string().optional(),
  geschlecht: z.string().optional(),
  staatsangehoerigkeit: z.string().optional(),
  email: z.string().optional(),
  telefon: z.string().optional(),
  anschrift: anschrift.optional(),
});
export type NatuerlichePerson = z.infer<typeof natuerlichePerson>;

/** A company, association or authority. `vertreter` acts for it. */
export const juristischePerson = z.object({
  kind: z.literal('juristisch'),
  name: z.string(),
  rechtsform: z.string().optional(),
  registergericht: z.string().optional(),
  registernummer: z.string().optional(),
  email: z.string().optional(),
  telefon: z.string().optional(),
  anschrift: anschrift.optional(),
  vertreter: natuerlichePerson.optional(),
});
export type JuristischePerson = z.infer<typeof juristischePerson>;

export const person = z.discriminatedUnion('kind', [natuerlichePerson, juristischePerson]);
export type Person = z.infer<typeof person>;

/** The name a clerk files by: `Mustermann, Erika` or the name of the legal person. */
export function displayName(of: Person): string {
  if (of.kind === 'juristisch') return of.name;
  return of.vornamen ? `${of.familienname}, ${of.vornamen}` : of.familienname;
}
