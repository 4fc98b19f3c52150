import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import { receiptLoop } from './receipt-loop.ts';

test('a Quittung that fails keeps no other waiting, and the next look is not made at once for it', async () => {
  const ids = Array.from({ length: 20 }, (_, index) => `p${index}`);
  const [issued, warned]: [string[], string[]] = [[], []];
  let looks = 0;
  let ended: () => void = () => undefined;
  const last = new Promise<void>((resolve) => (ended = resolve));
  const loop = receiptLoop({
    store: { listen: async () => ({ close: async () => undefined }) },
    channel: 'receipts_test',
    logger: { ...silentLogger, warn: (_, text) => void warned.push(text) },
    receipts: {
      due: async () => ((looks += 1), ids),
      issue: async (id) => {
        if (id === 'p0') throw new Error('no');
        if (issued.push(id) === ids.length - 1) ended();
        return 'issued';
      },
    },
  });
  loop.start();
  await last;
  // A loop that did not wait would have looked again by now.
  for (let left = 20; left > 0; left -= 1) await turn();
  await loop.stop();
  expect(issued).toEqual(ids.slice(1));
  expect(warned).toHaveLength(1);
  expect(looks).toBe(1);
});
