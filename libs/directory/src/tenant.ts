import { anschrift, tenantSlug } from '@ozg-hub/submission';
import { z } from 'zod';
import { blueprintId, blueprintRef, purpose } from './blueprint.ts';
import { feeDefaults, kassenzeichenPattern } from './fee.ts';
import { day, endsAfterItBegins, periodFields } from './period.ts';

const endsBeforeItBegins = { error: 'validTo lies before validFrom', path: ['validTo'] };

/** A key with its time: `'06999001'`, or a list of `{ value, validFrom, validTo }`. */
const dated = (digits: RegExp, error: string) =>
  z.preprocess(
    (written) => (Array.isArray(written) ? written : [typeof written === 'object' ? written : { value: written }]),
    z.array(
      z
        .strictObject({ value: z.string({ error }).regex(digits, { error }), ...periodFields })
        .refine(endsAfterItBegins, endsBeforeItBegins),
    ),
  );

export const targetId = z.string().regex(/^[a-z0-9][a-z0-9-]{1,39}$/, {
  error: 'must be lower-case letters, digits and hyphens (2 to 40)',
});

/** A system of the municipality that the hub delivers to. */
export const targetRecord = z.strictObject({
  id: targetId,
  name: z.string().min(1).max(200).optional(),
  /** Which adapter delivers; its service says what `settings` may hold. */
  kind: z.string().regex(/^[a-z][a-z0-9-]{1,59}$/),
  settings: z.record(z.string(), z.unknown()).default({}),
  /** At most `count` deliveries in `perSeconds`; left out: no limit. */
  rate: z
    .strictObject({ count: z.number().int().positive(), perSeconds: z.number().int().positive().default(1) })
    .optional(),
  /** Deliveries in flight at the same time. */
  concurrency: z.number().int().min(1).max(64).default(4),
  /** When a waiting delivery is overdue: after so many hours without receipt, working days without result. */
  dueAfter: z
    .strictObject({
      receiptHours: z.number().int().positive().default(24),
      resultWorkingDays: z.number().int().positive().default(5),
    })
    .default({ receiptHours: 24, resultWorkingDays: 5 }),
  /** Whether a parked or rejected delivery holds later ones of its case. */
  parkedLane: z.enum(['hold', 'skip']).default('hold'),
  /** Switches for what this product does differently; the adapter knows their names. */
  quirks: z.record(z.string(), z.union([z.boolean(), z.number(), z.string()])).default({}),
});
export type TargetRecord = z.infer<typeof targetRecord>;

export interface Target extends TargetRecord {
  /** Slug of the tenant it belongs to. */
  readonly tenant: string;
}

const targetsByPurpose = z.partialRecord(purpose, targetId);
export type TargetsByPurpose = z.infer<typeof targetsByPurpose>;

/** A Leistung as one municipality offers it: `blueprint@version`, or that with what differs here. */
export const leistung = z.preprocess(
  (written) => (typeof written === 'string' ? { use: written } : written),
  z.strictObject({
    use: blueprintRef,
    /** Merged deeply into the blueprint: objects by key, lists and values replaced, null removes. */
    overrides: z.record(z.string(), z.unknown()).optional(),
    targets: targetsByPurpose.optional(),
  }),
);
export type Leistung = z.infer<typeof leistung>;

/** A municipality (Kommune), or another body that decides on applications. */
export const tenant = z.strictObject({
  slug: tenantSlug.regex(/^[a-z0-9]/, { error: 'must be 3 to 40 lower-case letters, digits and hyphens' }),
  name: z.string().min(1).max(200),
  ars: dated(/^\d{12}$/, 'must be an ARS: 12 digits in quotes').default([]),
  ags: dated(/^\d{8}$/, 'must be an AGS: 8 digits in quotes').default([]),
  anschrift: anschrift.strict().optional(),
  /** The source's keys of the units that take applications for this tenant. */
  organisationseinheiten: z
    .array(
      z
        .strictObject({
          key: z.string().regex(/^\S{1,128}$/, { error: 'must be the key of an organisation unit, without blanks' }),
          name: z.string().min(1).max(200).optional(),
          ...periodFields,
        })
        .refine(endsAfterItBegins, endsBeforeItBegins),
    )
    .default([]),
  /** From that day new submissions for this tenant's units belong to the successor. */
  succeededBy: z.strictObject({ tenant: tenantSlug, from: day }).optional(),
  targets: z.array(targetRecord).default([]),
  /** Target of each purpose where a Leistung names none. */
  defaultTargets: targetsByPurpose.default({}),
  bundles: z.array(blueprintId).default([]),
  /** Replaces the entry of a bundle with the same blueprint id. */
  leistungen: z.array(leistung).default([]),
  /** How the hub asks for fees where it does. */
  payment: z
    .strictObject({ kassenzeichen: kassenzeichenPattern.default(feeDefaults.kassenzeichen) })
    .default({ kassenzeichen: feeDefaults.kassenzeichen }),
  policy: z
    .strictObject({
      /** Documents no virus scanner has seen: `release` passes them on, `hold` keeps them back. */
      notScanned: z.enum(['release', 'hold']).default('hold'),
      /**
       * Takes the sender's word for who signed in and at which level, without a proof of identity: it stands in the
       * envelope, marked as not verified. Left out: such applications are refused.
       */
      acceptUnverifiedIdentity: z.boolean().optional(),
    })
    .default({ notScanned: 'hold' }),
  /** For all Leistungen of this tenant; an override of a Leistung is stronger. */
  retention: z.strictObject({ months: z.number().int().min(1).max(600) }).optional(),
});
export type Tenant = z.infer<typeof tenant>;
