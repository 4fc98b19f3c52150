import { createHash } from 'node:crypto';
import ssh2, { type Client, type SFTPWrapper } from 'ssh2';
import type { SftpServer } from './sftp-server.ts';
import type { TransferErrors } from './transfer-errors.ts';

/** An answer of the server that is none of success (draft-ietf-secsh-filexfer-02 §7). */
export class SftpStatus extends Error {
  override readonly name = 'SftpStatus';

  constructor(readonly status: number) {
    super(`SFTP status ${status}`);
  }
}

export type SftpCallback<T> = (error: Error | null | undefined, value?: T) => void;

/** One connection to an SFTP server. */
export class SftpSession {
  readonly #pending = new Set<(error: Error) => void>();
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly client: Client,
    private readonly sftp: SFTPWrapper,
    private readonly timeoutMs: number,
    private readonly errors: TransferErrors,
  ) {
    client.on('close', () => this.#lost());
    sftp.on('close', () => this.end());
    // What goes wrong is seen by the calls under way; without a listener the event would end the process.
    sftp.on('error', () => this.end());
    client.on('error', () => this.end());
  }

  /**
   * Connects and shows the credentials only to a server with one of the keys configured.
   * @throws `hostKey`, `credentials`, `unreachable` of the errors given
   */
  static async connect(server: SftpServer, errors: TransferErrors): Promise<SftpSession> {
    const client = new ssh2.Client();
    const timeoutMs = server.timeoutSeconds * 1000;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(errors.unreachable({ detail: 'The server did not answer in time.' })), timeoutMs);
    });
    try {
      const opened = ready(client, server, errors).then(() => openSftp(client, errors));
      return new SftpSession(client, await Promise.race([opened, late]), timeoutMs, errors);
    } catch (error) {
      client.end();
      client.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * One request and its answer.
   * @throws SftpStatus, or `interrupted` where the answer is lost
   */
  call<T>(run: (sftp: SFTPWrapper, done: SftpCallback<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const lost = (cause: unknown) => this.errors.interrupted({ cause });
      if (this.#closed) return reject(lost(new Error('the connection is closed')));
      const fail = (cause: Error) => {
        this.#pending.delete(fail);
        reject(lost(cause));
      };
      this.#pending.add(fail);
      if (this.#pending.size === 1) this.#arm();
      try {
        run(this.sftp, (error, value) => {
          this.#pending.delete(fail);
          this.#arm();
          if (!error) resolve(value as T);
          else if (typeof (error as { code?: unknown }).code === 'number') {
            reject(new SftpStatus((error as unknown as { code: number }).code));
          } else reject(lost(error));
        });
      } catch (error) {
        this.#pending.delete(fail);
        this.#arm();
        reject(error);
      }
    });
  }

  /** Gives the connection up, with all calls under way. */
  end(): void {
    this.client.end();
    this.client.destroy();
    this.#lost();
  }

  /** Waits anew for the next answer: on a slow line each of many takes its time, but some come. */
  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#pending.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#fail('no answer in time');
      this.end();
    }, this.timeoutMs);
  }

  #lost(): void {
    this.#closed = true;
    this.#fail('the connection was lost');
    clearTimeout(this.#timer);
  }

  #fail(reason: string): void {
    for (const fail of [...this.#pending]) fail(new Error(reason));
  }
}

function openSftp(client: Client, { unreachable }: TransferErrors): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.once('close', () => reject(unreachable({ detail: 'The server closed the connection.' })));
    client.sftp((cause, wrapper) => {
      if (cause) reject(unreachable({ detail: 'The server offers no SFTP.', cause }));
      else resolve(wrapper);
    });
  });
}

/** Resolves when the server has accepted the credentials. */
function ready(client: Client, server: SftpServer, errors: TransferErrors): Promise<void> {
  const { host, port, user, password, privateKey, passphrase, hostKey, timeoutSeconds } = server;
  const expected = new Set(hostKey.map(withoutPadding));
  let shown: string | undefined;
  return new Promise((resolve, reject) => {
    client.once('ready', resolve);
    client.once('close', () => reject(errors.unreachable({ detail: 'The server closed the connection.' })));
    client.on('error', (error: Error & { level?: string }) => reject(connectError(error, shown, errors)));
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, answer) =>
      answer(prompts.map(() => password ?? '')),
    );
    try {
      client.connect({
        host,
        port,
        username: user,
        ...(password !== undefined && { password, tryKeyboard: true }),
        ...(privateKey !== undefined && { privateKey }),
        ...(passphrase !== undefined && { passphrase }),
        readyTimeout: timeoutSeconds * 1000,
        keepaliveInterval: timeoutSeconds * 1000,
        keepaliveCountMax: 3,
        hostVerifier: (key: Buffer) => {
          const print = `SHA256:${createHash('sha256').update(key).digest('base64')}`;
          if (expected.has(withoutPadding(print))) return true;
          shown = withoutPadding(print);
          return false;
        },
      });
    } catch (cause) {
      reject(errors.credentials({ detail: 'The private key cannot be read, or its passphrase is wrong.', cause }));
    }
  });
}

function connectError(error: Error & { level?: string }, shown: string | undefined, errors: TransferErrors): Error {
  if (shown !== undefined) {
    const detail = `The SFTP server shows the host key ${shown}, which is not configured; nothing was sent.`;
    return errors.hostKey({ detail, cause: error });
  }
  if (error.level === 'client-authentication') return errors.credentials({ cause: error });
  return errors.unreachable({ cause: error });
}

function withoutPadding(print: string): string {
  return print.replace(/=+$/, '');
}
