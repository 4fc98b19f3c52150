import { isHubError } from '@ozg-hub/core';
import { supportedVersions, xdomeaVersion } from '@ozg-hub/xdomea';
import { z } from 'zod';
import { handOver, replySource } from '../transport/transport-settings.ts';

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

/** Why this is no version that the hub speaks; of one that exists, what is missing for it. */
function reasonAgainst(version: unknown): string {
  const which = `must be one of ${supportedVersions.join(', ')}, in quotes`;
  if (typeof version !== 'string') return which;
  try {
    xdomeaVersion(version);
    return which;
  } catch (error) {
    if (!isHubError(error, 'HUB_XDOMEA_VERSION')) throw error;
    return error.message;
  }
}

/** Settings of a target of kind `xdomea`: a DMS that takes xdomea packages, whichever way they travel. */
export const xdomeaSettings = z
  .strictObject({
    /** Version of xdomea that the DMS speaks. */
    version: z.enum(supportedVersions, { error: ({ input }) => reasonAgainst(input) }).default('3.1.0'),
    /** How packages reach the DMS. */
    handOver,
    /** Where the DMS answers (0629, 0630); left out: it gives no answer. */
    replies: replySource.optional(),
    sender: party,
    receiver: party,
    /** InstanzID of the DMS; 2.4.0 requires it. */
    receivingSystem: z.string().min(1).optional(),
    /** Asks for a 0629. */
    receiptWanted: z.boolean().default(true),
    /** Erstellerkennung, as the DMS knows the hub. */
    creator: z.string().optional(),
    /** Names of the parameter in a 0630 that carries the Aktenzeichen, first match wins. */
    aktenzeichenParameter: z.array(z.string().min(1)).min(1).optional(),
    /** Characters the version forbids: `refuse` parks the delivery, `transliterate` writes the nearest and says so in the trail. */
    characters: z.enum(['refuse', 'transliterate']).default('refuse'),
    /** Deflates files for receivers that read ZIP as a stream. */
    deflateAll: z.boolean().default(false),
  })
  .refine(({ version, receivingSystem }) => version !== '2.4.0' || receivingSystem !== undefined, {
    error: 'xdomea 2.4.0 requires the InstanzID of the DMS',
    path: ['receivingSystem'],
  });
export type XdomeaSettings = z.infer<typeof xdomeaSettings>;
