/** How to reach an SFTP server, secrets looked up. */
export interface SftpServer {
  /** Name or address, without protocol. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Password, or the password beside a key where the server wants both. */
  readonly password?: string | undefined;
  /** In OpenSSH or PEM format. */
  readonly privateKey?: string | undefined;
  readonly passphrase?: string | undefined;
  /** Fingerprints `SHA256:…`; a server with any other key is refused before a password is sent. */
  readonly hostKey: readonly string[];
  /** Without an answer after which the connection is given up. */
  readonly timeoutSeconds: number;
}
