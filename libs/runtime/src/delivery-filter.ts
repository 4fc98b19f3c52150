import type { DeliveryFilter } from '@ozg-hub/delivery';
import { deliveryStates } from '@ozg-hub/submission';
import { z } from 'zod';
import { type Principal, visibleTenants } from './api-keys.ts';

const time = z.iso.datetime({ offset: true });

/** Which deliveries a request is about: as query parameters, or as a JSON object. */
export const deliveryFilter = z.object({
  state: z
    .preprocess(
      (text) => (typeof text === 'string' ? text.split(',') : text),
      z.array(
        z
          .string()
          .transform((state) => state.toUpperCase())
          .pipe(z.enum(deliveryStates)),
      ),
    )
    .optional()
    .describe('one or several states, comma-separated'),
  tenant: z.string().optional(),
  target: z.string().optional(),
  fingerprint: z.string().optional(),
  code: z.string().optional().describe('code of the last failure or refusal'),
  since: time.optional().describe('changed last at this time or later'),
  until: time.optional().describe('changed last before this time'),
  submission: z.uuid().optional(),
  overdue: z.union([z.enum(['true', 'false']), z.boolean()]).optional(),
});

/** Why an operator does something. */
export const reason = z.string().min(3).max(200).describe('goes into the trail: no personal data');

/** The filter, narrowed to what the caller may see. */
export function visibleTo(caller: Principal, given: z.infer<typeof deliveryFilter>): DeliveryFilter {
  return {
    states: given.state,
    tenants: visibleTenants(caller, given.tenant),
    target: given.target,
    fingerprint: given.fingerprint,
    code: given.code,
    since: given.since === undefined ? undefined : new Date(given.since),
    until: given.until === undefined ? undefined : new Date(given.until),
    submissionId: given.submission,
    overdue: given.overdue === undefined ? undefined : String(given.overdue) === 'true',
  };
}
