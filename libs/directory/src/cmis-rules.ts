import { documentRole } from '@ozg-hub/submission';
import { z } from 'zod';
import { templateProblems } from './betreff.ts';
import { fachdatenPath } from './omit.ts';

/** Placeholders of every template here besides those of the Betreff. */
const OF_THE_RULES = ['betreff', 'aktenplaneinheit', 'aktenplanBezeichnung', 'vorgangTyp'];
/** Of a document: the title or else the file name, the file name as sent, its role, its type by `documentTypes`, from 1. */
const OF_A_DOCUMENT = ['title', 'fileName', 'role', 'documentType', 'number'];

const cmisId = z
  .string({ error: 'must be text; put it in quotes' })
  .regex(/^\S{1,200}$/, { error: 'must be an id of the repository, without blanks' });

const template = (more: readonly string[]) =>
  z
    .string({ error: 'must be text; put it in quotes' })
    .min(1)
    .max(500)
    .superRefine((text, context) => {
      for (const message of templateProblems(text, more)) context.addIssue({ code: 'custom', message });
    });

const SOURCES = 'submittedAt, acceptedAt, laufendeNummer or fachdaten.<Objekt>.<Feld>';

/** A text that names where a value comes from: `submittedAt`, `acceptedAt`, `laufendeNummer`, `fachdaten.<Objekt>.<Feld>`. */
export function isCmisSource(text: string): boolean {
  if (['submittedAt', 'acceptedAt', 'laufendeNummer'].includes(text)) return true;
  const [first, ...path] = text.split('.');
  return first === 'fachdaten' && path.length > 1 && fachdatenPath.safeParse(path.join('.')).success;
}

const source = z.string({ error: `must be ${SOURCES}` }).refine(isCmisSource, { error: `must be ${SOURCES}` });
const sourceOr = (literal: z.ZodType<string>, example: string) =>
  z
    .string({ error: 'must be text; put it in quotes' })
    .refine((text) => isCmisSource(text) || literal.safeParse(text).success, {
      error: `must be ${example}, ${SOURCES}`,
    });

/** One value: a template, or a source read as a type. A value that is not there is left out. */
const value = (more: readonly string[]) =>
  z.union(
    [
      template(more),
      z.strictObject({ text: template(more) }),
      /** Day; in a repository, which knows times only, its midnight in UTC. */
      z.strictObject({ date: sourceOr(z.iso.date(), 'a day such as 2026-01-31') }),
      z.strictObject({
        datetime: sourceOr(z.iso.datetime({ offset: true }), 'a time such as 2026-01-31T08:00:00+01:00'),
      }),
      z.strictObject({ integer: z.union([z.number().int(), source]) }),
      z.strictObject({ decimal: z.union([z.number(), source]) }),
      z.strictObject({ boolean: z.union([z.boolean(), source]) }),
    ],
    { error: 'must be a template, or one of { text | date | datetime | integer | decimal | boolean: … }' },
  );
export type CmisValueRule = z.infer<ReturnType<typeof value>>;

/** By property id; a list gives a property of several values. */
const properties = (more: readonly string[]) =>
  z
    .record(cmisId, z.union([value(more), z.array(value(more)).min(1)]))
    .refine((record) => !Object.hasOwn(record, 'cmis:name') && !Object.hasOwn(record, 'cmis:objectTypeId'), {
      error: 'name and type have keys of their own',
    })
    .default({});
export type CmisPropertyRules = z.infer<ReturnType<typeof properties>>;

/** Permissions of a principal that are added, or with `revoke` taken away. */
const access = z
  .array(
    z.strictObject({
      principal: z.string().min(1).max(200),
      permissions: z.array(cmisId).min(1),
      revoke: z.boolean().default(false),
    }),
  )
  .default([]);

const ofVorgang = OF_THE_RULES;
const ofDocument = [...OF_THE_RULES, ...OF_A_DOCUMENT];

const vorgang = z.strictObject({
  /** Type of the folder. */
  type: cmisId.default('cmis:folder'),
  /** Template of its name. */
  name: template(ofVorgang).default('{{betreff}}'),
  properties: properties(ofVorgang),
  secondaryTypes: z.array(cmisId).default([]),
  access,
});

const documents = z.strictObject({
  type: cmisId.default('cmis:document'),
  /** Types by role where they differ. */
  types: z.partialRecord(documentRole, cmisId).default({}),
  /** Template of a name; the ending of the file is appended where it is missing. */
  name: template(ofDocument).default('{{title}}'),
  properties: properties(ofDocument),
  secondaryTypes: z.array(cmisId).default([]),
  /** Left out: as the repository has it. Anything but none needs a versionable type. */
  versioningState: z.enum(['none', 'major', 'minor']).optional(),
  access,
});

/** Filing rules for a DMS that is filled by CMIS: folders, types, names and properties. */
export const cmisRules = z
  .strictObject({
    /** Template of the folders below the root folder of the target, from the top, separated by `/`; made where missing. */
    path: z
      .string({ error: 'must be text; put it in quotes' })
      .max(1000)
      .superRefine((path, context) => {
        for (const level of cmisPathLevels(path)) {
          for (const message of templateProblems(level, OF_THE_RULES)) context.addIssue({ code: 'custom', message });
        }
      })
      .default('{{aktenplaneinheit}}'),
    /** Types of these folders, from the top; further ones are `cmis:folder`. */
    pathTypes: z.array(cmisId).default([]),
    vorgang: vorgang.prefault({}),
    documents: documents.prefault({}),
    /** One document per file, or one ZIP of all under the name given. */
    container: z.strictObject({ name: template(ofVorgang).default('Antrag.zip'), type: cmisId.optional() }).optional(),
    /** Where the name of a Vorgang or document is taken: `number` appends (2), (3) …; `refuse` parks the delivery. */
    collision: z.enum(['number', 'refuse']).default('number'),
  })
  .refine(({ path, pathTypes }) => pathTypes.length <= cmisPathLevels(path).length, {
    error: 'has more types than path has folders',
    path: ['pathTypes'],
  });
export type CmisRules = z.infer<typeof cmisRules>;

/** The rules of a blueprint, or those that follow from its other filing rules. */
export function cmisRulesOf(ablage: { readonly cmis?: CmisRules | undefined }): CmisRules {
  return ablage.cmis ?? cmisRules.parse({});
}

/** The templates of the single folders of a path. A `/` inside `{{…}}` separates nothing. */
export function cmisPathLevels(path: string): string[] {
  const levels = path.split(/\/(?![^{}]*\}\})/);
  return levels.map((level) => level.trim()).filter((level) => level !== '');
}
