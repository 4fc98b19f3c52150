import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type Failpoints, noFailpoints } from '@ozg-hub/core';

/** The signal is delivered asynchronously, but sooner than this. */
const STOPS_WITHIN_MS = 1_000;

/**
 * Failpoints of a fault run: a file `<folder>/armed/<name>` ends the process with SIGKILL at that point,
 * after it was moved, durably, to `<folder>/hit/`. Where the file says `SIGSTOP`, the process stands still there until it
 * is told to go on. Without a folder nothing is ever checked.
 */
export function armedFailpoints(folder: string | undefined): Failpoints {
  if (!folder) return noFailpoints;
  return {
    hit(name) {
      const armed = join(folder, 'armed', name);
      if (!existsSync(armed)) return;
      const hit = join(folder, 'hit', `${name}.${process.pid}`);
      renameSync(armed, hit);
      const signal = readFileSync(hit, 'utf8') === 'SIGSTOP' ? 'SIGSTOP' : 'SIGKILL';
      const directory = openSync(join(folder, 'hit'), 'r');
      fsyncSync(directory);
      closeSync(directory);
      process.kill(process.pid, signal);
      // Nothing after this point may run before.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, signal === 'SIGSTOP' ? STOPS_WITHIN_MS : Infinity);
    },
  };
}
