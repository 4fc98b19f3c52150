import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { Arrivals, Gate } from './arrivals.ts';
import { consumingContract } from './bus-consuming.contract.ts';
import type { Bus, BusRecord, ReceivedRecord } from './bus.port.ts';
import { MAX_RECORD_BYTES } from './check-records.ts';

export { Arrivals, Gate } from './arrivals.ts';

/** A bus under test and a database for its consumers. */
export interface BusTestEnvironment {
  /** Another instance on the same bus, as another process has it. Failed batches must come again within a second. */
  open(): Promise<Bus>;
  /** Ends an instance as kill -9 does: no batch at work is ever committed by it, nothing more is read. */
  crash(bus: Bus): Promise<void>;
  /** A schema with the tables of `outboxMigrations` and `inboxMigrations`. */
  readonly store: Store;
  /** Closes every instance and what it ran on. */
  close(): Promise<void>;
}

/** Topics, groups and records of one test; nothing is shared between tests. */
export class Ground {
  readonly name = newId().slice(-12);
  readonly topic = `test.happened-${this.name}.v1`;
  readonly group = `group-${this.name}`;

  record(key: string, text: string): BusRecord {
    const headers = { ce_type: this.topic, note: 'Grüße' };
    return { id: newId(), topic: this.topic, key, headers, value: Buffer.from(text) };
  }

  records(count: number, keys: number): BusRecord[] {
    return Array.from({ length: count }, (_, n) => this.record(`key-${n % keys}`, `text-${n}`));
  }
}

const texts = (records: readonly BusRecord[]) => records.map(({ value }) => value.toString());
const numbers = (records: readonly BusRecord[]) => texts(records).map((text) => Number(text.split('-')[1]));

/** What every bus promises to publishers and consumers, on the port and through `BusStrategy`. */
export function busContractSuite(name: string, makeEnvironment: () => Promise<BusTestEnvironment>): void {
  describe(`${name}: a bus`, () => {
    let environment: BusTestEnvironment;
    let bus: Bus;

    beforeAll(async () => {
      environment = await makeEnvironment();
      bus = await environment.open();
    });
    afterAll(async () => await environment.close());

    const ground = async (partitions: number): Promise<Ground> => {
      const fresh = new Ground();
      await bus.ensureTopics([{ topic: fresh.topic, partitions, retentionDays: 1 }]);
      return fresh;
    };

    test('hands over what was published: bytes, headers, key and id, not the same objects', async () => {
      const { topic, group, ...ours } = await ground(1);
      const headers = { 'content-type': 'application/json', ce_subject: 'Straße "1"\n' };
      const published = { id: newId(), topic, key: `${ours.name}:ß`, headers, value: Buffer.from([0, 255, 10, 34]) };
      const received = new Arrivals<ReceivedRecord>();
      const running = await bus.subscribe({ group, topics: [topic], onBatch: async (all) => received.push(...all) });
      await bus.publish([published]);
      const [record] = await received.atLeast(1);
      expect(record).toEqual({ ...published, partition: 0, position: expect.stringMatching(/^\d+$/) });
      expect(record!.value).not.toBe(published.value);
      await running.stop();
    });

    test('keeps the order of each key', async () => {
      const here = await ground(4);
      const received = new Arrivals<ReceivedRecord>();
      const subscription = { group: here.group, topics: [here.topic], maxBatch: 20 };
      const running = await bus.subscribe({ ...subscription, onBatch: async (all) => received.push(...all) });
      const records = here.records(300, 17);
      for (let from = 0; from < 300; from += 30) await bus.publish(records.slice(from, from + 30));
      await received.atLeast(300);
      for (let key = 0; key < 17; key += 1) {
        const ofKey = received.all.filter((record) => record.key === `key-${key}`);
        expect(numbers(ofKey)).toEqual(numbers(records.filter((record) => record.key === `key-${key}`)));
        expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1);
      }
      await running.stop();
    });

    test('delivers a failed batch again, and other partitions do not wait for it', async () => {
      const here = await ground(8);
      const received = new Arrivals<ReceivedRecord>();
      let failures = 2;
      const running = await bus.subscribe({
        group: here.group,
        topics: [here.topic],
        onBatch: async (all) => {
          if (all.some(({ key }) => key === 'key-0') && failures > 0) {
            await received.when((others) => new Set(others.map(({ partition }) => partition)).size >= 2);
            failures -= 1;
            throw new Error('not yet');
          }
          received.push(...all);
        },
      });
      await bus.publish(here.records(40, 40));
      await received.atLeast(40);
      expect(numbers(received.all).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
      await running.stop();
    });

    test('delivers again what a crashed consumer had not committed', async () => {
      const here = await ground(1);
      const doomed = await environment.open();
      const [before, received] = [new Arrivals<ReceivedRecord>(), new Arrivals<ReceivedRecord>()];
      const gate = new Gate();
      const subscription = { group: here.group, topics: [here.topic], maxBatch: 5 };
      await doomed.subscribe({
        ...subscription,
        onBatch: async (all) => {
          before.push(...all);
          if (before.all.length > 5) await gate.pass();
        },
      });
      await bus.publish(here.records(10, 3));
      await gate.reached;
      await environment.crash(doomed);
      const running = await bus.subscribe({ ...subscription, onBatch: async (all) => received.push(...all) });
      await received.atLeast(5);
      expect(numbers(received.all).slice(-5)).toEqual([5, 6, 7, 8, 9]);
      gate.open();
      await running.stop();
    });

    test('keeps messages for a group that subscribes later', async () => {
      const here = await ground(4);
      await bus.publish(here.records(50, 10));
      for (const group of ['early', 'late']) {
        const received = new Arrivals<ReceivedRecord>();
        const running = await bus.subscribe({
          group: `${here.group}-${group}`,
          topics: [here.topic],
          onBatch: async (all) => received.push(...all),
        });
        expect(numbers(await received.atLeast(50)).toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: 50 }, (_, n) => n),
        );
        await running.stop();
      }
    });

    test('shares the partitions among the consumers of a group, never one partition at a time to two', async () => {
      const here = await ground(8);
      const other = await environment.open();
      const received = new Arrivals<ReceivedRecord & { by: string }>();
      const busy = new Set<number>();
      const collisions: number[] = [];
      const subscribe = async (by: string, on: Bus) => {
        const everybody = (all: readonly { by: string }[]) => new Set(all.map((record) => record.by)).size === 2;
        return await on.subscribe({
          group: here.group,
          topics: [here.topic],
          maxBatch: 3,
          onBatch: async (all) => {
            const { partition } = all[0]!;
            if (busy.has(partition)) collisions.push(partition);
            busy.add(partition);
            received.push(...all.map((record) => ({ ...record, by })));
            await received.when(everybody);
            busy.delete(partition);
          },
        });
      };
      const running = [await subscribe('one', bus), await subscribe('two', other)];
      await bus.publish(here.records(200, 40));
      await received.atLeast(200);
      expect(collisions).toEqual([]);
      expect(numbers(received.all).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
      await Promise.all(running.map((subscription) => subscription.stop()));
      await other.close();
    });

    test('pushes back: batches are bounded and the next waits for the one at work', async () => {
      const here = await ground(1);
      const gate = new Gate();
      const sizes = new Arrivals<number>();
      const running = await bus.subscribe({
        group: here.group,
        topics: [here.topic],
        maxBatch: 7,
        onBatch: async (all) => {
          sizes.push(all.length);
          await gate.pass();
        },
      });
      await bus.publish(here.records(50, 5));
      await gate.reached;
      const [lag] = await bus.lag(here.group);
      expect(lag).toMatchObject({ topic: here.topic, partition: 0, messages: 50, oldestAt: expect.any(Date) });
      expect(sizes.all).toHaveLength(1);
      gate.open();
      await sizes.when((all) => all.reduce((sum, size) => sum + size, 0) >= 50);
      expect(Math.max(...sizes.all)).toBeLessThanOrEqual(7);
      await running.stop();
      expect(await bus.lag(here.group)).toEqual([expect.objectContaining({ messages: 0 })]);
    });

    test('tells every instance how far a group is behind, and the one that reads when it last committed', async () => {
      const here = await ground(1);
      const gate = new Gate();
      const batches = new Arrivals<number>();
      await bus.publish(here.records(10, 2));
      const running = await bus.subscribe({
        group: here.group,
        topics: [here.topic],
        maxBatch: 5,
        onBatch: async (all) => {
          batches.push(all.length);
          if (batches.all.length > 1) await gate.pass();
        },
      });
      await gate.reached;
      const behind = { topic: here.topic, partition: 0, messages: 5 };
      const times = { oldestAt: expect.any(Date), committedAt: expect.any(Date) };
      expect(await bus.lag(here.group)).toEqual([expect.objectContaining({ ...behind, ...times })]);
      const other = await environment.open();
      expect(await other.lag(here.group)).toEqual([expect.objectContaining(behind)]);
      expect(await other.lag(`${here.group}-unknown`)).toEqual([]);
      gate.open();
      await running.stop();
      await other.close();
    });

    test('stops gracefully: the batch at work is finished and committed, nothing follows', async () => {
      const here = await ground(1);
      const gate = new Gate();
      const [first, second] = [new Arrivals<ReceivedRecord>(), new Arrivals<ReceivedRecord>()];
      let aborted = false;
      const subscription = { group: here.group, topics: [here.topic], maxBatch: 4 };
      const running = await bus.subscribe({
        ...subscription,
        onBatch: async (all, signal) => {
          first.push(...all);
          await gate.pass();
          aborted = signal.aborted;
        },
      });
      await bus.publish(here.records(10, 1));
      await gate.reached;
      const stopped = running.stop();
      gate.open();
      await stopped;
      expect(aborted).toBe(true);
      expect(numbers(first.all)).toEqual([0, 1, 2, 3]);
      const next = await bus.subscribe({ ...subscription, onBatch: async (all) => second.push(...all) });
      expect(numbers(await second.atLeast(6))).toEqual([4, 5, 6, 7, 8, 9]);
      await next.stop();
    });

    test('refuses what is too large and topics that nobody declared, and then publishes nothing', async () => {
      const here = await ground(1);
      const most = 'ß'.repeat(MAX_RECORD_BYTES / 2);
      for (const much of [{ value: Buffer.alloc(MAX_RECORD_BYTES) }, { headers: { note: most } }, { key: most }]) {
        const large = { ...here.record('key', 'x'), ...much };
        await expect(bus.publish([here.record('key', 'small'), large])).rejects.toMatchObject({
          code: 'HUB_BUS_RECORD_TOO_LARGE',
        });
      }
      const stranger = { ...here.record('key', ''), topic: `unknown-${here.name}.v1` };
      await expect(bus.publish([here.record('key', 'small'), stranger])).rejects.toMatchObject({
        code: 'HUB_BUS_UNKNOWN_TOPIC',
      });
      const subscription = { group: here.group, topics: [stranger.topic], onBatch: async () => undefined };
      await expect(bus.subscribe(subscription)).rejects.toMatchObject({ code: 'HUB_BUS_UNKNOWN_TOPIC' });
      const received = new Arrivals<ReceivedRecord>();
      const running = await bus.subscribe({
        ...subscription,
        topics: [here.topic],
        onBatch: async (all) => received.push(...all),
      });
      await bus.publish([here.record('key', 'last')]);
      expect(texts(await received.atLeast(1))).toEqual(['last']);
      await running.stop();
    });

    consumingContract(() => ({ bus, environment }));
  });
}
