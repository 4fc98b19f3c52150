import type { Logger } from '@ozg-hub/core';
import type { BackgroundWork } from '@ozg-hub/runtime';
import type { Vault } from '@ozg-hub/vault';
import type { IntakeConfig } from './config.ts';
import type { Erasures } from './erasure.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * Age from which a file in the vault that no row refers to was left behind by a crash. A request that is still being
 * received has such files too, so it is twice what a request may take, and a day at least.
 */
export function orphanAge({ HUB_INTAKE_REQUEST_MINUTES: minutes }: IntakeConfig): number {
  return Math.max(24 * HOUR_MS, 2 * minutes * MINUTE_MS);
}

/** Each hour: erases what its retention ended for and removes files that nothing refers to. */
export function retentionSweep(erasures: Erasures, vault: Vault, logger: Logger, orphanAgeMs: number): BackgroundWork {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const sweep = async () => {
    try {
      const erased = await erasures.sweep();
      // Those whose transaction ended without an answer, or whose keyring was not at hand.
      await vault.finishErasures();
      const orphans = await vault.sweepOrphans(orphanAgeMs);
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
