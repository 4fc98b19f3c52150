import { type FileHandle, mkdir, open, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '@ozg-hub/core';
import { vaultErrors } from './errors.ts';
import { FileSync } from './file-sync.ts';
import { HEADER_BYTES, type ObjectOpener, SEALED_CHUNK_BYTES, sealedSize } from './object-format.ts';

const FILE = /^objects\/\d{4}-\d{2}-\d{2}\/\d{2}\/[0-9a-f-]{36}$/;
/** Sealed chunks read at a time. */
const READ_CHUNKS = 4;
/** Buffers handed to the system in one write; bounds the memory of a stream together with the chunk size. */
const WRITE_BYTES = 262_144;

/** A file being written; durable after {@link ObjectFiles.sync}. */
export interface ObjectFile {
  /** Below the vault's folder: `objects/2026-08-21/10/<object id>`, day and hour in UTC. */
  readonly name: string;
  readonly handle: FileHandle;
}

/** Large objects as files, in one folder per hour so that files of one time share its fsync. */
export class ObjectFiles {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #sync = new FileSync();
  #hour = '';
  #durableHour = '';

  /** @param folder the vault's own folder below the data directory; made when needed */
  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  async create(objectId: string): Promise<ObjectFile> {
    return await reported(async () => {
      const [day, time] = this.#clock.now().toISOString().split('T') as [string, string];
      const hour = `objects/${day}/${time.slice(0, 2)}`;
      const name = `${hour}/${objectId}`;
      if (this.#hour !== hour) await mkdir(join(this.#folder, hour), { recursive: true, mode: 0o700 });
      this.#hour = hour;
      try {
        return { name, handle: await open(join(this.#folder, name), 'wx', 0o600) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        await mkdir(join(this.#folder, hour), { recursive: true, mode: 0o700 });
        return { name, handle: await open(join(this.#folder, name), 'wx', 0o600) };
      }
    });
  }

  /** Writes buffers in order; a few of them at a time go to the system in one call. */
  async write(file: ObjectFile, buffers: readonly Buffer[]): Promise<void> {
    await reported(async () => await writeAll(file.handle, buffers));
  }

  /** Makes content and name durable, together with others that wait; then closes the file. */
  async sync(file: ObjectFile): Promise<void> {
    await reported(async () => {
      const hour = dirname(file.name);
      const above = this.#durableHour === hour ? [] : [dirname(hour), 'objects', ''];
      await this.#sync.sync(
        file.handle,
        [hour, ...above].map((name) => join(this.#folder, name)),
      );
      this.#durableHour = hour;
      await file.handle.close();
    });
  }

  /** Closes and removes a file that is not wanted. */
  async discard(file: ObjectFile): Promise<void> {
    await file.handle.close().catch(() => undefined);
    await this.remove(file.name);
  }

  async remove(name: string): Promise<void> {
    await reported(async () => await rm(this.#path(name), { force: true }));
  }

  /** Opens a file chunk by chunk: gives only authenticated plaintext, holds 256 KiB. */
  async *read(name: string, plainBytes: number, opener: ObjectOpener): AsyncGenerator<Buffer, void, undefined> {
    const handle = await open(this.#path(name), 'r').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') throw vaultErrors.HUB_VAULT_CORRUPT({ detail: 'The file of an object is missing.' });
      throw fileError(cause);
    });
    try {
      const { size } = await handle.stat();
      if (size !== sealedSize(plainBytes)) throw vaultErrors.HUB_VAULT_CORRUPT();
      const buffer = Buffer.allocUnsafeSlow(READ_CHUNKS * SEALED_CHUNK_BYTES);
      opener.start(buffer.subarray(0, await readFully(handle, buffer.subarray(0, HEADER_BYTES), 0)));
      let at = HEADER_BYTES;
      while (at < size) {
        const length = await readFully(handle, buffer.subarray(0, Math.min(buffer.length, size - at)), at);
        if (length === 0) throw vaultErrors.HUB_VAULT_CORRUPT();
        at += length;
        for (let from = 0; from < length; from += SEALED_CHUNK_BYTES) {
          const to = Math.min(from + SEALED_CHUNK_BYTES, length);
          yield opener.chunk(buffer.subarray(from, to), at === size && to === length);
        }
      }
    } finally {
      await handle.close();
    }
  }

  /** Names of files last written before `before`, folder by folder. */
  async *olderThan(before: Date): AsyncGenerator<string[], void, undefined> {
    for (const day of await names(join(this.#folder, 'objects'))) {
      for (const hour of await names(join(this.#folder, 'objects', day))) {
        const found: string[] = [];
        for (const file of await names(join(this.#folder, 'objects', day, hour))) {
          const name = `objects/${day}/${hour}/${file}`;
          const written = await stat(join(this.#folder, name)).catch(() => undefined);
          if (FILE.test(name) && written && written.mtime < before) found.push(name);
        }
        if (found.length > 0) yield found;
      }
    }
  }

  /** Removes the folders of days before `before` that have become empty. */
  async removeEmptyFolders(before: Date): Promise<void> {
    const today = before.toISOString().slice(0, 10);
    for (const day of (await names(join(this.#folder, 'objects'))).filter((name) => name < today)) {
      for (const hour of await names(join(this.#folder, 'objects', day))) {
        await rmdir(join(this.#folder, 'objects', day, hour)).catch(() => undefined);
      }
      await rmdir(join(this.#folder, 'objects', day)).catch(() => undefined);
    }
  }

  #path(name: string): string {
    if (!FILE.test(name))
      throw vaultErrors.HUB_VAULT_CORRUPT({ detail: 'The file name of an object is not one of ours.' });
    return join(this.#folder, name);
  }
}

/** Collects sealed pieces and hands them on in larger writes, one write ahead of the sealing. */
export class WriteAhead {
  readonly #files: ObjectFiles;
  readonly #file: ObjectFile;
  #buffers: Buffer[] = [];
  #bytes = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(files: ObjectFiles, file: ObjectFile) {
    this.#files = files;
    this.#file = file;
  }

  /** Waits while the write before is still under way: that is the back-pressure. */
  async add(buffers: readonly Buffer[]): Promise<void> {
    for (const buffer of buffers) {
      this.#buffers.push(buffer);
      this.#bytes += buffer.length;
    }
    if (this.#bytes >= WRITE_BYTES) await this.#start();
  }

  async end(): Promise<void> {
    await this.#start();
    await this.#running;
  }

  /** Waits for the write under way, whatever comes of it. */
  async abandon(): Promise<void> {
    await this.#running.catch(() => undefined);
  }

  async #start(): Promise<void> {
    await this.#running;
    const buffers = this.#buffers;
    this.#buffers = [];
    this.#bytes = 0;
    this.#running = this.#files.write(this.#file, buffers);
    // A failure is thrown by the next wait; this keeps it from counting as unhandled until then.
    this.#running.catch(() => undefined);
  }
}

async function writeAll(handle: FileHandle, buffers: readonly Buffer[]): Promise<void> {
  let rest = buffers.filter((buffer) => buffer.length > 0);
  while (rest.length > 0) {
    let { bytesWritten } = await handle.writev(rest);
    while (rest.length > 0 && bytesWritten >= rest[0]!.length) bytesWritten -= rest.shift()!.length;
    if (bytesWritten > 0) rest = [rest[0]!.subarray(bytesWritten), ...rest.slice(1)];
  }
}

async function readFully(handle: FileHandle, into: Buffer, position: number): Promise<number> {
  let length = 0;
  while (length < into.length) {
    const { bytesRead } = await handle.read(into, length, into.length - length, position + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

async function names(folder: string): Promise<string[]> {
  return await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return [];
    throw fileError(cause);
  });
}

async function reported<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error);
  }
}

function fileError(error: unknown) {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return vaultErrors.HUB_VAULT_FULL({ cause: error });
  // What carries no system call is an error of ours already.
  return syscall === undefined ? error : vaultErrors.HUB_VAULT_UNAVAILABLE({ cause: error });
}
