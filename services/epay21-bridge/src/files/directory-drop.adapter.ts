import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '@ozg-hub/transfer';
import type { DirectoryDropPlace } from './drop-settings.ts';
import { fileErrors } from './errors.ts';
import type { FileDrop, FinishedFile } from './file-drop.port.ts';

/** File systems without links say so by one of these. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES']);
/** A folder that the hub and the finance system share. */
export class DirectoryDrop implements FileDrop {
  constructor(private readonly place: DirectoryDropPlace) {}

  async put({ id, name, content }: FinishedFile): Promise<void> {
    const { folder, createDirectories } = this.place;
    const [temporary, final] = [join(folder, `.${name}.${id}.part`), join(folder, name)];
    try {
      if (createDirectories) await mkdir(folder, { recursive: true, mode: 0o700 });
      if (await this.#isThere(final, content)) return;
      await writeDurably(temporary, content);
      try {
        await giveName(temporary, final);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST' || !(await this.#isThere(final, content))) throw error;
      } finally {
        await rm(temporary, { force: true });
      }
      await syncFolder(folder);
    } catch (error) {
      throw dropError(error);
    }
  }

  /** @throws HUB_EPAY_DROP_NAME_TAKEN */
  async #isThere(path: string, content: Buffer): Promise<boolean> {
    let size: number;
    try {
      const found = await stat(path);
      if (!found.isFile()) throw fileErrors.HUB_EPAY_DROP_NAME_TAKEN();
      size = found.size;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
    if (size === content.length && (await digestOf(path)) === digest(content)) return true;
    throw fileErrors.HUB_EPAY_DROP_NAME_TAKEN();
  }
}

/** By a second link to the same file, which never replaces one; by a rename where there are no links. */
async function giveName(temporary: string, final: string): Promise<void> {
  try {
    await link(temporary, final);
  } catch (error) {
    if (!NO_LINKS.has(codeOf(error) ?? '')) throw error;
    await rename(temporary, final);
  }
}

async function writeDurably(path: string, content: Buffer): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function digest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** What the file system says becomes an error that may pass; the hub's own stay. */
function dropError(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || code.startsWith('HUB_')) return error;
  const detail = `The folder of the finance system cannot be used (${code}).`;
  return fileErrors.HUB_EPAY_DROP_UNAVAILABLE({ detail, cause: error });
}
