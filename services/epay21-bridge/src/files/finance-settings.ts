import { z } from 'zod';
import { reconciliationSettings } from '../reconciliation/reconciliation-settings.ts';
import { fileProfile } from './file-profile.ts';

/** Settings of a target of kind `finance`: the system that keeps the municipality's books. */
export const financeSettings = z.strictObject({
  /** Files of each business day, for a system that reads no events; several where several read them. */
  files: z
    .array(fileProfile)
    .max(10)
    .refine((profiles) => new Set(profiles.map(({ id }) => id)).size === profiles.length, {
      error: 'the same id twice',
    })
    .default([]),
  /** The daily comparison with payment service and bank; left out: none is made. */
  reconciliation: reconciliationSettings.optional(),
});
export type FinanceSettings = z.infer<typeof financeSettings>;
