import { constants } from 'node:fs';
import { posix } from 'node:path';
import type { Writable } from 'node:stream';
import { isHubError, newId } from '@ozg-hub/core';
import type { Attributes, FileEntryWithStats } from 'ssh2';
import type { FileEntry, FolderUse, RemoteFiles, WriteOptions } from './remote-files.port.ts';
import type { SftpServer } from './sftp-server.ts';
import { SftpSession, SftpStatus } from './sftp-session.ts';
import { SftpUpload, windowBytes } from './sftp-upload.ts';
import type { TransferErrors } from './transfer-errors.ts';

const END_OF_FILE = 1;
const NO_SUCH_FILE = 2;
/** SSH_FXF_* of open (draft-ietf-secsh-filexfer-02 §6.3). */
const [READ, WRITE, CREATE, EXCLUSIVE] = [0x01, 0x02, 0x08, 0x20];
const READ_BYTES = 256 * 1024;
const IDLE_MS = 60_000;

/** Files of an SFTP server. One connection, opened at need and closed when nobody used it for a minute. */
export class SftpFiles implements RemoteFiles {
  readonly resumes = true;
  #session: Promise<SftpSession> | undefined;
  #users = 0;
  #idle: NodeJS.Timeout | undefined;

  /** @param reveal gives the server with its secrets looked up; asked for each new connection */
  constructor(
    private readonly reveal: () => Promise<SftpServer>,
    private readonly errors: TransferErrors,
    private readonly idleMs = IDLE_MS,
  ) {}

  async list(folder: string): Promise<readonly FileEntry[] | undefined> {
    const found = await this.#use((session) =>
      ifThere(session.call<FileEntryWithStats[]>((sftp, done) => sftp.readdir(folder, done))),
    );
    return found
      ?.filter(({ filename }) => filename !== '.' && filename !== '..')
      .map(({ filename, attrs }) => entryOf(filename, attrs));
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    const attributes = await this.#use((session) =>
      ifThere(session.call<Attributes>((sftp, done) => sftp.stat(path, done))),
    );
    return attributes && entryOf(posix.basename(path), attributes);
  }

  read(path: string, { maxBytes }: { readonly maxBytes: number }): Promise<Buffer> {
    return this.#use(async (session) => {
      const handle = await session.call<Buffer>((sftp, done) => sftp.open(path, READ, done));
      const pieces: Buffer[] = [];
      let bytes = 0;
      try {
        for (;;) {
          const piece = await readPiece(session, handle, bytes);
          if (piece.length === 0) return Buffer.concat(pieces);
          bytes += piece.length;
          if (bytes > maxBytes) throw this.errors.tooLarge();
          pieces.push(piece);
        }
      } finally {
        await close(session, handle);
      }
    });
  }

  write<T>(path: string, fill: (to: Writable) => Promise<T>, { resume = false }: WriteOptions = {}): Promise<T> {
    return this.#use(async (session) => {
      const flags = WRITE | CREATE | (resume ? 0 : EXCLUSIVE);
      const handle = await session.call<Buffer>((sftp, done) => sftp.open(path, flags, done));
      try {
        const from = resume ? await resumeAt(session, handle) : 0;
        const result = await fill(new SftpUpload(session, handle, from));
        await sync(session, handle);
        await session.call<void>((sftp, done) => sftp.close(handle, done));
        return result;
      } catch (error) {
        await close(session, handle);
        if (!resume) await session.call<void>((sftp, done) => sftp.unlink(path, done)).catch(() => undefined);
        throw error;
      }
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#use(async (session) => {
      // OpenSSH replaces nothing by itself, others do.
      const taken = await session.call<Attributes>((sftp, done) => sftp.stat(to, done)).catch(unlessLost);
      if (taken) throw this.errors.nameTaken();
      try {
        await session.call<void>((sftp, done) => sftp.rename(from, to, done));
      } catch (error) {
        // No answer of the server: the connection was lost, perhaps after it took effect.
        if (isHubError(error)) throw this.errors.outcomeUnknown({ cause: error });
        throw error;
      }
    });
  }

  async makeFolder(folder: string): Promise<void> {
    if (await this.stat(folder)) return;
    const above = posix.dirname(folder);
    if (above !== folder) await this.makeFolder(above);
    try {
      await this.#use((session) => session.call<void>((sftp, done) => sftp.mkdir(folder, { mode: 0o700 }, done)));
    } catch (error) {
      if (!(await this.stat(folder))) throw error;
    }
  }

  async remove(path: string): Promise<void> {
    await this.#use((session) => ifThere(session.call<void>((sftp, done) => sftp.unlink(path, done))));
  }

  /** The server alone knows; it says so at the rename. */
  async renames(_from: string, to: string): Promise<boolean> {
    if (!(await this.stat(to))) throw this.#unavailable(new SftpStatus(NO_SUCH_FILE));
    return true;
  }

  async problemOf(folder: string, use: FolderUse): Promise<string | undefined> {
    const entry = await this.stat(folder);
    if (entry?.kind !== 'folder') return entry ? 'ENOTDIR' : 'ENOENT';
    if (use === 'read') await this.list(folder);
    const probe = `${folder}/.ozg-hub-${newId()}`;
    await this.#use(async (session) => {
      await session.call<void>((sftp, done) => sftp.mkdir(probe, done));
      await session.call<void>((sftp, done) => sftp.rmdir(probe, done));
    });
    return undefined;
  }

  close(): void {
    clearTimeout(this.#idle);
    const session = this.#session;
    this.#session = undefined;
    session?.then(
      (open) => open.end(),
      () => undefined,
    );
  }

  async #use<T>(run: (session: SftpSession) => Promise<T>): Promise<T> {
    this.#users += 1;
    clearTimeout(this.#idle);
    try {
      return await run(await this.#connected());
    } catch (error) {
      throw this.#unavailable(error);
    } finally {
      this.#users -= 1;
      if (this.#users === 0) this.#idle = setTimeout(() => this.#users === 0 && this.close(), this.idleMs).unref();
    }
  }

  /** Whoever comes while a connection is being made waits for that one, and fails with it. */
  async #connected(): Promise<SftpSession> {
    const known = this.#session;
    if (!known) return await this.#connect();
    const session = await known;
    if (!session.closed) return session;
    if (this.#session === known) this.#session = undefined;
    return await this.#connected();
  }

  #unavailable(error: unknown): unknown {
    if (!(error instanceof SftpStatus)) return error;
    return this.errors.unavailable({ detail: `The folder there cannot be used (${error.message}).`, cause: error });
  }

  #connect(): Promise<SftpSession> {
    const connecting = this.reveal().then((server) => SftpSession.connect(server, this.errors));
    this.#session = connecting;
    connecting.catch(() => {
      if (this.#session === connecting) this.#session = undefined;
    });
    return connecting;
  }
}

/**
 * Bytes of an unfinished file that need not be sent again. What was under way when the connection broke may have
 * arrived in any order, so a whole window is sent once more.
 */
async function resumeAt(session: SftpSession, handle: Buffer): Promise<number> {
  const { size } = await session.call<Attributes>((sftp, done) => sftp.fstat(handle, done));
  return Math.max(0, size - windowBytes);
}

async function readPiece(session: SftpSession, handle: Buffer, position: number): Promise<Buffer> {
  const into = Buffer.allocUnsafe(READ_BYTES);
  try {
    const bytes = await session.call<number>((sftp, done) =>
      sftp.read(handle, into, 0, READ_BYTES, position, (error, read) => done(error, read)),
    );
    return into.subarray(0, bytes);
  } catch (error) {
    if (error instanceof SftpStatus && error.status === END_OF_FILE) return Buffer.alloc(0);
    throw error;
  }
}

/** Servers without the extension keep files as durable as they can. */
async function sync(session: SftpSession, handle: Buffer): Promise<void> {
  try {
    await session.call<unknown>((sftp, done) => sftp.ext_openssh_fsync(handle, done));
  } catch (error) {
    if (isHubError(error)) throw error;
  }
}

async function close(session: SftpSession, handle: Buffer): Promise<void> {
  await session.call<void>((sftp, done) => sftp.close(handle, done)).catch(() => undefined);
}

function entryOf(name: string, { mode, size, mtime }: Attributes): FileEntry {
  const type = mode & constants.S_IFMT;
  const kind = type === constants.S_IFREG ? 'file' : type === constants.S_IFDIR ? 'folder' : 'other';
  return { name, kind, size, print: `${size}/${mtime}`, writtenAt: new Date(mtime * 1000) };
}

async function ifThere<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof SftpStatus && error.status === NO_SUCH_FILE) return undefined;
    throw error;
  }
}

function unlessLost(error: unknown): undefined {
  if (!(error instanceof SftpStatus)) throw error;
}
