import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Failpoints, noFailpoints } from '@ozg-hub/core';

/** The signal is delivered asynchronously, but sooner than this. */
const STOPS_WITHIN_MS = 1_000;

/**
 * Failpoints of a fault run: a file `<folder>/armed/<name>` ends the process with SIGKILL at that point,
 * after it was moved to `<folder>/hit/<name>.<pid>`. Where the file says `SIGSTOP`, the process stands still there until it
 * is told to go on, and removes the file then. Without a folder nothing is ever checked.
 */
export function armedFailpoints(folder: string | undefined): Failpoints {
  if (!folder) return noFailpoints;
  return {
    hit(name) {
      const armed = join(folder, 'armed', name);
      if (!existsSync(armed)) return;
      const hit = join(folder, 'hit', `${name}.${process.pid}`);
      renameSync(armed, hit);
      const stops = readFileSync(hit, 'utf8') === 'SIGSTOP';
      process.kill(process.pid, stops ? 'SIGSTOP' : 'SIGKILL');
      // Nothing after this point may run before.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stops ? STOPS_WITHIN_MS : Infinity);
      rmSync(hit);
    },
  };
}
