import { type FileHandle, open } from 'node:fs/promises';

/** Makes names made or removed in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

interface Waiting {
  readonly file: FileHandle;
  readonly directories: readonly string[];
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Group fsync: files that arrive while a round runs share the next one, which syncs each directory once for all of
 * them. Handles stay open; closing them is the caller's.
 */
export class FileSync {
  #waiting: Waiting[] = [];
  #running = false;

  /** Resolves when the file's content and its names in `directories` are on disk. */
  async sync(file: FileHandle, directories: readonly string[]): Promise<void> {
    await new Promise<void>((done, failed) => {
      this.#waiting.push({ file, directories, done, failed });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const round = this.#waiting;
      this.#waiting = [];
      const files = await Promise.allSettled(round.map(({ file }) => file.sync()));
      const paths = [...new Set(round.flatMap(({ directories }) => directories))];
      const directories = await Promise.allSettled(paths.map(syncDirectory));
      const broken = new Map(paths.map((path, n) => [path, directories[n]!] as const));
      round.forEach(({ directories: mine, done, failed }, n) => {
        const outcome = [files[n]!, ...mine.map((path) => broken.get(path)!)].find((one) => one.status === 'rejected');
        if (outcome) failed(outcome.reason);
        else done();
      });
    }
    this.#running = false;
  }
}
