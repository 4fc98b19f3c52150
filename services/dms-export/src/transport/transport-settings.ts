import { z } from 'zod';

/** A directory that the hub and the DMS share. */
const directoryHandOver = z.strictObject({
  by: z.literal('directory'),
  /** Directory out of which the DMS takes packages. */
  inbox: z.string().min(1),
  /** The hub's own folder on the file system of the inbox; default `.ozg-hub-staging` beside it. */
  staging: z.string().min(1).optional(),
  /** Makes the inbox where it is missing, for this account alone; for demo and tests. */
  createDirectories: z.boolean().default(false),
});

/** How a finished package reaches the DMS. */
export const handOver = z.discriminatedUnion('by', [directoryHandOver]);
export type HandOver = z.infer<typeof handOver>;

const directoryReplies = z.strictObject({
  by: z.literal('directory'),
  /** Directory into which the DMS writes 0629 and 0630. */
  folder: z.string().min(1),
  /** Makes the folder where it is missing, for this account alone; for demo and tests. */
  createDirectories: z.boolean().default(false),
});

/** Where the replies of a DMS are found. */
export const replySource = z.discriminatedUnion('by', [directoryReplies]);
export type ReplySource = z.infer<typeof replySource>;
