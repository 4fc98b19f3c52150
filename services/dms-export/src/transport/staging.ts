import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { dmsErrors } from '../errors.ts';

/** Marks the folder; the rest of the name is a UUID, made once and lost with the folder. */
const MARK = '.ozg-hub-staging-';

export type Whereabouts = 'here' | 'gone';

/** A folder as it was when a package was written into it; stored with the delivery. */
export type StagingPlace = {
  readonly folder: string;
  /** Mark of the folder: one that was made anew under the same name is another folder. */
  readonly mark: string;
};

/**
 * The hub's own folder on the file system of an inbox. A finished package lies there, durably, until one rename hands
 * it over; so the folder tells, also after a crash, whether that happened.
 */
export class Staging {
  private constructor(readonly place: StagingPlace) {}

  /**
   * The folder for a new package, made where it is missing.
   * @param configured default `.ozg-hub-staging` beside the inbox
   * @throws HUB_DMS_STAGING_DEVICE where no rename could hand over, HUB_DMS_INBOX_UNAVAILABLE
   */
  static async open(inbox: string, configured?: string): Promise<Staging> {
    const folder = stagingFolder(inbox, configured);
    try {
      await makeFolder(folder);
      const [here, there] = await Promise.all([stat(folder), stat(inbox)]);
      if (here.dev !== there.dev) throw dmsErrors.HUB_DMS_STAGING_DEVICE();
      return new Staging({ folder, mark: (await markOf(folder)) ?? (await markAnew(folder)) });
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** The folder that holds, or held, an earlier package. */
  static at(place: StagingPlace): Staging {
    return new Staging(place);
  }

  /** Writes a package under a name of its own and makes it durable; what fails leaves nothing. */
  async write<T>(name: string, fill: (to: Writable) => Promise<T>): Promise<T> {
    const path = join(this.place.folder, name);
    try {
      const result = await fill(createWriteStream(path, { flags: 'wx', flush: true }));
      await syncFolder(this.place.folder);
      return result;
    } catch (error) {
      // Of that name there is one already, which is another's.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rm(path, { force: true }).catch(() => undefined);
      throw unavailable(error);
    }
  }

  /** Removes what earlier tries of the exchange left half-written; of a later try it touches nothing. */
  async removeBefore({ exchangeId, fence }: StagedName): Promise<void> {
    for (const name of await packagesIn(this.place.folder)) {
      const other = parseStagedName(name)!;
      if (other.exchangeId === exchangeId && other.fence < fence)
        await rm(join(this.place.folder, name), { force: true });
    }
  }

  /** Whether the package still lies here. @throws HUB_DMS_STAGING_FOREIGN where the folder cannot tell */
  async whereabouts(name: string): Promise<Whereabouts> {
    const { folder, mark } = this.place;
    try {
      if (!(await exists(join(folder, MARK + mark)))) throw dmsErrors.HUB_DMS_STAGING_FOREIGN();
      return (await exists(join(folder, name))) ? 'here' : 'gone';
    } catch (error) {
      throw unavailable(error);
    }
  }

  /**
   * Hands over by one rename and makes it durable. What is gone was handed over before.
   * @throws HUB_DMS_STAGING_DEVICE, HUB_DMS_STAGING_FOREIGN, HUB_DMS_INBOX_UNAVAILABLE
   */
  async handOver(name: string, inbox: string, finalName: string): Promise<void> {
    if ((await this.whereabouts(name)) === 'gone') return;
    try {
      await rename(join(this.place.folder, name), join(inbox, finalName));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EXDEV') throw dmsErrors.HUB_DMS_STAGING_DEVICE({ cause: error });
      throw unavailable(error);
    }
    await syncFolder(this.place.folder);
    await syncFolder(inbox);
  }
}

/**
 * Name of a package on its way. It carries the fence of the try that writes it: a worker that slept through its lease
 * then writes into another file than the one that took over.
 */
export interface StagedName {
  readonly exchangeId: string;
  readonly fence: number;
}

export function stagedName({ exchangeId, fence }: StagedName): string {
  return `${exchangeId}.${fence}.zip`;
}

export function parseStagedName(name: string): StagedName | undefined {
  const match = /^([0-9a-f-]{36})\.(\d+)\.zip$/.exec(name);
  return match ? { exchangeId: match[1]!, fence: Number(match[2]) } : undefined;
}

/** Names of the packages in a staging folder; none where the folder is missing. */
export async function packagesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => parseStagedName(name) !== undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unavailable(error);
  }
}

/** Where packages for an inbox are staged. */
export function stagingFolder(inbox: string, configured?: string): string {
  return configured ?? join(dirname(inbox), '.ozg-hub-staging');
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
  'EHOSTDOWN',
  'ETIMEDOUT',
]);

/** An error of the file system at the target as one that a retry may mend; others stay what they are. */
export function unavailable(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (!code || !MAY_PASS.has(code)) return error;
  return dmsErrors.HUB_DMS_INBOX_UNAVAILABLE({
    detail: `The directory of the DMS cannot be written (${code}).`,
    cause: error,
  });
}

/** Packages hold citizens' data: until one is handed over, nobody but the hub reaches it. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  await syncFolder(dirname(folder));
}

/** Two workers that mark a new folder at the same time leave two marks; both stay valid. */
async function markOf(folder: string): Promise<string | undefined> {
  const marks = (await readdir(folder)).filter((name) => name.startsWith(MARK));
  return marks.toSorted()[0]?.slice(MARK.length);
}

async function markAnew(folder: string): Promise<string> {
  const mark = randomUUID();
  await writeFile(join(folder, MARK + mark), 'Packages on their way into the inbox. Leave this folder to the hub.\n', {
    flush: true,
  });
  await syncFolder(folder);
  return mark;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Shares that let nobody open or sync a folder keep its entries as durable as they can. */
const NOT_SYNCABLE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EINVAL', 'EISDIR', 'ENOTSUP']);

export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if (!NOT_SYNCABLE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
