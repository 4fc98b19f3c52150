import { documentRole, normaliseLeikaKey } from '@ozg-hub/submission';
import { z } from 'zod';
import { templateProblems } from './betreff.ts';
import { cmisRules } from './cmis-rules.ts';
import { fee } from './fee.ts';
import { fachdatenPath } from './omit.ts';
import { xdomeaRules } from './xdomea-rules.ts';

const name = z.string().trim().min(1).max(200);

export const blueprintId = z.string().regex(/^[a-z0-9][a-z0-9-]{1,79}$/, {
  error: 'must be lower-case letters, digits and hyphens (2 to 80)',
});
export const blueprintRef = z.string().regex(/^[a-z0-9][a-z0-9-]{1,79}@[1-9]\d{0,5}$/, {
  error: 'must be written `blueprint@version`, e.g. `hund-anmelden@1`',
});
export const profileId = z.string().regex(/^[a-z0-9][a-z0-9.-]{1,79}$/, {
  error: 'must be lower-case letters, digits, dots and hyphens (2 to 80)',
});

/** What a target is for: records, the payment service that takes fees, the finance system that posts them. */
export const purpose = z.enum(['dms', 'payment', 'finance']);
export type Purpose = z.infer<typeof purpose>;

const leikaProblem = 'must be a LeiKa key in quotes: 99 and 12 more digits; dots and blanks are allowed';
/** A LeiKa key as people write it; canonical after that. */
export const leikaKeyAsWritten = z
  .string({ error: leikaProblem })
  .transform((written) => normaliseLeikaKey(written) ?? '')
  .pipe(z.string().regex(/^99\d{12}$/, { error: leikaProblem }));

const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.preprocess((written) => (Array.isArray(written) ? written : [written]), z.array(item).min(1));

/** Keys of the process at the source, exact or with one `*` at the end. */
const processPattern = z.string().regex(/^[^\s*]{1,128}\*?$/, {
  error: 'must be a process key without blanks; a single * may stand at its end',
});

/** Filing rules: how the submission becomes a Vorgang in the DMS. */
export const ablage = z.strictObject({
  /** Kennzeichen of the Aktenplaneinheit. */
  aktenplaneinheit: z.string({ error: 'must be text; put the number in quotes' }).min(1).max(100),
  /** Inhaltsangabe of the Aktenplaneinheit. */
  aktenplanBezeichnung: name.optional(),
  /** Template of the Betreff; see betreff.ts for what may stand in `{{…}}`. */
  betreff: z
    .string()
    .min(1)
    .max(500)
    .superRefine((template, context) => {
      for (const message of templateProblems(template)) context.addIssue({ code: 'custom', message });
    }),
  /** Most characters of the rendered Betreff; longer ones are cut with an ellipsis. */
  betreffMaxLength: z.number().int().min(40).max(1000).default(250),
  vorgangTyp: name.optional(),
  /** Type of a document in the DMS by its role; a role left out gets the role's own name. */
  documentTypes: z.partialRecord(documentRole, name).default({}),
  /** Organisation unit with the main responsibility, as the DMS knows it. */
  federfuehrung: name.optional(),
  /** Organisation unit that keeps the files, as the DMS knows it. */
  aktenfuehrung: name.optional(),
  /** Hands the applicant over as a Kontakt of the Vorgang. */
  kontakt: z.boolean().default(true),
  /** Hands the Fachdaten over inside the message, as AnwendungsspezifischeErweiterung. */
  fachdatenErweiterung: z.boolean().default(false),
  /** Files the Fachdaten as an XML document of the Vorgang. */
  fachdatenXml: z.boolean().default(true),
  /** Fachdaten that are not passed on: `Objekt`, `Objekt.Feld`, `Objekt.Feld.Unterfeld`. */
  omit: z.array(fachdatenPath).default([]),
  vertraulichkeitsstufe: z.enum(['offen', 'nfd', 'vertraulich', 'geheim', 'streng-geheim']).optional(),
  /** How long the DMS keeps the Vorgang after its end, and what then: A archive, B assess, V destroy. */
  aufbewahrung: z
    .strictObject({ years: z.number().int().min(1).max(110), aussonderungsart: z.enum(['A', 'B', 'V']).optional() })
    .optional(),
  /** How a DMS that is filled by CMIS files it; left out: by the rules above, into plain folders and documents. */
  cmis: cmisRules.optional(),
  /** Which message of xdomea tells a DMS of what; left out: the defaults of {@link xdomeaRules}. */
  xdomea: xdomeaRules.optional(),
});
export type Ablage = z.infer<typeof ablage>;

const unique = (list: readonly string[]) => new Set(list).size === list.length;

/** A Leistung described once for all municipalities; a municipality may override everything but id, version and leika. */
export const blueprintRecord = z.strictObject({
  id: blueprintId,
  version: z.number().int().min(1).max(999_999),
  name,
  /** The LeiKa keys are invented: not for production. */
  sample: z.boolean().default(false),
  /** LeiKa keys that mean this Leistung; the first is used where only the process key is known. */
  leika: oneOrMore(leikaKeyAsWritten).refine(unique, { error: 'the same LeiKa key twice' }),
  prozessschluessel: z.array(processPattern).default([]).refine(unique, { error: 'the same process key twice' }),
  applicantKinds: z
    .array(z.enum(['natuerlich', 'juristisch']))
    .min(1)
    .default(['natuerlich', 'juristisch']),
  /** Least level the applicant must have been authenticated with; left out: none asked for. */
  vertrauensniveau: z.enum(['basis', 'substanziell', 'hoch']).optional(),
  /** Mapping profiles that may carry this Leistung; left out: any. */
  profiles: z.array(profileId).min(1).optional(),
  ablage: ablage.optional(),
  fee: fee.optional(),
  /** Kinds of reply channel in order of preference, e.g. BUNDID, MUK, EMAIL, POST. */
  replyChannels: z.array(z.string().regex(/^[A-Z][A-Z0-9_-]{1,31}$/)).default([]),
  /** How long the hub keeps the application after it came to an end. */
  retention: z.strictObject({ months: z.number().int().min(1).max(600) }).default({ months: 12 }),
});
export type BlueprintRecord = z.infer<typeof blueprintRecord>;

export interface Blueprint extends BlueprintRecord {
  /** `id@version`. */
  readonly ref: string;
  /** The purposes that must be delivered before a submission of this Leistung is complete. */
  readonly expects: readonly Purpose[];
}

export function toBlueprint(record: BlueprintRecord): Blueprint {
  return { ...record, ref: `${record.id}@${record.version}`, expects: record.ablage ? ['dms'] : [] };
}

/** A named list of Leistungen that tenants offer together. */
export const bundle = z.strictObject({
  id: blueprintId,
  name: name.optional(),
  leistungen: z.array(blueprintRef).min(1),
});
export type Bundle = z.infer<typeof bundle>;
