import type { DmsFiles } from './dms-files.port.ts';
import { writing } from './staging.ts';

/** Holds, below a folder with replies, those that were taken. */
export const DONE = 'done';
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

/** A folder into which DMS write their replies. */
export class ReplyFolder {
  #looks = new Map<string, Look>();

  constructor(
    readonly path: string,
    /** Milliseconds of a clock that nobody sets. */
    private readonly now: () => number,
  ) {}

  /** Files that have not changed since the look before, by name; empty where the folder is missing, or was until now. */
  async stableFiles(files: DmsFiles, { create }: { readonly create: boolean }): Promise<readonly StableFile[]> {
    const listed = await files.list(this.path);
    if (!listed && create) await files.makeFolder(this.path);
    const entries = (listed ?? [])
      .filter(({ name, kind }) => kind === 'file' && REPLY_FILE.test(name))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));
    const now = this.now();
    const looks = new Map<string, Look>();
    const stable: StableFile[] = [];
    for (const { name, size, print } of entries) {
      const before = this.#looks.get(name);
      const unchanged = before?.print === print;
      looks.set(name, unchanged ? before : { print, since: now });
      if (unchanged) stable.push({ name, size, print, unchangedMs: now - before.since });
    }
    this.#looks = looks;
    return stable;
  }

  read(files: DmsFiles, name: string, maxBytes: number): Promise<Buffer> {
    return files.read(`${this.path}/${name}`, { maxBytes });
  }

  /** Moves a file to `done/` or `error/`, never over another; the reason, if any, goes into a text file beside it. */
  async setAside(
    files: DmsFiles,
    name: string,
    { to, reason }: { readonly to: typeof DONE | 'error'; readonly reason: string | undefined },
  ): Promise<void> {
    const folder = `${this.path}/${to}`;
    await files.makeFolder(folder);
    const free = await freeName(files, folder, name);
    const note = reason === undefined ? undefined : `${folder}/${free}.reason.txt`;
    if (note) {
      await files.remove(note);
      await files.write(note, writing(`${reason}\n`));
    }
    try {
      await files.rename(`${this.path}/${name}`, `${folder}/${free}`);
    } catch (error) {
      if (note) await removeStray(files, { note, of: `${folder}/${free}` });
      throw error;
    }
  }
}

/** Where another process was faster, the note would stay beside no file. Where the place says nothing, it is tried anew anyway. */
async function removeStray(
  files: DmsFiles,
  { note, of }: { readonly note: string; readonly of: string },
): Promise<void> {
  try {
    if (!(await files.stat(of))) await files.remove(note);
  } catch {
    // Why the file could not be moved is what has to be told.
  }
}

/** Asked name by name: what was set aside before may be very much. */
async function freeName(files: DmsFiles, folder: string, name: string): Promise<string> {
  const at = name.lastIndexOf('.');
  for (let copy = 1; ; copy += 1) {
    const candidate = copy === 1 ? name : `${name.slice(0, at)}~${copy}${name.slice(at)}`;
    if (!(await files.stat(`${folder}/${candidate}`))) return candidate;
  }
}
