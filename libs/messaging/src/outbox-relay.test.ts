import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId, silentLogger } from '@ozg-hub/core';
import { type OutboxRecord, type Store, outbox, outboxMigrations, storeErrors } from '@ozg-hub/store';
import { type TestDatabase, propertyRun, testDatabase } from '@ozg-hub/testing/database';
import fc from 'fast-check';
import { Arrivals, Gate } from './arrivals.ts';
import type { Bus, BusRecord } from './bus.port.ts';
import { messagingErrors } from './errors.ts';
import { OutboxRelay, type OutboxRelayOptions } from './outbox-relay.ts';

const record = (text: string, topic = 'test.relayed.v1'): OutboxRecord => ({
  id: newId(),
  topic,
  key: 'tenant:one',
  headers: { ce_subject: 'Grüße' },
  value: Buffer.from(text),
});
const texts = (records: readonly BusRecord[]) => records.map(({ value }) => value.toString());

/** Keeps what is published; `before` may fail or wait. */
class RecordingBus implements Pick<Bus, 'publish'> {
  readonly published = new Arrivals<BusRecord>();
  readonly sizes: number[] = [];
  before: (records: readonly BusRecord[]) => unknown = () => undefined;

  async publish(records: readonly BusRecord[]): Promise<void> {
    await this.before(records);
    this.sizes.push(records.length);
    this.published.push(...records);
  }
}

describe('the outbox relay', () => {
  let testing: TestDatabase;
  let store: Store;
  let bus: RecordingBus;
  const relays: OutboxRelay[] = [];

  beforeAll(async () => {
    testing = await testDatabase([{ schema: 'service', sets: [outboxMigrations] }]);
    store = testing.database.open('service');
  });
  beforeEach(async () => {
    bus = new RecordingBus();
    await store.query('TRUNCATE outbox');
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  });
  afterAll(async () => await testing.drop());

  const relay = (options: Partial<OutboxRelayOptions> = {}): OutboxRelay => {
    const made = new OutboxRelay({
      store,
      bus: bus as unknown as Bus,
      logger: silentLogger,
      backoff: { firstMs: 1, maxMs: 5 },
      ...options,
    });
    relays.push(made);
    made.start();
    return made;
  };
  const append = async (...records: OutboxRecord[]) => await store.tx((tx) => outbox.append(tx, records));

  test('publishes in the order of the outbox, in batches, and marks what it published', async () => {
    await append(...Array.from({ length: 1_203 }, (_, n) => record(`text-${n}`)));
    const running = relay();
    await running.flushed();
    expect(texts(bus.published.all)).toEqual(Array.from({ length: 1_203 }, (_, n) => `text-${n}`));
    expect(bus.sizes).toEqual([500, 500, 203]);
    expect(await running.waiting()).toMatchObject({ count: 0, oldestSeconds: undefined });
  });

  test('hands over bytes, headers, key and id as they were appended', async () => {
    const appended = record('ß');
    await append(appended);
    await relay().flushed();
    expect(bus.published.all).toEqual([expect.objectContaining(appended)]);
  });

  test('is woken by a commit, and publishes nothing of a transaction that did not commit', async () => {
    const running = relay({ pollIntervalMs: 3_600_000 });
    await running.flushed();
    await store
      .tx(async (tx) => {
        await outbox.append(tx, [record('rolled back')]);
        throw new Error('no');
      })
      .catch(() => undefined);
    await append(record('committed'));
    await bus.published.atLeast(1);
    expect(texts(bus.published.all)).toEqual(['committed']);
  });

  test('publishes a row that was inserted before others and committed after them', async () => {
    const gate = new Gate();
    const slow = store.tx(async (tx) => {
      await outbox.append(tx, [record('first inserted')]);
      await gate.pass();
    });
    await gate.reached;
    await append(record('second'));
    const running = relay();
    await bus.published.atLeast(1);
    gate.open();
    await slow;
    await running.flushed();
    expect(texts(bus.published.all)).toEqual(['second', 'first inserted']);
  });

  test('tries again while the bus is not there, and keeps the order', async () => {
    let failures = 3;
    bus.before = () => {
      failures -= 1;
      if (failures >= 0) throw storeErrors.HUB_STORE_UNREACHABLE();
    };
    await append(record('one'), record('two'));
    await relay().flushed();
    expect(texts(bus.published.all)).toEqual(['one', 'two']);
  });

  test('refuses no event for what is wrong with the bus as a whole, such as a password that was changed', async () => {
    let failures = 3;
    bus.before = () => {
      failures -= 1;
      if (failures >= 0) throw storeErrors.HUB_STORE_ACCESS();
    };
    await append(record('one'), record('two'));
    await relay().flushed();
    expect(texts(bus.published.all)).toEqual(['one', 'two']);
  });

  test('publishes again what was published and not marked when it crashed', async () => {
    await append(record('one'));
    const failing: Store = {
      schema: store.schema,
      query: (text, params) =>
        text.startsWith('UPDATE') ? Promise.reject(storeErrors.HUB_STORE_UNREACHABLE()) : store.query(text, params),
      tx: (work) => store.tx(work),
      listen: (channel, wake) => store.listen(channel, wake),
      lock: (name) => store.lock(name),
      close: () => store.close(),
    };
    const crashed = relay({ store: failing });
    await bus.published.atLeast(1);
    await crashed.stop();
    const before = bus.published.all.length;
    await relay().flushed();
    expect(bus.published.all.length).toBe(before + 1);
    expect(new Set(bus.published.all.map(({ id }) => id)).size).toBe(1);
  });

  test('leaves an event that the bus refuses in the outbox and goes on with the others', async () => {
    bus.before = (records) => {
      if (texts(records).includes('poison')) throw messagingErrors.HUB_BUS_RECORD_TOO_LARGE();
    };
    await append(record('one'), record('poison'), record('three'));
    const running = relay();
    await running.flushed();
    expect(texts(bus.published.all)).toEqual(['one', 'three']);
    expect(await running.waiting()).toMatchObject({ count: 1, oldestSeconds: expect.any(Number) });
  });

  test('holds the events of a topic that is gone for a while, in order, and goes on with the others', async () => {
    let isGone = true;
    bus.before = (records) => {
      if (isGone && records.some(({ topic }) => topic === 'gone')) throw messagingErrors.HUB_BUS_UNKNOWN_TOPIC();
    };
    await append(record('gone 1', 'gone'), record('one'), record('gone 2', 'gone'));
    const running = relay({ pollIntervalMs: 5 });
    await bus.published.atLeast(1);
    await append(record('gone 3', 'gone'), record('two'));
    await bus.published.atLeast(2);
    expect(texts(bus.published.all)).toEqual(['one', 'two']);
    expect(await running.waiting()).toMatchObject({ refused: 0 });
    isGone = false;
    await running.flushed();
    expect(texts(bus.published.all)).toEqual(['one', 'two', 'gone 1', 'gone 2', 'gone 3']);
  });

  test('lets no event overtake another whose topic comes back in between', async () => {
    let failures = 2;
    bus.before = () => {
      failures -= 1;
      if (failures >= 0) throw messagingErrors.HUB_BUS_UNKNOWN_TOPIC();
    };
    await append(record('one'), record('two'), record('three'));
    await relay({ pollIntervalMs: 5 }).flushed();
    expect(texts(bus.published.all)).toEqual(['one', 'two', 'three']);
  });

  test('keeps the order of each key and loses nothing, whatever fails and whoever takes over', async () => {
    const { steps, seed } = propertyRun();
    const keys = ['a', 'b', 'c', 'd'];
    const walk = async (numbers: readonly number[]) => {
      await store.query('TRUNCATE outbox');
      const running = [relay({ pollIntervalMs: 5 }), relay({ pollIntervalMs: 5 })];
      const written = new Map(keys.map((key) => [key, 0]));
      const next = (key: string) => {
        written.set(key, written.get(key)! + 1);
        return { ...record(`${key}-${written.get(key)!}`), key };
      };
      let failing: 'before' | 'half' | undefined;
      bus.published.all.length = 0;
      bus.before = (records) => {
        const how = failing;
        failing = undefined;
        if (how === 'half') bus.published.push(...records.slice(0, records.length / 2));
        if (how) throw messagingErrors.HUB_BUS_UNAVAILABLE();
      };
      for (const number of numbers) {
        const [what, key] = [number % 8, keys[(number >> 3) % keys.length]!];
        if (what < 4) await append(...Array.from({ length: 1 + ((number >> 5) % 3) }, () => next(key)));
        else if (what === 4) await Promise.all(keys.map((each) => append(next(each))));
        else if (what === 7) {
          await running.shift()!.stop();
          running.push(relay({ pollIntervalMs: 5 }));
        } else failing = what === 5 ? 'before' : 'half';
      }
      await running[0]!.flushed();
      await Promise.all(running.map((one) => one.stop()));
      const arrived = [...new Set(texts(bus.published.all))];
      for (const key of keys) {
        const ofKey = arrived.filter((text) => text.startsWith(key));
        expect(ofKey).toEqual(Array.from({ length: written.get(key)! }, (_, n) => `${key}-${n + 1}`));
      }
    };
    const numbers = fc.array(fc.noBias(fc.nat()), { minLength: 50, maxLength: 50 });
    await fc.assert(fc.asyncProperty(numbers, walk), { numRuns: Math.ceil(steps / 50_000), seed, endOnFailure: true });
  }, 120_000);

  test('works in one process at a time; another takes over', async () => {
    const first = relay({ pollIntervalMs: 5 });
    await append(record('one'));
    await first.flushed();
    const idle = new RecordingBus();
    const second = relay({ bus: idle as unknown as Bus, pollIntervalMs: 5 });
    await append(record('two'));
    await second.flushed();
    expect(idle.published.all).toEqual([]);
    expect(texts(bus.published.all)).toEqual(['one', 'two']);
    await first.stop();
    await append(record('three'));
    await second.flushed();
    expect(texts(idle.published.all)).toEqual(['three']);
  });

  test('publishes what is committed when it stops, but does not wait for a bus that fails', async () => {
    const gate = new Gate();
    bus.before = () => gate.pass();
    await append(record('one'));
    const running = relay();
    await gate.reached;
    await append(...Array.from({ length: 700 }, (_, n) => record(`text-${n}`)));
    const stopped = running.stop();
    gate.open();
    await stopped;
    expect(texts(bus.published.all)).toEqual(['one', ...Array.from({ length: 700 }, (_, n) => `text-${n}`)]);
    bus.before = () => {
      throw messagingErrors.HUB_BUS_UNAVAILABLE();
    };
    await append(record('two'));
    const failing = relay();
    await failing.stop();
    expect(await failing.waiting()).toMatchObject({ count: 1 });
  });

  test('finishes its batch when it stops; who waits for the rest is told', async () => {
    const gate = new Gate();
    bus.before = () => gate.pass();
    await append(record('one'));
    const running = relay();
    await gate.reached;
    const told = running.flushed().catch((error: unknown) => error);
    const stopped = running.stop();
    gate.open();
    await stopped;
    expect(await told).toMatchObject({ code: 'HUB_BUS_RELAY_STOPPED' });
    expect(await running.waiting()).toMatchObject({ count: 0 });
    await expect(running.flushed()).rejects.toMatchObject({ code: 'HUB_BUS_RELAY_STOPPED' });
  });
});
