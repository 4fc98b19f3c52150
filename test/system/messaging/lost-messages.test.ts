import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, silentLogger } from '@ozg-hub/core';
import { OutboxRelay, type ReceivedRecord } from '@ozg-hub/messaging';
import { Arrivals } from '@ozg-hub/messaging/contract';
import { KafkaBus } from '@ozg-hub/messaging/kafka';
import { type Store, inbox, inboxMigrations, outbox, outboxMigrations } from '@ozg-hub/store';
import { type TestDatabase, canRun, testDatabase } from '@ozg-hub/testing/database';
import { type KafkaServer, cutKafkaLogs, hasKafkaTools, startKafka } from '@ozg-hub/testing/servers';

const withKafka = canRun('system', hasKafkaTools(), 'messaging/lost-messages', 'Java and Maven for Apache Kafka')
  ? describe
  : describe.skip;

const topic = { topic: 'test.lost.v1', partitions: 1, retentionDays: 1 };
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

withKafka('a Kafka that loses what it had acknowledged', () => {
  let server: KafkaServer;
  let testing: TestDatabase;
  let store: Store;
  let relay: OutboxRelay;
  const buses: KafkaBus[] = [];

  const bus = () => {
    const made = new KafkaBus({
      brokers: [server.broker],
      logger: silentLogger,
      sessionTimeoutMs: 3_000,
      backoff: { firstMs: 5, maxMs: 50 },
    });
    buses.push(made);
    return made;
  };

  beforeAll(async () => {
    [server, testing] = await Promise.all([
      startKafka(),
      testDatabase([{ schema: 'service', sets: [outboxMigrations, inboxMigrations] }]),
    ]);
    store = testing.database.open('service');
    const publishing = bus();
    await publishing.ensureTopics([topic]);
    relay = new OutboxRelay({ store, bus: publishing, logger: silentLogger, backoff: { firstMs: 50, maxMs: 500 } });
    relay.start();
  }, 180_000);
  afterAll(async () => {
    await relay?.stop();
    await Promise.all(buses.map((one) => one.close()));
    await testing?.drop();
    await server?.stop();
  });

  /** Each in a batch of its own. */
  const publish = async (numbers: readonly number[]) => {
    for (const number of numbers) {
      const [key, value] = ['tenant:one', Buffer.from(String(number))];
      await store.tx((tx) => outbox.append(tx, [{ id: newId(), topic: topic.topic, key, headers: {}, value }]));
      await relay.flushed();
    }
  };
  /** As an operator has it done. @returns how many */
  const republish = async (since: Date) => {
    const { count } = await store.tx((tx) => outbox.unpublish(tx, since));
    await relay.flushed();
    return count;
  };
  /** A service that applies each event once; `most` messages, then it fails. */
  const consumer = async (group: string, most = Infinity) => {
    const applied = new Arrivals<number>();
    const reading = bus();
    let seen = 0;
    const onBatch = async (records: readonly ReceivedRecord[]) => {
      if (seen === most) throw new Error('stopped');
      const keys = records.map(({ id }) => ({ source: 'test', id }));
      const fresh = await store.tx((tx) => inbox.claim(tx, group, keys));
      seen += records.length;
      applied.push(...records.filter((_, index) => fresh[index]).map(({ value }) => Number(value.toString())));
    };
    await reading.subscribe({ group, topics: [topic.topic], maxBatch: 1, onBatch });
    return { applied, stop: () => reading.close() };
  };

  test('what was published since is published again in order, and consumers apply it once, wherever they stood', async () => {
    const live = await consumer('live');
    await publish(from(1, 10));
    const [{ since }] = (await store.query<{ since: Date }>('SELECT clock_timestamp() AS since')) as [{ since: Date }];
    await publish(from(11, 15));
    // A relay that ended between publishing and marking publishes once more.
    await republish(since);
    await publish(from(16, 20));
    await live.applied.atLeast(20);
    // It knows 15 and not 16, and stands between what was published twice.
    const behind = await consumer('behind', 18);
    await behind.applied.atLeast(15);
    while ((await buses[0]!.lag('behind'))[0]?.position !== '18');
    await behind.stop();

    await server.kill();
    expect(await cutKafkaLogs(server.dataDir, 15)).toEqual([
      { topic: topic.topic, partition: 0, endBefore: 25, endAfter: 10 },
    ]);
    await server.restart();

    expect(await republish(since)).toBe(10);
    const returned = await consumer('behind');
    await returned.applied.atLeast(1);
    expect(await republish(since)).toBe(10);
    const fresh = await consumer('fresh');
    expect(await fresh.applied.atLeast(20)).toEqual(from(1, 20));
    await returned.applied.when((all) => all.length >= 5);
    expect([...behind.applied.all, ...returned.applied.all].toSorted((a, b) => a - b)).toEqual(from(1, 20));
    await publish([21]);
    await Promise.all([live, returned].map(({ applied }) => applied.when((all) => all.includes(21))));
    expect(live.applied.all).toEqual(from(1, 21));
  }, 120_000);
});
