import { isSecretReference } from '@ozg-hub/directory';
import { hasCredentials, sftpServerSettings } from '@ozg-hub/transfer';
import { z } from 'zod';

/** A secret by reference, `env:NAME` or `file:/path`; looked up anew for each new connection. */
const secret = z.string().refine(isSecretReference, { error: 'name it as env:NAME or file:/path' });

const directoryDrop = z.strictObject({
  by: z.literal('directory'),
  /** Folder out of which the finance system takes files. */
  folder: z.string().min(1),
  /** Makes the folder where it is missing, for this account alone; for demo and tests. */
  createDirectories: z.boolean().default(false),
});

const sftpDrop = z
  .strictObject({
    by: z.literal('sftp'),
    ...sftpServerSettings(secret),
    /** Folder out of which the finance system takes files. */
    folder: z.string().min(1),
  })
  .refine(hasCredentials, { error: 'needs password or privateKey' });

/** Where finished files are put. */
export const dropPlace = z.discriminatedUnion('by', [directoryDrop, sftpDrop]);
export type DropPlace = z.infer<typeof dropPlace>;
export type DirectoryDropPlace = Extract<DropPlace, { by: 'directory' }>;
export type SftpDropPlace = Extract<DropPlace, { by: 'sftp' }>;
