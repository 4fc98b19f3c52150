import { z } from 'zod';

const party = z.strictObject({
  name: z.string().min(1),
  organisationseinheit: z.string().optional(),
  /** Amtlicher Gemeindeschlüssel, 8 digits: Behoerdenkennung of the party. */
  ags: z
    .string()
    .regex(/^\d{8}$/)
    .optional(),
  /** Version of the list of these keys. */
  agsListVersion: z.string().default('2024-01-31'),
});

/** Settings of a target of kind `xdomea-directory`: a DMS that takes packages out of a directory. */
export const xdomeaDirectorySettings = z.strictObject({
  /** Directory out of which the DMS takes packages. */
  inbox: z.string().min(1),
  /** Directory into which the DMS writes 0629 and 0630; unset: the DMS gives no answer. */
  replies: z.string().min(1).optional(),
  /** The hub's own folder on the file system of the inbox; default `.ozg-hub-staging` beside it. */
  staging: z.string().min(1).optional(),
  version: z.enum(['3.1.0']).default('3.1.0'),
  sender: party,
  receiver: party,
  /** InstanzID of the DMS. */
  receivingSystem: z.string().optional(),
  /** Asks for a 0629. */
  receiptWanted: z.boolean().default(true),
  /** Erstellerkennung, as the DMS knows the hub. */
  creator: z.string().optional(),
  /** Names of the parameter in a 0630 that carries the Aktenzeichen, first match wins. */
  aktenzeichenParameter: z.array(z.string().min(1)).min(1).optional(),
  /** Deflates files for receivers that read ZIP as a stream. */
  deflateAll: z.boolean().default(false),
  /** Makes inbox and replies where they are missing, for this account alone; for demo and tests. */
  createDirectories: z.boolean().default(false),
});
export type XdomeaDirectorySettings = z.infer<typeof xdomeaDirectorySettings>;
