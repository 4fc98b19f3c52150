import { constants, createWriteStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { syncFolder } from '@ozg-hub/transfer';
import { dmsErrors } from '../errors.ts';
import type { DmsFiles, FileEntry, FolderUse } from './dms-files.port.ts';

/** Everything else that uses files waits behind these. */
const STATS_AT_ONCE = 64;

/** Files of a directory that hub and DMS share. */
export class LocalFiles implements DmsFiles {
  readonly resumes = false;

  async list(folder: string): Promise<readonly FileEntry[] | undefined> {
    const names = await ifThere(readdir(folder));
    if (!names) return undefined;
    const entries: FileEntry[] = [];
    for (let at = 0; at < names.length; at += STATS_AT_ONCE) {
      const some = names.slice(at, at + STATS_AT_ONCE).map((name) => this.stat(join(folder, name)));
      for (const entry of await Promise.all(some)) if (entry) entries.push(entry);
    }
    return entries;
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    const info = await ifThere(stat(path));
    if (!info) return undefined;
    return {
      name: basename(path),
      kind: info.isFile() ? 'file' : info.isDirectory() ? 'folder' : 'other',
      size: info.size,
      print: `${info.ino}/${info.size}/${info.mtimeMs}`,
      writtenAt: info.mtime,
    };
  }

  async read(path: string, { maxBytes }: { readonly maxBytes: number }): Promise<Buffer> {
    const handle = await orUnavailable(open(path, 'r'));
    const bytes = await orUnavailable(buffer(handle.createReadStream({ end: maxBytes })));
    if (bytes.length > maxBytes) throw dmsErrors.HUB_DMS_FILE_TOO_LARGE();
    return bytes;
  }

  async write<T>(path: string, fill: (to: Writable) => Promise<T>): Promise<T> {
    const to = createWriteStream(path, { flags: 'wx', flush: true });
    let isOurs = false;
    const closed = new Promise<void>((resolve) => to.once('close', resolve));
    to.once('open', () => (isOurs = true)).on('error', () => undefined);
    try {
      const result = await fill(to);
      await syncFolder(dirname(path));
      return result;
    } catch (error) {
      // The file may only now come about; and of that name there may be one already, which is another's.
      to.destroy();
      await closed;
      if (isOurs) await rm(path, { force: true }).catch(() => undefined);
      throw unavailable(error);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    if (await this.stat(to)) throw dmsErrors.HUB_DMS_NAME_TAKEN();
    try {
      await rename(from, to);
      await syncFolder(dirname(from));
      await syncFolder(dirname(to));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EXDEV') throw dmsErrors.HUB_DMS_STAGING_DEVICE({ cause: error });
      throw unavailable(error);
    }
  }

  async makeFolder(folder: string): Promise<void> {
    const above = dirname(folder);
    try {
      await mkdir(above, { recursive: true });
      await mkdir(folder, { mode: 0o700 });
      await syncFolder(above);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unavailable(error);
    }
  }

  async remove(path: string): Promise<void> {
    await orUnavailable(rm(path, { force: true }));
  }

  async renames(from: string, to: string): Promise<boolean> {
    const [here, there] = await orUnavailable(Promise.all([stat(from), stat(to)]));
    return here.dev === there.dev;
  }

  async problemOf(folder: string, use: FolderUse): Promise<string | undefined> {
    try {
      await access(folder, use === 'write' ? constants.W_OK : constants.R_OK | constants.W_OK);
      return undefined;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? 'unknown';
    }
  }

  close(): void {}
}

const MAY_PASS: ReadonlySet<string> = new Set([
  'ENOENT',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
  'EEXIST',
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'ESTALE',
  'EBUSY',
  'ENODEV',
  'ENXIO',
  'ENOTCONN',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EREMOTEIO',
]);

/** An error of the file system at the target as one that a retry may mend; others stay what they are. */
function unavailable(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (!code || !MAY_PASS.has(code)) return error;
  return dmsErrors.HUB_DMS_INBOX_UNAVAILABLE({
    detail: `The directory of the DMS cannot be used (${code}).`,
    cause: error,
  });
}

async function orUnavailable<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw unavailable(error);
  }
}

async function ifThere<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unavailable(error);
  }
}
