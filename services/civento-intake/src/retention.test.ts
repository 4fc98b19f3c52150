import { expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import type { Vault } from '@ozg-hub/vault';
import type { Erasures } from './erasure.ts';
import { retentionSweep } from './retention.ts';

test('each sweep finishes erasures that were interrupted, also where nothing new is to be erased', async () => {
  const done: string[] = [];
  const erasures = { sweep: async () => (done.push('sweep'), 0) } as unknown as Erasures;
  const vault = {
    finishErasures: async () => void done.push('finish'),
    sweepOrphans: async () => (done.push('orphans'), 0),
  } as unknown as Vault;
  const work = retentionSweep(erasures, vault, silentLogger, 1);
  await work.start();
  await work.stop(1_000);
  expect(done).toEqual(['sweep', 'finish', 'orphans']);
});
