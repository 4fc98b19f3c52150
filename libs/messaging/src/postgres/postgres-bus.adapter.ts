import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@ozg-hub/core';
import type { Database, SchemaMigrations, Store } from '@ozg-hub/store';
import { type Backoff, defaultBackoff } from '../backoff.ts';
import type { Bus, BusRecord, GroupLag, RunningSubscription, Subscription, TopicDeclaration } from '../bus.port.ts';
import { checkRecords } from '../check-records.ts';
import { messagingErrors } from '../errors.ts';
import { type SlowestGroup, messageLog } from './message-log.ts';
import { PartitionConsumer } from './partition-consumer.ts';

const CHANNEL = 'bus_message';
/** The first notification leaves at once, the next after this, for all that was published meanwhile. */
const NOTIFY_EVERY_MS = 20;
const PRUNE_EVERY_MS = 10 * 60_000;

/** Schema `bus`: the log and the offsets of {@link PostgresBus}. */
export const busMigrations: SchemaMigrations = {
  schema: 'bus',
  sets: [{ owner: 'messaging/postgres', folder: new URL('../../migrations/', import.meta.url) }],
};

export interface PostgresBusOptions {
  readonly database: Pick<Database, 'open'>;
  readonly logger: Logger;
  /** Notifications only wake; each interval everybody looks anyway. Defaults to 1000. */
  readonly pollIntervalMs?: number;
  /** Partitions that one subscription handles at the same time, each on a connection of its own. Defaults to 2. */
  readonly workers?: number;
  /** Waiting times of a partition whose batch failed. Defaults to 100 ms doubling up to 30 s. */
  readonly backoff?: Backoff;
}

/** A bus in PostgreSQL: a log table per installation, offsets per consumer group. Needs {@link busMigrations}. */
export class PostgresBus implements Bus {
  readonly #options: Required<PostgresBusOptions>;
  readonly #logger: Logger;
  readonly #store: Store;
  /** Of this process, in its notifications. */
  readonly #id = randomUUID();
  readonly #topics = new Set<string>();
  /** Topics that others were not told of yet. */
  readonly #published = new Set<string>();
  readonly #consumers = new Set<PartitionConsumer>();
  readonly #pruning: NodeJS.Timeout;
  #listening: Promise<{ close(): Promise<void> }> | undefined;
  #notifying: Promise<void> | undefined;
  #notifyAgain = false;
  #closed: Promise<void> | undefined;

  constructor(options: PostgresBusOptions) {
    this.#options = { pollIntervalMs: 1_000, workers: 2, backoff: defaultBackoff, ...options };
    this.#logger = options.logger.child({ bus: 'postgres' });
    this.#store = options.database.open('bus', { maxConnections: 4 });
    this.#pruning = setInterval(() => {
      this.prune().catch((error: unknown) => this.#logger.warn({ err: error as Error }, 'the bus could not be pruned'));
    }, PRUNE_EVERY_MS).unref();
  }

  async publish(records: readonly BusRecord[]): Promise<void> {
    this.#refuseWhenClosed();
    if (records.length === 0) return;
    checkRecords(records);
    const topics = records.map(({ topic }) => topic);
    await this.#checkTopics(topics);
    if ((await messageLog.append(this.#store, records)) !== records.length) {
      // Some topic is gone since it was seen; a message that was kept may come twice, which consumers tell by its id.
      this.#topics.clear();
      await this.#checkTopics(topics);
      throw messagingErrors.HUB_BUS_UNKNOWN_TOPIC();
    }
    this.#wake(topics);
    for (const topic of topics) this.#published.add(topic);
    this.#notify();
  }

  async subscribe(subscription: Subscription): Promise<RunningSubscription> {
    this.#refuseWhenClosed();
    await this.#checkTopics(subscription.topics);
    await messageLog.register(this.#store, subscription.group, subscription.topics);
    this.#listening ??= this.#listen();
    await this.#listening;
    this.#refuseWhenClosed();
    const { database, pollIntervalMs, workers, backoff } = this.#options;
    const consumer = new PartitionConsumer({
      pollIntervalMs,
      workers,
      backoff,
      subscription,
      logger: this.#logger,
      store: database.open('bus', { maxConnections: workers }),
    });
    this.#consumers.add(consumer);
    return {
      stop: async () => {
        await consumer.stop();
        this.#consumers.delete(consumer);
      },
    };
  }

  async ensureTopics(topics: readonly TopicDeclaration[]): Promise<void> {
    this.#refuseWhenClosed();
    await messageLog.declare(this.#store, topics);
    const names = topics.map(({ topic }) => topic);
    const kept = new Map((await messageLog.topics(this.#store, names)).map((topic) => [topic.topic, topic]));
    for (const { topic, partitions, retentionDays } of topics) {
      const is = kept.get(topic)!;
      this.#topics.add(topic);
      if (is.partitions === partitions && is.retentionDays === retentionDays) continue;
      this.#logger.warn(
        { topic, partitions: is.partitions, retentionDays: is.retentionDays },
        'a topic is kept otherwise than declared and stays as it is',
      );
    }
  }

  async lag(group: string): Promise<readonly GroupLag[]> {
    return await messageLog.lag(this.#store, group);
  }

  /** Ends the registration of a group that will never read again; its unread messages may then be pruned. */
  async forgetGroup(group: string): Promise<void> {
    await messageLog.forget(this.#store, group);
  }

  /**
   * Deletes messages whose retention is over and that every registered group has committed; runs by itself every ten
   * minutes. A group that holds back such messages is logged as a warning and returned.
   */
  async prune(): Promise<{ deleted: number; heldBackBy: readonly SlowestGroup[] }> {
    const partitions = await messageLog.slowestGroups(this.#store);
    let deleted = 0;
    for (const partition of partitions) deleted += await messageLog.prune(this.#store, partition);
    const heldBackBy = partitions.filter(({ late }) => late);
    for (const { group, topic, partition, retentionDays } of heldBackBy) {
      this.#logger.warn(
        { group: group ?? undefined, topic, partition, retentionDays },
        'a consumer group has not read messages whose retention is over; they are kept',
      );
    }
    return { deleted, heldBackBy };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearInterval(this.#pruning);
    await (await this.#listening?.catch(() => undefined))?.close();
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()));
    await this.#notifying;
    await this.#store.close();
  }

  async #listen(): Promise<{ close(): Promise<void> }> {
    try {
      return await this.#store.listen(CHANNEL, (payload) => {
        const [from, ...topics] = payload?.split(' ') ?? [];
        // Consumers of this process knew when it published.
        if (from !== this.#id) this.#wake(topics);
      });
    } catch (error) {
      this.#listening = undefined;
      throw error;
    }
  }

  /** Wakes the consumers of these topics; all where there is none. */
  #wake(topics: readonly string[]): void {
    for (const consumer of this.#consumers) {
      if (topics.length === 0 || topics.some((topic) => consumer.topics.has(topic))) consumer.wake();
    }
  }

  /**
   * Wakes consumers of other processes; a statement of its own, since a transaction that notifies commits alone
   * in the whole server. Notifications asked for meanwhile become one.
   */
  #notify(): void {
    if (this.#notifying) {
      this.#notifyAgain = true;
      return;
    }
    const payload = [this.#id, ...this.#published].join(' ');
    this.#published.clear();
    this.#notifying = this.#store
      .query(`SELECT pg_notify('${CHANNEL}', $1)`, [payload])
      .catch((error: unknown) => this.#logger.debug({ err: error as Error }, 'consumers are woken by their poll'))
      .then(() => pause(NOTIFY_EVERY_MS))
      .then(() => {
        this.#notifying = undefined;
        if (!this.#notifyAgain || this.#closed) return;
        this.#notifyAgain = false;
        this.#notify();
      });
  }

  async #checkTopics(topics: readonly string[]): Promise<void> {
    const unknown = [...new Set(topics)].filter((topic) => !this.#topics.has(topic));
    if (unknown.length === 0) return;
    const found = await messageLog.topics(this.#store, unknown);
    for (const { topic } of found) this.#topics.add(topic);
    if (found.length === unknown.length) return;
    const missing = unknown.filter((topic) => !this.#topics.has(topic));
    throw messagingErrors.HUB_BUS_UNKNOWN_TOPIC({ detail: `The bus has no topic ${missing.join(', ')}.` });
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw messagingErrors.HUB_BUS_CLOSED();
  }
}
