import { z } from 'zod';

const sha256Print = z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, { error: 'is SHA256: and 43 characters' });

/**
 * Settings by which an operator names an SFTP server, to stand among others of a place; see {@link hasCredentials}.
 * @param secret a secret by reference; looked up anew for each new connection
 */
export function sftpServerSettings<Secret extends z.ZodType<string>>(secret: Secret) {
  return {
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
    /**
     * Fingerprints `SHA256:…` (as `ssh-keyscan HOST | ssh-keygen -lf -` prints them) of the keys the server may show;
     * several while it changes its key. Of keys of several kinds a server shows ed25519 first, then ECDSA, then RSA. Any
     * other key is refused before a password is sent.
     */
    hostKey: z
      .union([sha256Print, z.array(sha256Print).min(1)])
      .transform((keys): readonly string[] => (typeof keys === 'string' ? [keys] : keys)),
    /** Seconds without an answer after which the connection is given up. */
    timeoutSeconds: z.int().min(1).max(600).default(30),
  };
}

interface Credentials {
  readonly password?: string | undefined;
  readonly privateKey?: string | undefined;
}

/** What a place with {@link sftpServerSettings} needs. */
export function hasCredentials({ password, privateKey }: Credentials): boolean {
  return password !== undefined || privateKey !== undefined;
}
