import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import type { Writable } from 'node:stream';
import { dmsErrors } from '../errors.ts';
import type { DmsFiles } from './dms-files.port.ts';

/** Marks the folder; the rest of the name is a UUID, made once and lost with the folder. */
const MARK = '.ozg-hub-staging-';
const MARK_TEXT = 'Packages on their way into the inbox. Leave this folder to the hub.\n';

export type Whereabouts = 'here' | 'gone';

/** A folder as it was when a package was written into it; stored with the delivery. */
export type StagingPlace = {
  readonly folder: string;
  /** Mark of the folder: one that was made anew under the same name is another folder. */
  readonly mark: string;
};

/**
 * The hub's own folder beside an inbox, at the same DMS. A finished package lies there, durably, until one rename hands
 * it over; so the folder tells, also after a crash, whether that happened.
 */
export class Staging {
  private constructor(
    private readonly files: DmsFiles,
    readonly place: StagingPlace,
  ) {}

  /**
   * The folder for a new package, made where it is missing.
   * @param inboxes `staging`: default `.ozg-hub-staging` beside the inbox
   * @throws HUB_DMS_STAGING_DEVICE where no rename could hand over, HUB_DMS_INBOX_UNAVAILABLE
   */
  static async open(
    files: DmsFiles,
    { inbox, staging }: { readonly inbox: string; readonly staging?: string | undefined },
  ): Promise<Staging> {
    const folder = stagingFolder(inbox, staging);
    await files.makeFolder(folder);
    if (!(await files.renames(folder, inbox))) throw dmsErrors.HUB_DMS_STAGING_DEVICE();
    return new Staging(files, { folder, mark: (await markOf(files, folder)) ?? (await markAnew(files, folder)) });
  }

  /** The folder that holds, or held, an earlier package. */
  static at(files: DmsFiles, { folder, mark }: StagingPlace): Staging {
    return new Staging(files, { folder, mark });
  }

  /**
   * Writes a package under a name of its own and makes it durable. Where the protocol lets a broken transfer go on, what
   * was transferred stays under a name that only the content decides, for the next try of the exchange.
   */
  async write<T extends { readonly bytes: number }>(
    name: StagedName & { readonly contentKey: string },
    fill: (to: Writable) => Promise<T>,
  ): Promise<T> {
    const finished = this.#path(stagedName(name));
    if (!this.files.resumes) return await this.files.write(finished, fill);
    const unfinished = this.#path(partName(name));
    const written = await this.files.write(unfinished, fill, { resume: true });
    const entry = await this.files.stat(unfinished);
    if (entry?.size !== written.bytes) {
      await this.files.remove(unfinished);
      throw dmsErrors.HUB_DMS_INTERRUPTED({ detail: 'The package arrived with another length than it was sent with.' });
    }
    await this.files.rename(unfinished, finished);
    return written;
  }

  /** Puts a small file beside the package. */
  async writeText(name: string, text: string): Promise<void> {
    await this.files.write(this.#path(name), writing(text));
  }

  /** Removes what earlier tries of the exchange left; of a later try it touches nothing. */
  async removeBefore({ exchangeId, fence }: StagedName): Promise<void> {
    for (const name of await packagesIn(this.files, this.place.folder)) {
      const other = parseStagedName(name)!;
      if (other.exchangeId === exchangeId && other.fence < fence) await this.files.remove(this.#path(name));
    }
  }

  /** Whether the package still lies here. @throws HUB_DMS_STAGING_FOREIGN where the folder cannot tell */
  async whereabouts(name: string): Promise<Whereabouts> {
    if (await this.files.stat(this.#path(name))) return 'here';
    // Asked afterwards: a folder that went away in between took the package with it.
    if (!(await this.files.stat(this.#path(MARK + this.place.mark)))) throw dmsErrors.HUB_DMS_STAGING_FOREIGN();
    return 'gone';
  }

  /**
   * Hands over by one rename and makes it durable. What is gone was handed over before.
   * @throws HUB_DMS_STAGING_DEVICE, HUB_DMS_STAGING_FOREIGN, HUB_DMS_INBOX_UNAVAILABLE, HUB_DMS_OUTCOME_UNKNOWN
   */
  async handOver(name: string, inbox: string, finalName: string): Promise<void> {
    if ((await this.whereabouts(name)) === 'gone') return;
    await this.files.rename(this.#path(name), `${inbox}/${finalName}`);
  }

  #path(name: string): string {
    return `${this.place.folder}/${name}`;
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

/** Name under which the marker of a package waits. */
export function stagedMarkerName({ exchangeId, fence }: StagedName): string {
  return `${exchangeId}.${fence}.marker`;
}

function partName({ exchangeId, contentKey }: { readonly exchangeId: string; readonly contentKey: string }): string {
  return `${exchangeId}.${contentKey}.part`;
}

/** Also of what is unfinished, which no fence outlives. */
export function parseStagedName(name: string): StagedName | undefined {
  const match = /^([0-9a-f-]{36})\.(?:(\d+)\.(?:zip|marker)|[\w-]{8,128}\.part)$/.exec(name);
  return match ? { exchangeId: match[1]!, fence: Number(match[2] ?? -1) } : undefined;
}

/** Names of the packages in a staging folder; none where the folder is missing. */
export async function packagesIn(files: DmsFiles, folder: string): Promise<string[]> {
  const entries = (await files.list(folder)) ?? [];
  return entries.map(({ name }) => name).filter((name) => parseStagedName(name) !== undefined);
}

/** Where packages for an inbox are staged. */
export function stagingFolder(inbox: string, configured?: string): string {
  return configured ?? posix.join(posix.dirname(inbox), '.ozg-hub-staging');
}

/** Two workers that mark a new folder at the same time leave two marks; both stay valid. */
async function markOf(files: DmsFiles, folder: string): Promise<string | undefined> {
  const marks = ((await files.list(folder)) ?? []).map(({ name }) => name).filter((name) => name.startsWith(MARK));
  return marks.toSorted()[0]?.slice(MARK.length);
}

async function markAnew(files: DmsFiles, folder: string): Promise<string> {
  const mark = randomUUID();
  await files.write(`${folder}/${MARK}${mark}`, writing(MARK_TEXT));
  return mark;
}

/** Fills a file with a text. */
export function writing(text: string): (to: Writable) => Promise<void> {
  return (to) =>
    new Promise((resolve, reject) => {
      to.once('error', reject).once('close', resolve);
      to.end(text);
    });
}
