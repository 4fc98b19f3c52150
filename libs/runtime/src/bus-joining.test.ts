import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import { messagingErrors } from '@ozg-hub/messaging';
import { BusJoining } from './bus-joining.ts';

let stopping: AbortController;
let fatal: Error[];
let order: string[];
beforeEach(() => {
  stopping = new AbortController();
  [fatal, order] = [[], []];
});
afterEach(() => stopping.abort());

/** A process of two services whose bus answers as it is told. */
function joining(topics: () => Promise<void>, consume = async (): Promise<void> => undefined): BusJoining {
  const consumer = (name: string) => ({
    consume: async () => {
      order.push(name);
      await consume();
    },
  });
  return new BusJoining({
    topics,
    consumers: [consumer('first'), consumer('second')],
    logger: silentLogger,
    stopping: stopping.signal,
    onFatal: (error) => fatal.push(error),
    backoff: { firstMs: 1, maxMs: 1 },
  });
}

describe('a process that starts', () => {
  test('consumes before its start is over where the bus is there', async () => {
    await joining(async () => void order.push('topics')).start();
    expect(order).toEqual(['topics', 'first', 'second']);
  });

  test('has started where the bus is away, and consumes when it is there', async () => {
    let isThere = false;
    const one = joining(async () => {
      if (!isThere) throw messagingErrors.HUB_BUS_UNAVAILABLE();
    });
    await one.start();
    expect(order).toEqual([]);
    isThere = true;
    await one.ended();
    expect([order, fatal]).toEqual([['first', 'second'], []]);
  });

  test('does not start where the bus refuses it', async () => {
    const refused = joining(() => Promise.reject(messagingErrors.HUB_BUS_FORBIDDEN()));
    await expect(refused.start()).rejects.toMatchObject({ code: 'HUB_BUS_FORBIDDEN' });
  });

  test('ends where the bus refuses it once it is there, or its consumers cannot begin', async () => {
    for (const late of ['topics', 'consumers']) {
      let tries = 0;
      const topics = async () => {
        tries += 1;
        if (tries === 1) throw messagingErrors.HUB_BUS_UNAVAILABLE();
        if (late === 'topics') throw messagingErrors.HUB_BUS_TOPICS_MISSING();
      };
      const one = joining(topics, () => Promise.reject(messagingErrors.HUB_BUS_FORBIDDEN()));
      await one.start();
      await one.ended();
    }
    expect(fatal).toMatchObject([{ code: 'HUB_BUS_TOPICS_MISSING' }, { code: 'HUB_BUS_FORBIDDEN' }]);
  });

  test('tries no more when it is told to stop', async () => {
    const one = joining(() => Promise.reject(messagingErrors.HUB_BUS_UNAVAILABLE()));
    await one.start();
    stopping.abort();
    await one.ended();
    expect([order, fatal]).toEqual([[], []]);
  });
});
