import { describe, expect, test } from '@jest/globals';
import { backoffMs, pause } from './backoff.ts';
import { WakeUp } from './wake-up.ts';

const never = new AbortController().signal;
const HOUR = 3_600_000;

describe('a backoff', () => {
  test('doubles up to its bound, less up to a quarter', () => {
    const backoff = { firstMs: 100, maxMs: 1_000 };
    expect([1, 2, 3, 4, 5, 500].map((failures) => backoffMs(failures, backoff, () => 0))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
    expect(backoffMs(2, backoff, () => 1)).toBe(150);
  });

  test('ends at once when the signal aborts', async () => {
    const stopping = new AbortController();
    const paused = pause(HOUR, stopping.signal);
    stopping.abort();
    await paused;
    await pause(HOUR, stopping.signal);
  });
});

describe('a sleeper', () => {
  test('is woken', async () => {
    const wakeUp = new WakeUp();
    const slept = wakeUp.sleep(wakeUp.generation, HOUR, never);
    wakeUp.wake();
    await slept;
  });

  test('does not sleep through a wake that came after its last look', async () => {
    const wakeUp = new WakeUp();
    const seen = wakeUp.generation;
    wakeUp.wake();
    await wakeUp.sleep(seen, HOUR, never);
  });

  test('is woken alone', async () => {
    const wakeUp = new WakeUp();
    const stopping = new AbortController();
    const slept = [1, 2].map(async (n) => {
      await wakeUp.sleep(wakeUp.generation, HOUR, stopping.signal);
      return n;
    });
    wakeUp.wakeNext();
    expect(await Promise.race(slept)).toBe(1);
    wakeUp.wakeNext();
    expect(await slept[1]).toBe(2);
  });

  test('wakes by itself when the time is over', async () => {
    const wakeUp = new WakeUp();
    await wakeUp.sleep(wakeUp.generation, 1, never);
  });
});
