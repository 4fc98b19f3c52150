import { z } from 'zod';

/** A line for the protocol of a Vorgang. It may tell of a citizen, so it lies in the vault. */
export const protocolEntry = z.object({
  text: z.string().trim().min(1).max(4000),
  /** Who did what the line tells of: a person or a system. */
  bearbeiter: z.string().trim().min(1).max(200),
  at: z.iso.datetime({ offset: true }),
});
export type ProtocolEntry = z.infer<typeof protocolEntry>;
