import type { Writable } from 'node:stream';

/** One entry of a folder. */
export interface FileEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  readonly size: number;
  /** Changes with the content, as far as the protocol can tell. */
  readonly print: string;
  /** When its content was written last, by the clock of its server; undefined where that does not say. */
  readonly writtenAt: Date | undefined;
}

export interface WriteOptions {
  /**
   * Goes on in a file that an earlier try left unfinished, and leaves it so where this one fails. The bytes must be the
   * same at each try. Without it the file must not exist, and what fails leaves none, as far as the
   * protocol can tell.
   */
  readonly resume?: boolean;
}

/** What a folder is wanted for. */
export type FolderUse = 'write' | 'read';

/**
 * Files at another place, whichever protocol reaches them. Paths are the protocol's own, with `/` between names.
 * Errors are {@link TransferErrors}: class `later` where nothing took effect, `ask` where nobody can tell.
 */
export interface RemoteFiles {
  /** Whether {@link WriteOptions.resume} is possible. */
  readonly resumes: boolean;
  /** Entries of a folder; undefined where it is missing. */
  list(folder: string): Promise<readonly FileEntry[] | undefined>;
  /** undefined only where it is certain that nothing is there. */
  stat(path: string): Promise<FileEntry | undefined>;
  /** @throws `tooLarge` before more than that is kept in memory */
  read(path: string, limits: { readonly maxBytes: number }): Promise<Buffer>;
  /**
   * Writes a file as durably as the protocol can. Others may see it while it grows.
   * @param fill writes the content and ends the stream; may be called twice
   */
  write<T>(path: string, fill: (to: Writable) => Promise<T>, options?: WriteOptions): Promise<T>;
  /**
   * In one piece: no reader ever sees half of it. Never replaces another file.
   * @throws `nameTaken`, `outcomeUnknown` where the answer was lost
   */
  rename(from: string, to: string): Promise<void>;
  /** With all folders above; one that is there stays. For this account alone where the protocol can say so. */
  makeFolder(folder: string): Promise<void>;
  /** What is missing is removed already. */
  remove(path: string): Promise<void>;
  /** Whether files of one folder can be renamed into the other. */
  renames(from: string, to: string): Promise<boolean>;
  /**
   * A word on what forbids that use of a folder, e.g. `ENOENT`; undefined where nothing does. Leaves nothing there: a
   * folder with a leading dot is made and removed at most.
   */
  problemOf(folder: string, use: FolderUse): Promise<string | undefined>;
  /** Ends connections that are open; later calls open new ones. */
  close(): void;
}
