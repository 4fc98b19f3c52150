import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LogFields, type Logger, silentLogger } from '@ozg-hub/core';
import { type Store, storeErrors } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { Arrivals, Gate } from '../arrivals.ts';
import { Ground } from '../bus.contract.ts';
import type { ReceivedRecord } from '../bus.port.ts';
import { messageLog } from './message-log.ts';
import { PostgresBus, type PostgresBusOptions, busMigrations } from './postgres-bus.adapter.ts';

const texts = (records: readonly ReceivedRecord[]) => records.map(({ value }) => value.toString());

describe('the log in PostgreSQL', () => {
  let testing: TestDatabase;
  let store: Store;
  const buses: PostgresBus[] = [];

  beforeAll(async () => {
    testing = await testDatabase([busMigrations]);
    store = testing.database.open('bus');
  });
  afterAll(async () => {
    await Promise.all(buses.map((bus) => bus.close()));
    await testing.drop();
  });

  const open = (options: Partial<PostgresBusOptions> = {}): PostgresBus => {
    const bus = new PostgresBus({ database: testing.database, logger: silentLogger, ...options });
    buses.push(bus);
    return bus;
  };
  const ground = async (bus: PostgresBus, partitions = 1): Promise<Ground> => {
    const here = new Ground();
    await bus.ensureTopics([{ topic: here.topic, partitions, retentionDays: 1 }]);
    return here;
  };
  /** Resolves when some session waits for a lock on the log. */
  const somebodyWaits = async (): Promise<void> => {
    const waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while ((await store.query(waiting)).length === 0);
  };

  test('shows a position only after all lower ones: publisher A inserts and stays open, B commits after it', async () => {
    const bus = open();
    const here = await ground(bus, 2);
    const received = new Arrivals<ReceivedRecord>();
    const batches = { group: here.group, topics: [here.topic], maxBatch: 1 };
    const running = await bus.subscribe({ ...batches, onBatch: async (all) => received.push(...all) });
    // The same key, so the same partition, and a key of the other partition.
    const partitionOf = async (key: string) => {
      await messageLog.append(store, [here.record(key, `probe-${key}`)]);
      await received.when((all) => all.some((record) => record.key === key));
      return received.all.find((record) => record.key === key)!.partition;
    };
    const mine = await partitionOf('a');
    let other = 'b';
    while ((await partitionOf(other)) === mine) other += 'b';
    const probes = received.all.length;

    const gate = new Gate();
    const openPublisher = store.tx(async (tx) => {
      await messageLog.append(tx, [here.record('a', 'from A')]);
      await gate.pass();
    });
    await gate.reached;
    const sameKey = bus.publish([here.record('a', 'from B')]);
    await somebodyWaits();
    await bus.publish([here.record(other, 'from C')]);
    await received.atLeast(probes + 1);
    expect(texts(received.all).slice(probes)).toEqual(['from C']);
    gate.open();
    await Promise.all([openPublisher, sameKey]);
    await received.atLeast(probes + 3);
    expect(texts(received.all).slice(probes)).toEqual(['from C', 'from A', 'from B']);
    await running.stop();
  });

  test('has neither gaps nor doubles nor deadlocks with many publishers over many partitions', async () => {
    const bus = open();
    const here = await ground(bus, 8);
    const other = await ground(bus, 8);
    await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const records = [...here.records(20, 11), ...other.records(20, 13)];
        await messageLog.append(store, n % 2 === 0 ? records : records.toReversed());
      }),
    );
    const rows = await store.query<{ gaps: number; messages: number }>(
      `SELECT p.next_position - 1 - count(m.position) AS gaps, count(m.position) AS messages
       FROM partition p LEFT JOIN message m ON m.partition_id = p.id AND m.position < p.next_position
       WHERE p.topic = ANY ($1::text[]) GROUP BY p.id`,
      [[here.topic, other.topic]],
    );
    expect(rows.every(({ gaps }) => gaps === 0)).toBe(true);
    expect(rows.reduce((sum, { messages }) => sum + messages, 0)).toBe(2_400);
  });

  test('bounds a batch by bytes too', async () => {
    const bus = open();
    const here = await ground(bus);
    const large = Array.from({ length: 12 }, () => ({ ...here.record('key', ''), value: Buffer.alloc(900_000) }));
    await bus.publish(large);
    const sizes = new Arrivals<number>();
    const running = await bus.subscribe({
      group: here.group,
      topics: [here.topic],
      onBatch: async (all) => sizes.push(all.length),
    });
    await sizes.when((all) => all.reduce((sum, size) => sum + size, 0) >= 12);
    expect(Math.max(...sizes.all)).toBe(5);
    await running.stop();
  });

  test('is read without any notification, by the poll', async () => {
    const looks = new Arrivals<unknown>();
    const deaf = {
      open: (...of: Parameters<typeof testing.database.open>): Store => ({
        ...methodsOf(testing.database.open(...of), (result) => looks.push(result)),
        listen: async () => ({ close: async () => undefined }),
      }),
    };
    const here = await ground(open());
    const received = new Arrivals<ReceivedRecord>();
    const subscription = { group: here.group, topics: [here.topic] };
    const reader = open({ database: deaf, pollIntervalMs: 20 });
    await reader.subscribe({ ...subscription, onBatch: async (all) => received.push(...all) });
    await looks.when((results) => results.filter((found) => found === false).length >= 2);
    await messageLog.append(store, [here.record('key', 'unannounced')]);
    expect(texts(await received.atLeast(1))).toEqual(['unannounced']);
  });

  test('is asked once for what one publication brings, and not again before there is more', async () => {
    const looks = new Arrivals<unknown>();
    const watched = {
      open: (...of: Parameters<typeof testing.database.open>) =>
        methodsOf(testing.database.open(...of), (result) => looks.push(result)),
    };
    const bus = open({ database: watched, pollIntervalMs: 60_000 });
    const here = await ground(bus, 4);
    const received = new Arrivals<ReceivedRecord>();
    const subscription = { group: here.group, topics: [here.topic] };
    await bus.subscribe({ ...subscription, onBatch: async (all) => received.push(...all) });
    await looks.atLeast(2);
    const heard = new Arrivals<unknown>();
    const listening = await store.listen('bus_message', (payload) => heard.push(payload));
    await bus.publish([here.record('key', 'once')]);
    await received.atLeast(1);
    // Its own notification has come back by then, and its batch is committed.
    await heard.when((payloads) => payloads.some((payload) => String(payload).endsWith(here.topic)));
    await looks.atLeast(3);
    for (let turn = 0; turn < 20; turn += 1) await store.query('SELECT 1');
    expect(looks.all).toEqual([false, false, false]);
    await listening.close();
  });

  test('gives a batch that failed again in time, also where another one took longer than it had to wait', async () => {
    const waitMs = 500;
    const bus = open({ workers: 1, pollIntervalMs: 60_000, backoff: { firstMs: waitMs, maxMs: waitMs } });
    const here = await ground(bus, 2);
    await bus.publish([...'abcdefgh'].map((key) => here.record(key, key)));
    const batches = new Arrivals<number>();
    let failedAt = 0;
    const onBatch = async ([first]: readonly ReceivedRecord[]) => {
      batches.push(first!.partition);
      if (batches.all.length === 1) {
        failedAt = performance.now();
        throw storeErrors.HUB_STORE_UNREACHABLE();
      }
      while (performance.now() < failedAt + 2 * waitMs) await store.query('SELECT 1');
    };
    await bus.subscribe({ group: here.group, topics: [here.topic], onBatch });
    const [failed, other, again] = await batches.atLeast(3);
    expect([failed === other, again]).toEqual([false, failed]);
  });

  test('is pruned up to the slowest group, and a group that holds back more is an alarm', async () => {
    const warnings: LogFields[] = [];
    const logger: Logger = { ...silentLogger, child: () => logger, warn: (fields) => warnings.push(fields) };
    const bus = open({ logger });
    const here = await ground(bus);
    await bus.publish(here.records(10, 1));
    await messageLog.register(store, 'fast', [here.topic]);
    await messageLog.register(store, 'slow', [here.topic]);
    const advance = 'UPDATE consumer_offset SET next_position = $2 WHERE consumer_group = $1';
    await store.query(advance, ['fast', 11]);
    await store.query(advance, ['slow', 5]);
    expect(await bus.prune()).toMatchObject({ deleted: 0, heldBackBy: [] });

    const old = `UPDATE message SET published_at = published_at - interval '25 hours'
      WHERE position <= 8 AND partition_id = (SELECT id FROM partition WHERE topic = $1)`;
    await store.query(old, [here.topic]);
    expect(await bus.prune()).toMatchObject({ deleted: 4, heldBackBy: [{ group: 'slow', topic: here.topic }] });
    expect(warnings).toEqual([expect.objectContaining({ group: 'slow', topic: here.topic })]);
    expect((await bus.lag('slow'))[0]).toMatchObject({ position: '5', messages: 6 });

    await bus.forgetGroup('slow');
    expect(await bus.prune()).toMatchObject({ deleted: 4, heldBackBy: [] });
    const left = `SELECT position FROM message
      WHERE partition_id = (SELECT id FROM partition WHERE topic = $1) ORDER BY position`;
    expect(await store.query(left, [here.topic])).toEqual([{ position: 9 }, { position: 10 }]);
  });

  test('never gives a position twice, even when everything was pruned', async () => {
    const bus = open();
    const here = await ground(bus);
    await bus.publish(here.records(3, 1));
    await store.query('DELETE FROM message', []);
    await bus.publish([here.record('key-0', 'after')]);
    const received = new Arrivals<ReceivedRecord>();
    await bus.subscribe({ group: here.group, topics: [here.topic], onBatch: async (all) => received.push(...all) });
    expect(await received.atLeast(1)).toMatchObject([{ position: '4' }]);
  });

  test('keeps a topic as it is and reports what was declared otherwise', async () => {
    const warnings: LogFields[] = [];
    const logger: Logger = { ...silentLogger, child: () => logger, warn: (fields) => warnings.push(fields) };
    const bus = open({ logger });
    const here = await ground(bus, 2);
    await bus.ensureTopics([{ topic: here.topic, partitions: 4, retentionDays: 1 }]);
    expect(warnings).toEqual([expect.objectContaining({ topic: here.topic, partitions: 2 })]);
    expect(await messageLog.topics(store, [here.topic])).toMatchObject([{ partitions: 2 }]);
  });

  test('never loses a message silently: a topic that vanished under a running process is refused', async () => {
    const bus = open();
    const here = await ground(bus);
    await bus.publish([here.record('key', 'one')]);
    await store.query('DELETE FROM partition WHERE topic = $1', [here.topic]);
    await store.query('DELETE FROM topic WHERE name = $1', [here.topic]);
    await expect(bus.publish([here.record('key', 'two')])).rejects.toMatchObject({ code: 'HUB_BUS_UNKNOWN_TOPIC' });
    await bus.ensureTopics([{ topic: here.topic, partitions: 1, retentionDays: 1 }]);
    await bus.publish([here.record('key', 'two')]);
  });

  test('that cannot be read for another reason than the moment ends the consumer and calls onFatal', async () => {
    const broken: Pick<typeof testing.database, 'open'> = {
      open: (...of) => ({
        ...methodsOf(testing.database.open(...of)),
        tx: () => Promise.reject(storeErrors.HUB_STORE_STATEMENT()),
      }),
    };
    const here = await ground(open());
    const fatal = new Arrivals<Error>();
    const bus = open({ database: broken, backoff: { firstMs: 1, maxMs: 2 } });
    const onBatch = async () => undefined;
    await bus.subscribe({ group: here.group, topics: [here.topic], onBatch, onFatal: (error) => fatal.push(error) });
    expect(await fatal.atLeast(1)).toMatchObject([{ code: 'HUB_STORE_STATEMENT' }]);
  });
});

/** A store by its methods, so that some of them can be replaced; `done` gets the result of each transaction. */
function methodsOf(store: Store, done: (result: unknown) => void = () => undefined): Store {
  return {
    schema: store.schema,
    query: (text, params) => store.query(text, params),
    tx: async (work) => {
      const result = await store.tx(work);
      done(result);
      return result;
    },
    lock: (name) => store.lock(name),
    listen: (channel, wake) => store.listen(channel, wake),
    close: () => store.close(),
  };
}
