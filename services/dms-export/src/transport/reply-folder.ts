import { mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './staging.ts';

/** Names that begin with a dot or end otherwise are somebody's work in progress, or none of ours. */
const REPLY_FILE = /^[^.].*\.(xml|zip)$/i;

/** A file that two looks found unchanged. */
export interface StableFile {
  readonly name: string;
  readonly size: number;
  /** Changes with the content. */
  readonly print: string;
  /** Milliseconds for which it has been seen unchanged; by our clock, since that of a file server may differ. */
  readonly unchangedMs: number;
}

interface Look {
  readonly print: string;
  readonly since: number;
}

/** A directory into which DMS write their replies. */
export class ReplyFolder {
  #looks = new Map<string, Look>();

  constructor(
    readonly path: string,
    private readonly now: () => Date,
  ) {}

  /** Files that have not changed since the look before, by name; empty where the directory is missing. */
  async stableFiles(): Promise<readonly StableFile[]> {
    const now = this.now().getTime();
    const looks = new Map<string, Look>();
    const stable: StableFile[] = [];
    for (const name of (await this.#names()).toSorted()) {
      const info = await stat(join(this.path, name)).catch(ifMissing);
      if (!info?.isFile()) continue;
      const print = `${info.ino}/${info.size}/${info.mtimeMs}`;
      const before = this.#looks.get(name);
      const unchanged = before?.print === print;
      looks.set(name, unchanged ? before : { print, since: now });
      if (unchanged) stable.push({ name, size: info.size, print, unchangedMs: now - before.since });
    }
    this.#looks = looks;
    return stable;
  }

  read(name: string): Promise<Buffer> {
    return readFile(join(this.path, name));
  }

  /** Moves a file to `done/` or `error/`, never over another; the reason, if any, goes into a text file beside it. */
  async setAside(name: string, to: 'done' | 'error', reason: string | undefined): Promise<void> {
    const folder = join(this.path, to);
    await mkdir(folder, { recursive: true });
    const free = await freeName(folder, name);
    if (reason) await writeFile(join(folder, `${free}.reason.txt`), `${reason}\n`);
    await rename(join(this.path, name), join(folder, free));
    await syncFolder(folder);
  }

  async #names(): Promise<string[]> {
    const names = (await readdir(this.path).catch(ifMissing)) ?? [];
    return names.filter((name) => REPLY_FILE.test(name));
  }
}

async function freeName(folder: string, name: string): Promise<string> {
  const taken = new Set(await readdir(folder));
  const at = name.lastIndexOf('.');
  for (let copy = 1; ; copy += 1) {
    const candidate = copy === 1 ? name : `${name.slice(0, at)}~${copy}${name.slice(at)}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
