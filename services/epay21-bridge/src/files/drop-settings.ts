import { isSecretReference } from '@ozg-hub/directory';
import { z } from 'zod';

/** A secret by reference, `env:NAME` or `file:/path`; looked up anew for each new connection. */
const secret = z.string().refine(isSecretReference, { error: 'name it as env:NAME or file:/path' });

const sha256Print = z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, { error: 'is SHA256: and 43 characters' });

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
    /** Name or address, without protocol. */
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).default(22),
    user: z.string().min(1),
    /** Password, or the password beside a key where the server wants both. */
    password: secret.optional(),
    /** Private key in OpenSSH or PEM format. */
    privateKey: secret.optional(),
    /** Passphrase of the private key. */
    passphrase: secret.optional(),
    /** Fingerprints `SHA256:…` of the keys that the server may show; any other key is refused before a password is sent. */
    hostKey: z
      .union([sha256Print, z.array(sha256Print).min(1)])
      .transform((keys): readonly string[] => (typeof keys === 'string' ? [keys] : keys)),
    /** Seconds without an answer after which the connection is given up. */
    timeoutSeconds: z.int().min(1).max(600).default(30),
    /** Folder out of which the finance system takes files. */
    folder: z.string().min(1),
  })
  .refine(({ password, privateKey }) => password !== undefined || privateKey !== undefined, {
    error: 'needs password or privateKey',
  });

/** Where finished files are put. */
export const dropPlace = z.discriminatedUnion('by', [directoryDrop, sftpDrop]);
export type DropPlace = z.infer<typeof dropPlace>;
export type DirectoryDropPlace = Extract<DropPlace, { by: 'directory' }>;
export type SftpDropPlace = Extract<DropPlace, { by: 'sftp' }>;
