import { type Logger, isHubError } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { type Backoff, backoffMs, pause } from '../backoff.ts';
import type { RunningSubscription, Subscription } from '../bus.port.ts';
import { WakeUp } from '../wake-up.ts';
import { type ClaimedBatch, messageLog } from './message-log.ts';

/** Failures in a row, other than of class `later`, after which a worker gives up. */
const FATAL_AFTER = 5;

export interface PartitionConsumerOptions {
  readonly store: Store;
  readonly subscription: Subscription;
  readonly logger: Logger;
  readonly pollIntervalMs: number;
  /** Partitions handled at the same time by this process. */
  readonly workers: number;
  readonly backoff: Backoff;
}

interface Waiting {
  readonly failures: number;
  /** Milliseconds of `performance.now()`. */
  readonly until: number;
}

/** The workers of one subscription: each locks a partition, hands over a batch, commits the offset and looks again. */
export class PartitionConsumer implements RunningSubscription {
  readonly topics: ReadonlySet<string>;
  readonly #options: PartitionConsumerOptions;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #wakeUp = new WakeUp();
  readonly #waiting = new Map<number, Waiting>();
  readonly #workers: Promise<unknown>;
  #stopped: Promise<void> | undefined;

  constructor(options: PartitionConsumerOptions) {
    this.#options = options;
    this.topics = new Set(options.subscription.topics);
    this.#logger = options.logger.child({ group: options.subscription.group });
    this.#workers = Promise.all(Array.from({ length: options.workers }, () => this.#work()));
  }

  wake(): void {
    this.#wakeUp.wake();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#workers;
    await this.#options.store.close();
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      const [seen, began] = [this.#wakeUp.generation, performance.now()];
      try {
        const more = await this.#takeBatch();
        failures = 0;
        if (!more) await this.#wakeUp.sleep(seen, this.#sleepMs(began), signal);
      } catch (error) {
        failures += 1;
        const later = isHubError(error) && error.class !== 'never';
        if (!later && failures >= FATAL_AFTER) return this.#giveUp(error as Error);
        const waitMs = backoffMs(failures, this.#options.backoff);
        this.#logger.warn({ err: error as Error, failures, waitMs }, 'the bus cannot be read, trying again');
        await pause(waitMs, signal);
      }
    }
  }

  /** False where no partition has further messages that this process may take now. */
  async #takeBatch(): Promise<boolean> {
    const { store, subscription } = this.#options;
    return await store.tx(async (tx) => {
      const batch = await messageLog.claim(
        tx,
        subscription.group,
        subscription.topics,
        this.#waitingPartitions(),
        subscription.maxBatch ?? 100,
      );
      if (!batch || this.#stopping.signal.aborted) return false;
      if (batch.more) this.#wakeUp.wakeNext();
      if (await this.#handOver(batch)) await messageLog.commit(tx, subscription.group, batch);
      return batch.more;
    });
  }

  async #handOver({ partitionId, records }: ClaimedBatch): Promise<boolean> {
    const { signal } = this.#stopping;
    try {
      await this.#options.subscription.onBatch(records, signal);
      this.#waiting.delete(partitionId);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const failures = (this.#waiting.get(partitionId)?.failures ?? 0) + 1;
      const waitMs = backoffMs(failures, this.#options.backoff);
      this.#waiting.set(partitionId, { failures, until: performance.now() + waitMs });
      const { topic, partition, position } = records[0]!;
      this.#logger.warn(
        { err: error as Error, topic, partition, position, failures, waitMs },
        'a batch failed and is delivered again',
      );
      return false;
    }
  }

  #waitingPartitions(): number[] {
    const now = performance.now();
    return [...this.#waiting].filter(([, { until }]) => until > now).map(([id]) => id);
  }

  /** @param looked when this look began: what was waited for then and is not any more is due at once */
  #sleepMs(looked: number): number {
    const now = performance.now();
    const expiries = [...this.#waiting.values()].map(({ until }) => until).filter((until) => until > looked);
    return Math.max(Math.ceil(Math.min(now + this.#options.pollIntervalMs, ...expiries) - now), 0);
  }

  #giveUp(error: Error): void {
    this.#logger.error({ err: error }, 'the consumer gives up');
    this.#stopping.abort();
    this.#options.subscription.onFatal?.(error);
  }
}
