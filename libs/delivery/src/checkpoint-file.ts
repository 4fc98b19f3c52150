import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Checkpoint } from './trail-chain.ts';

/** One checkpoint a line, appended and fsynced. */
export class CheckpointFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The last whole line; a line cut by a crash is taken off, the database has it. */
  async last(): Promise<Checkpoint | undefined> {
    let last: Checkpoint | undefined;
    const handle = await this.#open();
    try {
      const whole = await wholeLength(handle);
      await handle.truncate(whole);
    } finally {
      await handle.close();
    }
    for await (const checkpoint of this.read()) last = checkpoint;
    return last;
  }

  async append(checkpoints: readonly Checkpoint[]): Promise<void> {
    if (checkpoints.length === 0) return;
    const handle = await this.#open();
    try {
      await handle.appendFile(checkpoints.map((checkpoint) => `${JSON.stringify(checkpoint)}\n`).join(''));
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** Line by line; a line that is no JSON comes as `undefined`. */
  async *read(): AsyncGenerator<Checkpoint | undefined> {
    const handle = await this.#open();
    try {
      for await (const line of handle.readLines()) yield parsed(line);
    } finally {
      await handle.close().catch(() => undefined);
    }
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.path), { recursive: true });
    return await open(this.path, 'a+', 0o600);
  }
}

async function wholeLength(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const chunk = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0; end -= chunk.length) {
    const start = Math.max(0, end - chunk.length);
    const { bytesRead } = await handle.read(chunk, 0, end - start, start);
    const newline = chunk.subarray(0, bytesRead).lastIndexOf(10);
    if (newline >= 0) return start + newline + 1;
  }
  return 0;
}

function parsed(line: string): Checkpoint | undefined {
  try {
    return JSON.parse(line) as Checkpoint;
  } catch {
    return undefined;
  }
}
