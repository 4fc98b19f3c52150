import { z } from 'zod';

/** A part of a long list, as query parameters: what follows an id, so many at most. */
export const page = z.object({
  after: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
});
