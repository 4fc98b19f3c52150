import type { Logger } from '@ozg-hub/core';
import type { BackgroundWork } from '@ozg-hub/runtime';
import type { Vault } from '@ozg-hub/vault';
import type { Erasures } from './erasure.ts';

const HOUR_MS = 3_600_000;
/** Files in the vault that no row refers to, as a crash leaves them, are removed after this age. */
const ORPHAN_MS = HOUR_MS;

/** Each hour: erases what its retention ended for and removes files that nothing refers to. */
export function retentionSweep(erasures: Erasures, vault: Vault, logger: Logger): BackgroundWork {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const sweep = async () => {
    try {
      const erased = await erasures.sweep();
      const orphans = await vault.sweepOrphans(ORPHAN_MS);
      if (erased + orphans > 0) logger.info({ erased, orphans }, 'retention sweep');
    } catch (error) {
      logger.warn({ error: error as Error }, 'retention sweep failed; the next one tries again');
    }
  };
  return {
    name: 'retention sweep',
    start: () => {
      running = sweep();
      timer = setInterval(() => (running = running.then(sweep)), HOUR_MS);
    },
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
