import { z } from 'zod';

/** An amount as events carry it: whole minor units and the ISO 4217 code. */
export const eventMoney = z.object({
  minor: z.int().describe('whole minor units, for EUR cents'),
  currency: z.string().regex(/^[A-Z]{3}$/),
});
