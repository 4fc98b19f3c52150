import type { Logger } from '@ozg-hub/core';
import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs';
import { defaultBackoff } from '../backoff.ts';
import type { Bus, BusRecord, GroupLag, RunningSubscription, Subscription, TopicDeclaration } from '../bus.port.ts';
import { checkRecords } from '../check-records.ts';
import { messagingErrors } from '../errors.ts';
import { GroupConsumer } from './group-consumer.ts';
import { kafkaClient } from './kafka-client.ts';
import { kafkaFailure } from './kafka-failure.ts';
import type { KafkaOptions } from './kafka-options.ts';
import { toKafkaMessage } from './kafka-record.ts';
import { type TopicPlan, createTopics, planTopics } from './topic-plan.ts';

/**
 * A bus on Apache Kafka. Publishes idempotently, with all in-sync copies acknowledged; commits an offset only after the
 * handler of its batch. No Kafka transactions: what takes effect once is the consumer's inbox.
 */
export class KafkaBus implements Bus {
  readonly #options: KafkaOptions;
  readonly #prefix: string;
  readonly #logger: Logger;
  readonly #kafka: Kafka;
  readonly #topics = new Set<string>();
  readonly #consumers = new Map<GroupConsumer, Subscription>();
  #producer: Promise<Producer> | undefined;
  #admin: Promise<Admin> | undefined;
  /** One publication at a time: what fails and is repeated must not be overtaken by what follows. */
  #publishing: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(options: KafkaOptions) {
    this.#options = options;
    this.#prefix = options.prefix ?? '';
    this.#logger = options.logger.child({ bus: 'kafka' });
    this.#kafka = kafkaClient({ ...options, logger: this.#logger });
  }

  async publish(records: readonly BusRecord[]): Promise<void> {
    this.#refuseWhenClosed();
    if (records.length === 0) return;
    checkRecords(records);
    await this.#checkTopics(records.map(({ topic }) => topic));
    const published = this.#publishing.then(() => this.#send(records));
    this.#publishing = published.catch(() => undefined);
    await published;
  }

  async subscribe(subscription: Subscription): Promise<RunningSubscription> {
    this.#refuseWhenClosed();
    await this.#checkTopics(subscription.topics);
    const { sessionTimeoutMs = 30_000, rebalanceTimeoutMs = 60_000, workers = 4, backoff } = this.#options;
    const consumer = new GroupConsumer({
      kafka: this.#kafka,
      prefix: this.#prefix,
      subscription,
      workers,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      backoff: backoff ?? defaultBackoff,
      logger: this.#logger,
    });
    const stop = async () => {
      await consumer.stop();
      this.#consumers.delete(consumer);
    };
    this.#consumers.set(consumer, subscription);
    try {
      await this.#asHub(() => consumer.start());
    } catch (error) {
      await stop();
      throw error;
    }
    return { stop };
  }

  async ensureTopics(topics: readonly TopicDeclaration[]): Promise<void> {
    const plan = await this.planTopics(topics);
    const missing = topics.filter((_, index) => plan[index]!.action === 'create');
    if (missing.length > 0 && this.#options.createTopics === false) {
      const names = missing.map(({ topic }) => this.#prefix + topic).join(', ');
      throw messagingErrors.HUB_BUS_TOPICS_MISSING({ detail: `The brokers lack ${names}.` });
    }
    await this.#asHub(async () => createTopics(await this.#administration(), missing, this.#defaults()));
    for (const { topic } of topics) this.#topics.add(topic);
    for (const { topic, differences } of plan) {
      if (differences.length === 0) continue;
      const settings = Object.fromEntries(differences.map(({ setting, actual }) => [setting, actual]));
      this.#logger.warn({ topic, ...settings }, 'a topic is kept otherwise than declared and stays as it is');
    }
  }

  /** What {@link ensureTopics} would do, and what it would leave as it is. */
  async planTopics(topics: readonly TopicDeclaration[]): Promise<readonly TopicPlan[]> {
    this.#refuseWhenClosed();
    return await this.#asHub(async () => planTopics(await this.#administration(), topics, this.#defaults()));
  }

  async lag(group: string): Promise<readonly GroupLag[]> {
    this.#refuseWhenClosed();
    return await this.#asHub(async () => {
      const admin = await this.#administration();
      const groupId = this.#prefix + group;
      // Named, a topic comes with all of its partitions, also those where nothing is committed.
      const topics = this.#topicsOf(group) ?? (await admin.fetchOffsets({ groupId })).map(({ topic }) => topic);
      if (topics.length === 0) return [];
      const committed = await admin.fetchOffsets({ groupId, topics });
      const lags = committed.map(async ({ topic, partitions }) => {
        const ends = new Map((await admin.fetchTopicOffsets(topic)).map((end) => [end.partition, end]));
        return partitions.map(({ partition, offset }) => this.#lagOf(group, { topic, partition, offset }, ends));
      });
      return (await Promise.all(lags)).flat();
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#consumers.keys()].map((consumer) => consumer.stop()));
    await this.#publishing;
    await this.#dismiss(this.#producer);
    await this.#dismiss(this.#admin);
  }

  async #send(records: readonly BusRecord[]): Promise<void> {
    const topicMessages = [...new Set(records.map(({ topic }) => topic))].map((topic) => ({
      topic: this.#prefix + topic,
      messages: records.filter((record) => record.topic === topic).map((record) => toKafkaMessage(record)),
    }));
    try {
      const producer = await this.#producing();
      await producer.sendBatch({ acks: -1, topicMessages });
    } catch (error) {
      // Its sequence numbers may not be those of the brokers any more.
      const broken = this.#producer;
      this.#producer = undefined;
      void this.#dismiss(broken);
      throw kafkaFailure(error);
    }
  }

  #producing(): Promise<Producer> {
    this.#producer ??= connected(
      this.#kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      }),
    ).catch((error: unknown) => {
      this.#producer = undefined;
      throw error;
    });
    return this.#producer;
  }

  #administration(): Promise<Admin> {
    this.#admin ??= connected(this.#kafka.admin()).catch((error: unknown) => {
      this.#admin = undefined;
      throw error;
    });
    return this.#admin;
  }

  async #dismiss(client: Promise<{ disconnect(): Promise<void> }> | undefined): Promise<void> {
    try {
      await (await client)?.disconnect();
    } catch (error) {
      this.#logger.debug({ err: error as Error }, 'a connection to Kafka did not end in order');
    }
  }

  async #checkTopics(topics: readonly string[]): Promise<void> {
    if (topics.every((topic) => this.#topics.has(topic))) return;
    const listed = await this.#asHub(async () => (await this.#administration()).listTopics());
    const known = new Set(listed);
    const missing = [...new Set(topics)].filter((topic) => !known.has(this.#prefix + topic));
    if (missing.length > 0) {
      throw messagingErrors.HUB_BUS_UNKNOWN_TOPIC({ detail: `The bus has no topic ${missing.join(', ')}.` });
    }
    for (const topic of topics) this.#topics.add(topic);
  }

  /** Topics that a subscription of this process reads; undefined where none does. */
  #topicsOf(group: string): string[] | undefined {
    const own = [...this.#consumers.values()].filter((subscription) => subscription.group === group);
    const topics = own.flatMap((subscription) => subscription.topics.map((topic) => this.#prefix + topic));
    return topics.length > 0 ? topics : undefined;
  }

  #lagOf(
    group: string,
    at: { readonly topic: string; readonly partition: number; readonly offset: string },
    ends: ReadonlyMap<number, { readonly low: string; readonly high: string }>,
  ): GroupLag {
    const { low = '0', high = '0' } = ends.get(at.partition) ?? {};
    const [oldest, committed] = [BigInt(low), BigInt(at.offset)];
    const position = committed < oldest ? oldest : committed;
    const reading = [...this.#consumers].filter(([, subscription]) => subscription.group === group);
    const known = (ask: (consumer: GroupConsumer) => Date | undefined) =>
      reading.map(([consumer]) => ask(consumer)).find((date) => date);
    const oldestAt = known((consumer) => consumer.oldestAt(at.topic, at.partition));
    const committedAt = known((consumer) => consumer.committedAt(at.topic, at.partition));
    return {
      topic: at.topic.slice(this.#prefix.length),
      partition: at.partition,
      position: position.toString(),
      messages: Number(BigInt(high) - position),
      ...(oldestAt ? { oldestAt } : {}),
      ...(committedAt ? { committedAt } : {}),
    };
  }

  #defaults() {
    const { replicationFactor = -1, minInsyncReplicas = 1 } = this.#options;
    return { prefix: this.#prefix, replicationFactor, minInsyncReplicas };
  }

  async #asHub<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw kafkaFailure(error);
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw messagingErrors.HUB_BUS_CLOSED();
  }
}

async function connected<Client extends { connect(): Promise<void> }>(client: Client): Promise<Client> {
  await client.connect();
  return client;
}
