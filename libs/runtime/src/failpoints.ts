import { closeSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type Failpoints, noFailpoints } from '@ozg-hub/core';

/**
 * Failpoints of a fault run: a file `<folder>/armed/<name>` ends the process with SIGKILL at that point,
 * after it was moved, durably, to `<folder>/hit/`. Without a folder nothing is ever checked.
 */
export function armedFailpoints(folder: string | undefined): Failpoints {
  if (!folder) return noFailpoints;
  return {
    hit(name) {
      const armed = join(folder, 'armed', name);
      if (!existsSync(armed)) return;
      renameSync(armed, join(folder, 'hit', `${name}.${process.pid}`));
      const directory = openSync(join(folder, 'hit'), 'r');
      fsyncSync(directory);
      closeSync(directory);
      process.kill(process.pid, 'SIGKILL');
      // The signal is delivered asynchronously; nothing after this point may run.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    },
  };
}
