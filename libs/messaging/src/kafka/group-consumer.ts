import type { Logger } from '@ozg-hub/core';
import type { Batch, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { type Backoff, backoffMs } from '../backoff.ts';
import type { ReceivedRecord, RunningSubscription, Subscription } from '../bus.port.ts';
import { messagingErrors } from '../errors.ts';
import { fromKafkaMessage } from './kafka-record.ts';

const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** A member that for so long no broker tells its coordinator may have lost the right to the group. */
const REJOINS_FOR_MS = 120_000;
/** How long a fetch waits for a message; so long a resumed partition may wait, too. */
const FETCH_WAIT_MS = 250;

export interface GroupConsumerOptions {
  readonly kafka: Kafka;
  readonly subscription: Subscription;
  /** Stands before group and topics on the wire. */
  readonly prefix: string;
  readonly workers: number;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly backoff: Backoff;
  readonly logger: Logger;
}

/** What a consumer has of one partition and not committed yet. */
interface Pending {
  readonly position: string;
  readonly oldestAt: Date;
}

/**
 * A member of a consumer group. A batch is committed when its handler is done, never before. A partition whose handler
 * fails is paused for a while and read again from where it stopped; the others go on.
 */
export class GroupConsumer implements RunningSubscription {
  readonly #options: GroupConsumerOptions;
  readonly #logger: Logger;
  readonly #consumer: Consumer;
  readonly #stopping = new AbortController();
  readonly #failures = new Map<string, number>();
  readonly #resuming = new Set<NodeJS.Timeout>();
  readonly #pending = new Map<string, Pending>();
  readonly #committed = new Map<string, Date>();
  /** Monotonic milliseconds; undefined while the group has the member. */
  #aloneSince: number | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: GroupConsumerOptions) {
    const { kafka, subscription, prefix, sessionTimeoutMs, rebalanceTimeoutMs } = options;
    this.#options = options;
    this.#logger = options.logger.child({ group: subscription.group });
    this.#consumer = kafka.consumer({
      groupId: prefix + subscription.group,
      allowAutoTopicCreation: false,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.min(3_000, sessionTimeoutMs / 4),
      rebalanceTimeout: rebalanceTimeoutMs,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      // What may pass is tried again without end; a consumer that stops is left in peace.
      retry: { restartOnFailure: async () => !this.#stopping.signal.aborted },
    });
  }

  /** Resolves when the group has taken the member in; throws where it never will. */
  async start(): Promise<void> {
    const { subscription, prefix } = this.#options;
    let join: () => void = () => undefined;
    let fail: (error: Error) => void = () => undefined;
    const joined = new Promise<void>((resolve, reject) => ([join, fail] = [resolve, reject]));
    joined.catch(() => undefined);
    let isMember = false;
    this.#consumer.on(this.#consumer.events.CRASH, ({ payload: { error, restart } }) => {
      if (restart || (isMember && this.#startsAnew(error))) return;
      fail(error);
      if (this.#stopping.signal.aborted) return;
      this.#logger.error({ err: error }, 'the consumer gave up');
      if (isMember) subscription.onFatal?.(error);
    });
    this.#consumer.on(this.#consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#pending.clear();
      this.#committed.clear();
      this.#logger.debug({ leader: payload.isLeader }, 'the group shared its partitions out');
      if (isMember) subscription.onRebalance?.();
      isMember = true;
      this.#aloneSince = undefined;
      join();
    });
    this.#stopping.signal.addEventListener('abort', () => fail(messagingErrors.HUB_BUS_CLOSED()), { once: true });
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: subscription.topics.map((topic) => prefix + topic), fromBeginning: true });
    await Promise.all([this.#run(), joined]);
  }

  async #run(): Promise<void> {
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#options.workers,
      eachBatch: (payload) => this.#take(payload),
    });
  }

  /**
   * The library starts anew by itself after what it takes for passing. That no broker answered who coordinates the group
   * it takes for final, although a group that had this member has one.
   */
  #startsAnew(error: Error): boolean {
    if (this.#stopping.signal.aborted || !isWithoutCoordinator(error)) return false;
    this.#aloneSince ??= performance.now();
    if (performance.now() - this.#aloneSince > REJOINS_FOR_MS) return false;
    this.#logger.warn({ err: error }, 'no broker tells the coordinator of the group; the member joins anew');
    const timer = setTimeout(
      () => {
        this.#resuming.delete(timer);
        void this.#joinAnew();
      },
      backoffMs(1, this.#options.backoff),
    );
    this.#resuming.add(timer);
    return true;
  }

  async #joinAnew(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      this.#logger.error({ err: error as Error }, 'the member could not join anew');
      this.#options.subscription.onFatal?.(error as Error);
    }
  }

  /** When the oldest message at work in the partition was published. */
  oldestAt(topic: string, partition: number): Date | undefined {
    return this.#pending.get(place(topic, partition))?.oldestAt;
  }

  /** When this member last committed in the partition, since it was given it. */
  committedAt(topic: string, partition: number): Date | undefined {
    return this.#committed.get(place(topic, partition));
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    for (const timer of this.#resuming) clearTimeout(timer);
    // Waits for the batches at work, then leaves the group.
    await this.#consumer.stop();
    await this.#consumer.disconnect();
  }

  async #take(payload: EachBatchPayload): Promise<void> {
    const { topic, partition } = payload.batch;
    const key = place(topic, partition);
    for (const records of this.#portions(payload.batch)) {
      if (!payload.isRunning() || payload.isStale() || this.#stopping.signal.aborted) break;
      this.#pending.set(key, { position: records[0]!.record.position, oldestAt: records[0]!.publishedAt });
      const heart = this.#beat(payload);
      try {
        await this.#options.subscription.onBatch(
          records.map(({ record }) => record),
          this.#stopping.signal,
        );
      } catch (error) {
        return this.#putOff(payload, error);
      } finally {
        heart.stop();
      }
      await this.#commit(payload, records.at(-1)!.record.position);
      this.#failures.delete(key);
      // The group shares out anew, or does not know us any more: what follows may be another's.
      if (heart.trouble) throw heart.trouble;
    }
    this.#pending.delete(key);
  }

  async #commit({ batch, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload, position: string): Promise<void> {
    const partitions = [{ partition: batch.partition, offset: (BigInt(position) + 1n).toString() }];
    await commitOffsetsIfNecessary({ topics: [{ topic: batch.topic, partitions }] });
    resolveOffset(position);
    this.#committed.set(place(batch.topic, batch.partition), new Date());
  }

  #putOff({ batch: { topic, partition }, pause }: EachBatchPayload, error: unknown): void {
    const key = place(topic, partition);
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    if (this.#stopping.signal.aborted) return;
    const waitMs = backoffMs(failures, this.#options.backoff);
    this.#logger.warn({ err: error as Error, topic, partition, failures, waitMs }, 'a batch failed and comes again');
    const resume = pause();
    const timer = setTimeout(() => {
      this.#resuming.delete(timer);
      resume();
    }, waitMs);
    this.#resuming.add(timer);
  }

  /** Keeps the membership alive while a batch is handled, however long that takes. */
  #beat({ heartbeat }: EachBatchPayload): { stop(): void; trouble: Error | undefined } {
    const heart = { trouble: undefined as Error | undefined, stop: () => clearInterval(timer) };
    const timer = setInterval(
      () => {
        heartbeat().catch((error: Error) => (heart.trouble ??= error));
      },
      Math.min(3_000, this.#options.sessionTimeoutMs / 4),
    );
    return heart;
  }

  /** The batch in pieces of at most `maxBatch` messages and 4 MiB. */
  *#portions(batch: Batch): Generator<readonly { readonly record: ReceivedRecord; readonly publishedAt: Date }[]> {
    const { subscription, prefix } = this.#options;
    const { maxBatch = 100 } = subscription;
    const topic = batch.topic.slice(prefix.length);
    let portion: { record: ReceivedRecord; publishedAt: Date }[] = [];
    let bytes = 0;
    for (const message of batch.messages) {
      const record = fromKafkaMessage(topic, batch.partition, message);
      if (portion.length > 0 && (portion.length >= maxBatch || bytes + record.value.length > MAX_BATCH_BYTES)) {
        yield portion;
        portion = [];
        bytes = 0;
      }
      portion.push({ record, publishedAt: new Date(Number(message.timestamp)) });
      bytes += record.value.length;
    }
    if (portion.length > 0) yield portion;
  }
}

function place(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** The library wraps what made it give up. */
function isWithoutCoordinator({ name, cause }: Error): boolean {
  return name === 'KafkaJSGroupCoordinatorNotFound' || (cause instanceof Error && isWithoutCoordinator(cause));
}
