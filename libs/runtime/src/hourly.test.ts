import { expect, jest, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import { hourly } from './hourly.ts';

test('hourly work runs at start and each hour, one at a time, whatever it throws, until it is stopped', async () => {
  jest.useFakeTimers();
  try {
    let runs = 0;
    let atOnce = 0;
    let finish: () => void = () => undefined;
    const work = hourly('sample', silentLogger, async () => {
      runs += 1;
      atOnce += 1;
      expect(atOnce).toBe(1);
      await new Promise<void>((resolve) => (finish = resolve));
      atOnce -= 1;
      throw new Error('failed');
    });
    await work.start();
    expect(runs).toBe(1);
    await jest.advanceTimersByTimeAsync(2 * 3_600_000);
    expect(runs).toBe(1);
    finish();
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(runs).toBe(2);
    const stopped = work.stop(1_000);
    finish();
    await stopped;
    await jest.advanceTimersByTimeAsync(10 * 3_600_000);
    expect(runs).toBe(2);
  } finally {
    jest.useRealTimers();
  }
});
