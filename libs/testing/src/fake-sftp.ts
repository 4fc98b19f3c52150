import { createHash, generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import ssh2, { type Connection, type Server } from 'ssh2';
import { type SftpFaults, serveFiles } from './fake-sftp-files.ts';

export interface FakeSftpOptions {
  /** Folder that the account sees as `/`. */
  readonly root: string;
  readonly user?: string;
  readonly password?: string;
  /** In OpenSSH format. */
  readonly publicKey?: string;
}

/** An SFTP server on 127.0.0.1 over a folder, with faults to be switched on. */
export class FakeSftp {
  readonly user: string;
  readonly password: string;
  readonly faults: SftpFaults = {
    cutAfterBytes: undefined,
    loseAnswerOf: undefined,
    loseAnswerBelow: undefined,
    silent: false,
    full: false,
    receivedBytes: 0,
    logins: 0,
  };
  readonly #connections = new Set<Connection>();
  #server: Server | undefined;
  #port = 0;
  #print = '';

  constructor(private readonly options: FakeSftpOptions) {
    this.user = options.user ?? 'hub';
    this.password = options.password ?? 'open sesame';
  }

  get port(): number {
    return this.#port;
  }

  /** Fingerprint of the host key, `SHA256:…`. */
  get hostKey(): string {
    return this.#print;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Starts, or starts again on the same port; each time with another host key. */
  async start(): Promise<void> {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'sec1', format: 'pem' });
    const parsed = ssh2.utils.parseKey(key);
    if (parsed instanceof Error) throw parsed;
    this.#print = `SHA256:${createHash('sha256').update(parsed.getPublicSSH()).digest('base64').replace(/=+$/, '')}`;
    const server = new ssh2.Server({ hostKeys: [key] }, (connection) => this.#serve(connection));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', () => resolve());
    });
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Ends every connection at once. */
  cut(): void {
    for (const connection of this.#connections)
      (connection as unknown as { _sock: { destroy(): void } })._sock.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    const server = this.#server;
    this.#server = undefined;
    if (server) await new Promise((resolve) => server.close(() => resolve(undefined)));
  }

  #serve(connection: Connection): void {
    this.#connections.add(connection);
    connection.on('error', () => undefined);
    connection.on('close', () => this.#connections.delete(connection));
    connection.on('authentication', (context) => {
      const { publicKey } = this.options;
      if (context.username !== this.user) context.reject();
      else if (context.method === 'password' && context.password === this.password) context.accept();
      else if (context.method === 'publickey' && publicKey !== undefined && isKey(context.key.data, publicKey)) {
        context.accept();
      } else context.reject(['password', 'publickey']);
    });
    connection.on('ready', () => {
      this.faults.logins += 1;
      connection.on('session', (accept) => {
        accept().on('sftp', (acceptSftp) => {
          serveFiles(acceptSftp(), { root: this.options.root, faults: this.faults, cut: () => this.cut() });
        });
      });
    });
  }
}

function isKey(shown: Buffer, expected: string): boolean {
  const parsed = ssh2.utils.parseKey(expected);
  return !(parsed instanceof Error) && parsed.getPublicSSH().equals(shown);
}
