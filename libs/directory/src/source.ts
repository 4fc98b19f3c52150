import { z } from 'zod';
import { profileId } from './blueprint.ts';

export const sourceId = z.string().regex(/^[a-z0-9][a-z0-9-]{1,39}$/);

/** A system that sends applications, and the profile that reads what it sends. */
export const source = z.strictObject({
  id: sourceId,
  name: z.string().min(1).max(200).optional(),
  profile: profileId,
});
export type Source = z.infer<typeof source>;

export const sourcesFile = z.strictObject({ sources: z.array(source) });

/**
 * How a foreign XML becomes a submission. The directory keeps it whole and checks its id only;
 * what else stands in it is checked by the `profileSchema` of the service that reads with it.
 */
export const mappingProfile = z.looseObject({ id: profileId });
export type MappingProfile = z.infer<typeof mappingProfile>;
