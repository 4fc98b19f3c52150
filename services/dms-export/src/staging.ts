import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import type { Store } from '@ozg-hub/store';
import { dmsErrors } from './errors.ts';

/** Names the hub whose folder it is. */
const OWNER_FILE = 'ozg-hub-staging-owner';

export type Whereabouts = 'here' | 'gone';

/**
 * The hub's own folder on the file system of an inbox. A finished package lies there, durably, until one rename hands
 * it over; so the folder tells, also after a crash, whether that happened.
 */
export class Staging {
  constructor(
    private readonly folder: string,
    private readonly owner: string,
  ) {}

  /** Opens the folder of a target, makes it at first use. @throws HUB_DMS_STAGING_FOREIGN, HUB_DMS_INBOX_UNAVAILABLE */
  static async open(
    store: Store,
    target: { tenant: string; id: string },
    inbox: string,
    configured?: string,
  ): Promise<Staging> {
    const folder = configured ?? join(dirname(inbox), '.ozg-hub-staging');
    const known = await ownerOf(store, target, folder);
    if (known) {
      const staging = new Staging(folder, known);
      await staging.verify();
      return staging;
    }
    const owner = await claim(folder);
    await store.query(
      `INSERT INTO staging (tenant, target, folder, owner) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      [target.tenant, target.id, folder, owner],
    );
    return new Staging(folder, owner);
  }

  /** @throws HUB_DMS_STAGING_FOREIGN */
  async verify(): Promise<void> {
    const found = await readOwner(this.folder);
    if (found !== this.owner) throw dmsErrors.HUB_DMS_STAGING_FOREIGN();
  }

  /** Writes a package from the start, whatever was there under the name, and makes it durable. */
  async write<T>(name: string, fill: (to: Writable) => Promise<T>): Promise<T> {
    const path = join(this.folder, name);
    try {
      const result = await fill(createWriteStream(path, { flags: 'w', flush: true }));
      await syncFolder(this.folder);
      return result;
    } catch (error) {
      await rm(path, { force: true });
      throw unavailable(error);
    }
  }

  /** Whether the package still lies here. @throws HUB_DMS_STAGING_FOREIGN where the folder cannot tell */
  async whereabouts(name: string): Promise<Whereabouts> {
    await this.verify();
    try {
      await access(join(this.folder, name));
      return 'here';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
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
      await rename(join(this.folder, name), join(inbox, finalName));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EXDEV') throw dmsErrors.HUB_DMS_STAGING_DEVICE();
      throw unavailable(error);
    }
    await syncFolder(inbox);
    await syncFolder(this.folder);
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.folder, name), { force: true });
  }
}

/** An error of the file system at the target as one that a retry may mend; others stay what they are. */
export function unavailable(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const places = [
    'ENOENT',
    'EACCES',
    'EPERM',
    'EROFS',
    'ENOTDIR',
    'ENOSPC',
    'EDQUOT',
    'EIO',
    'ESTALE',
    'EHOSTDOWN',
    'ETIMEDOUT',
  ];
  if (!code || !places.includes(code)) return error;
  return dmsErrors.HUB_DMS_INBOX_UNAVAILABLE({
    detail: `The directory of the DMS cannot be written (${code}).`,
    cause: error,
  });
}

async function ownerOf(
  store: Store,
  target: { tenant: string; id: string },
  folder: string,
): Promise<string | undefined> {
  const [row] = await store.query<{ owner: string }>(
    `SELECT owner FROM staging WHERE tenant = $1 AND target = $2 AND folder = $3`,
    [target.tenant, target.id, folder],
  );
  return row?.owner;
}

async function claim(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    const owner = (await readOwner(folder)) ?? randomUUID();
    await writeFile(join(folder, OWNER_FILE), owner, { flush: true });
    await syncFolder(folder);
    return owner;
  } catch (error) {
    throw unavailable(error);
  }
}

async function readOwner(folder: string): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, OWNER_FILE), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unavailable(error);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
