import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, silentLogger } from '@ozg-hub/core';
import { Arrivals, Gate, busContractSuite } from '@ozg-hub/messaging/contract';
import { KafkaBus, type KafkaOptions } from '@ozg-hub/messaging/kafka';
import { inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { canRun, testDatabase } from '@ozg-hub/testing/database';
import { type KafkaServer, hasKafkaTools, startKafka } from '@ozg-hub/testing/servers';
import { BrokerConnections } from './broker-connections.ts';

const withKafka = canRun('system', hasKafkaTools(), 'messaging/kafka-bus', 'Java and Maven for Apache Kafka')
  ? describe
  : describe.skip;

withKafka('Apache Kafka', () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka();
  }, 180_000);
  afterAll(() => server.stop());

  const options = (more: Partial<KafkaOptions> = {}): KafkaOptions => ({
    brokers: [server.broker],
    logger: silentLogger,
    sessionTimeoutMs: 3_000,
    backoff: { firstMs: 5, maxMs: 50 },
    workers: 8,
    ...more,
  });

  busContractSuite('Kafka', async () => {
    const { database, drop } = await testDatabase([{ schema: 'consumer', sets: [outboxMigrations, inboxMigrations] }]);
    const instances = new Map<object, { bus: KafkaBus; connections: BrokerConnections }>();
    return {
      store: database.open('consumer'),
      open: async () => {
        const connections = new BrokerConnections();
        const bus = new KafkaBus(options({ socketFactory: connections.open }));
        instances.set(bus, { bus, connections });
        return bus;
      },
      crash: async (bus) => instances.get(bus)!.connections.cut(),
      close: async () => {
        await Promise.all([...instances.values()].map(({ bus }) => bus.close()));
        await drop();
      },
    };
  });

  describe('topics', () => {
    const declared = () => ({ topic: `declared-${newId().slice(-12)}.v1`, partitions: 3, retentionDays: 2 });

    test('that are missing are planned, created, and then as they should be', async () => {
      const topic = declared();
      const bus = new KafkaBus(options());
      expect(await bus.planTopics([topic])).toEqual([{ topic: topic.topic, action: 'create', differences: [] }]);
      await bus.ensureTopics([topic]);
      expect(await bus.planTopics([topic])).toEqual([{ topic: topic.topic, action: 'none', differences: [] }]);
      await bus.close();
    });

    test('that are kept otherwise are reported and stay as they are', async () => {
      const topic = declared();
      const bus = new KafkaBus(options());
      await bus.ensureTopics([topic]);
      const other = { ...topic, partitions: 5, retentionDays: 3 };
      await bus.ensureTopics([other]);
      expect(await bus.planTopics([other])).toEqual([
        {
          topic: topic.topic,
          action: 'differs',
          differences: [
            { setting: 'partitions', declared: '5', actual: '3' },
            { setting: 'retention.ms', declared: '259200000', actual: '172800000' },
          ],
        },
      ]);
      await bus.close();
    });

    test('and groups of two hubs with prefixes of their own do not meet', async () => {
      const topic = declared();
      const [one, two] = ['one.', 'two.'].map((prefix) => new KafkaBus(options({ prefix }))) as [KafkaBus, KafkaBus];
      await one.ensureTopics([topic]);
      await expect(
        two.publish([{ id: newId(), topic: topic.topic, key: 'k', headers: {}, value: Buffer.from('') }]),
      ).rejects.toMatchObject({ code: 'HUB_BUS_UNKNOWN_TOPIC' });
      await Promise.all([one.close(), two.close()]);
    });
  });

  test('a member that stops leaves its group at once, and the one that stays is told', async () => {
    const topic = { topic: `shared-${newId().slice(-12)}.v1`, partitions: 4, retentionDays: 1 };
    // So long a group would wait for a member that only fell silent.
    const [staying, leaving] = [1, 2].map(() => new KafkaBus(options({ sessionTimeoutMs: 120_000 }))) as [
      KafkaBus,
      KafkaBus,
    ];
    await staying.ensureTopics([topic]);
    const [received, rebalances] = [new Arrivals<object>(), new Arrivals<string>()];
    const member = {
      group: topic.topic,
      topics: [topic.topic],
      onBatch: async (all: readonly object[]) => received.push(...all),
    };
    await staying.subscribe({ ...member, onRebalance: () => rebalances.push('shared out') });
    const leaves = await leaving.subscribe(member);
    await rebalances.atLeast(1);
    await leaves.stop();
    await rebalances.atLeast(2);
    const record = (n: number) => ({
      id: newId(),
      topic: topic.topic,
      key: `key-${n}`,
      headers: {},
      value: Buffer.of(n),
    });
    await leaving.publish(Array.from({ length: 20 }, (_, n) => record(n)));
    await received.atLeast(20);
    await Promise.all([staying.close(), leaving.close()]);
  }, 60_000);

  test('a member that slept past its session commits nothing when it wakes: nothing is lost, and nothing done again', async () => {
    const topic = { topic: `slept-${newId().slice(-12)}.v1`, partitions: 1, retentionDays: 1 };
    const connections = new BrokerConnections();
    const [sleepy, other] = [new KafkaBus(options({ socketFactory: connections.open })), new KafkaBus(options())];
    await other.ensureTopics([topic]);
    const record = (text: string) => ({
      id: newId(),
      topic: topic.topic,
      key: 'k',
      headers: {},
      value: Buffer.from(text),
    });
    await other.publish(['1', '2', '3', '4'].map(record));
    const [gate, received] = [new Gate(), new Arrivals<string>()];
    const member = { group: topic.topic, topics: [topic.topic] };
    const slept = await sleepy.subscribe({ ...member, maxBatch: 2, onBatch: () => gate.pass() });
    await gate.reached;
    connections.sleep();
    await other.subscribe({
      ...member,
      onBatch: async (all) => received.push(...all.map(({ value }) => value.toString())),
    });
    await received.atLeast(4);
    while ((await other.lag(member.group))[0]!.messages > 0);
    connections.wake();
    gate.open();
    await slept.stop();
    await other.publish([record('5')]);
    expect(await received.atLeast(5)).toEqual(['1', '2', '3', '4', '5']);
    await Promise.all([sleepy.close(), other.close()]);
  }, 60_000);

  test('nobody answers: publishing fails as something that may pass', async () => {
    const bus = new KafkaBus(options({ brokers: ['127.0.0.1:9'], retries: 0 }));
    const record = { id: newId(), topic: 'any.v1', key: 'k', headers: {}, value: Buffer.from('') };
    await expect(bus.publish([record])).rejects.toMatchObject({ code: 'HUB_BUS_UNAVAILABLE', class: 'later' });
    await bus.close();
  });
});
