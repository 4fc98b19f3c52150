import { z } from 'zod';

const xpath = z.string().min(1);

/**
 * Where a value comes from. Text: an XPath, relative to the context of its section. Object: an XPath with a value map,
 * a default or a date format (see ValueExtraction of libs/xml), or a constant. What the value has to be, and whether it
 * may be missing, follows from the field it is for.
 */
export const rule = z.union([
  xpath,
  z.strictObject({
    xpath,
    /** Text in the document → value; a text that is not listed is refused. */
    values: z.record(z.string(), z.string()).optional(),
    default: z.string().optional(),
    /** For dates and times, e.g. `dd.MM.yyyy`. */
    format: z.string().optional(),
  }),
  z.strictObject({ constant: z.union([z.string(), z.number(), z.boolean()]) }),
]);
export type Rule = z.infer<typeof rule>;

/** Parts of an address, relative to `at`. */
export const addressRules = z.strictObject({
  at: xpath.optional(),
  strasse: rule.optional(),
  hausnummer: rule.optional(),
  hausnummernzusatz: rule.optional(),
  postfach: rule.optional(),
  postleitzahl: rule.optional(),
  ort: rule.optional(),
  land: rule.optional(),
});
export type AddressRules = z.infer<typeof addressRules>;

/** A natural person. */
export const naturalRules = z.strictObject({
  anrede: rule.optional(),
  titel: rule.optional(),
  vornamen: rule.optional(),
  familienname: rule,
  geburtsname: rule.optional(),
  geburtsdatum: rule.optional(),
  geburtsort: rule.optional(),
  geschlecht: rule.optional(),
  staatsangehoerigkeit: rule.optional(),
  email: rule.optional(),
  telefon: rule.optional(),
  anschrift: addressRules.optional(),
});
export type NaturalRules = z.infer<typeof naturalRules>;

/** A legal person, and who acts for it. */
export const legalRules = z.strictObject({
  name: rule,
  rechtsform: rule.optional(),
  registergericht: rule.optional(),
  registernummer: rule.optional(),
  email: rule.optional(),
  telefon: rule.optional(),
  anschrift: addressRules.optional(),
  vertreter: z.strictObject({ at: xpath, fields: naturalRules }).optional(),
});
export type LegalRules = z.infer<typeof legalRules>;

/** A person is of the kind whose `at` is there, the natural one first; its fields are relative to that. */
export const personRules = z
  .strictObject({
    natuerlich: z.strictObject({ at: xpath, fields: naturalRules }).optional(),
    juristisch: z.strictObject({ at: xpath, fields: legalRules }).optional(),
  })
  .refine(({ natuerlich, juristisch }) => natuerlich !== undefined || juristisch !== undefined, {
    message: 'needs natuerlich or juristisch',
  });
export type PersonRules = z.infer<typeof personRules>;

const named = { name: z.string().min(1), label: z.string().optional(), required: z.boolean().optional() };
const scalar = z.enum(['STRING', 'INTEGER', 'BOOLEAN', 'DATE']);

/** A field that the profile names itself, for formats that know no civento types. Missing ones are left out unless `required`. */
export type FieldRules = { name: string; label?: string | undefined; required?: boolean | undefined } & (
  | { type: z.infer<typeof scalar>; value: Rule }
  | { type: 'CHOICE'; value: Rule; labels?: Record<string, string> | undefined }
  | { type: 'ANLAGEN'; each: string }
  | { type: 'PERSONENDATENSATZ'; at: string; person: PersonRules }
  | { type: 'ADRESSDATENSATZ'; address: AddressRules & { at: string } }
  | { type: 'OBJECT'; at: string; fields: FieldRules[] }
  | { type: 'LIST'; each: string; fields: FieldRules[] }
);

export const fieldRules: z.ZodType<FieldRules> = z.lazy(() =>
  z.union([
    z.strictObject({ ...named, type: scalar, value: rule }),
    z.strictObject({
      ...named,
      type: z.literal('CHOICE'),
      value: rule,
      labels: z.record(z.string(), z.string()).optional(),
    }),
    z.strictObject({ ...named, type: z.literal('ANLAGEN'), each: xpath }),
    z.strictObject({ ...named, type: z.literal('PERSONENDATENSATZ'), at: xpath, person: personRules }),
    z.strictObject({ ...named, type: z.literal('ADRESSDATENSATZ'), address: addressRules.extend({ at: xpath }) }),
    z.strictObject({ ...named, type: z.literal('OBJECT'), at: xpath, fields: z.array(fieldRules) }),
    z.strictObject({ ...named, type: z.literal('LIST'), each: xpath, fields: z.array(fieldRules) }),
  ]),
);

/**
 * For formats that say the name and the type of each field themselves, as civento does. A field has the type whose path
 * is there; fields of objects and lists are found by the same rules, to any depth.
 */
export const genericFachdaten = z.strictObject({
  each: xpath,
  name: xpath,
  label: xpath.optional(),
  field: z.strictObject({
    each: xpath,
    name: xpath,
    label: xpath.optional(),
    types: z.strictObject({
      STRING: rule.optional(),
      INTEGER: rule.optional(),
      BOOLEAN: rule.optional(),
      DATE: rule.optional(),
      CHOICE: z.strictObject({ at: xpath, value: rule, label: xpath.optional() }).optional(),
      ANLAGEN: z.strictObject({ at: xpath, each: xpath }).optional(),
      PERSONENDATENSATZ: z.strictObject({ at: xpath, person: personRules }).optional(),
      ADRESSDATENSATZ: addressRules.extend({ at: xpath }).optional(),
      OBJECT: z.strictObject({ at: xpath }).optional(),
      LIST: z.strictObject({ at: xpath, each: xpath }).optional(),
    }),
  }),
});
export type GenericFachdaten = z.infer<typeof genericFachdaten>;

/** An object that the profile names itself. */
export const objectRules = z.strictObject({
  name: z.string().min(1),
  label: z.string().optional(),
  /** Context of the fields; the object is left out where it is missing. Default: the root. */
  at: xpath.optional(),
  fields: z.array(fieldRules),
});
export type ObjectRules = z.infer<typeof objectRules>;

/**
 * How an application XML becomes an application: XPath 1.0 expressions, value maps, types and defaults. YAML in the
 * directory, chosen per source. Every path is relative to the context of its section, those at the top to `root`.
 */
export const mappingProfile = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,60}$/),
  version: z.number().int().positive(),
  title: z.string(),
  /** Id of the XSD in the schema catalogue; without one the profile's own types are the only check. */
  schema: z.string().optional(),
  /** Prefixed name of the root element. */
  root: xpath,
  namespaces: z.record(z.string(), z.string()).default({}),
  application: z.strictObject({
    organisationseinheit: rule,
    prozessschluessel: rule,
    leika: rule.optional(),
    /** V.Ident, the case id. */
    vorgang: rule.optional(),
    /** ERSTANTRAG, NACHREICHUNG or KORREKTUR. Default ERSTANTRAG. */
    art: rule.optional(),
    /** Default 1. */
    laufendeNummer: rule.optional(),
    hauptvorgang: rule.optional(),
    submittedAt: rule.optional(),
  }),
  applicant: z.strictObject({ at: xpath.default('.'), person: personRules }),
  fachdaten: z
    .union([z.strictObject({ generic: genericFachdaten }), z.strictObject({ objects: z.array(objectRules) })])
    .optional(),
  anlagen: z
    .strictObject({
      each: xpath,
      part: rule,
      /** Antragsdokument or Anlage. */
      role: rule,
      fileName: rule,
      title: rule.optional(),
      mediaType: rule.optional(),
      size: rule.optional(),
      sha256: rule.optional(),
      /** Element with the content in Base64; left out of the content hash. */
      inline: xpath.optional(),
    })
    .optional(),
  identity: z
    .strictObject({
      at: xpath,
      source: rule,
      /** basis, substanziell or hoch. */
      vertrauensniveau: rule.optional(),
      attributes: z.strictObject({ each: xpath, name: xpath, value: xpath }).optional(),
      /** An identity proof of the hub, or one in a form of the source's own: that proves nothing to the hub. */
      proof: rule.optional(),
    })
    .optional(),
  replyChannel: z.strictObject({ at: xpath, kind: rule, address: rule.optional() }).optional(),
  payment: z
    .strictObject({
      at: xpath,
      reference: rule,
      /** Euro with at most two decimals. */
      amount: rule,
      /** OFFEN, BEZAHLT, ABGEBROCHEN or FEHLGESCHLAGEN. */
      state: rule,
    })
    .optional(),
});
export type MappingProfile = z.infer<typeof mappingProfile>;
