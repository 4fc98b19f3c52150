import type { OutboxRecord } from '@ozg-hub/store';

/** A message as it lies in an outbox and is published: attributes in headers, data as bytes. */
export type BusRecord = OutboxRecord;

/** A message as a consumer gets it. */
export interface ReceivedRecord extends BusRecord {
  readonly partition: number;
  /** Decimal; grows within a partition, with gaps allowed. */
  readonly position: string;
}

/** How a topic is kept. Partitions and retention of a topic that exists are never changed by the hub, only reported. */
export interface TopicDeclaration {
  readonly topic: string;
  readonly partitions: number;
  /** Days for which a message is kept at least, read or not. */
  readonly retentionDays: number;
}

export interface Subscription {
  /** Consumers of one group share the partitions: each message goes to one of them. */
  readonly group: string;
  /** Must be known to the bus, see {@link Bus.ensureTopics}. */
  readonly topics: readonly string[];
  /** Most messages of one batch. Defaults to 100; a batch is also bound to 4 MiB of values. */
  readonly maxBatch?: number;
  /**
   * Gets messages of one partition in order, at least once; never two batches of a partition and group at a time.
   * Resolves: committed. Throws: delivered again after a backoff, while other partitions go on.
   * `signal` aborts when the subscription stops: finish or throw soon.
   */
  onBatch(records: readonly ReceivedRecord[], signal: AbortSignal): Promise<void>;
  /** The consumer gave up after it had subscribed, and will not start again by itself; the process should end. */
  onFatal?(error: Error): void;
  /** The group shared its partitions out anew after this member had its part; never where a bus has no members (PostgreSQL). */
  onRebalance?(): void;
}

export interface RunningSubscription {
  /** Takes no new batch, aborts the signal of those at work and waits for them. */
  stop(): Promise<void>;
}

/** How far a group is behind in one partition. */
export interface GroupLag {
  readonly topic: string;
  readonly partition: number;
  /** The position that the group reads next. */
  readonly position: string;
  /** Messages published and not committed by the group. */
  readonly messages: number;
  /** When the oldest of them was published. On Kafka only the process that reads the partition knows. */
  readonly oldestAt?: Date;
  /** When the group last committed here, or began to read. On Kafka only the process that committed knows. */
  readonly committedAt?: Date;
}

/**
 * Transport of events: keeps order per key, delivers at least once, keeps messages for groups that subscribe later
 * (they begin at the earliest message kept). Its promises are the contract suite in `bus.contract.ts`.
 */
export interface Bus {
  /**
   * Resolves when all records are kept durably, in the order given per key.
   * @throws HUB_BUS_UNKNOWN_TOPIC, HUB_BUS_RECORD_TOO_LARGE (nothing was published), errors of class `later`
   */
  publish(records: readonly BusRecord[]): Promise<void>;
  /** Resolves when the group is registered. @throws HUB_BUS_UNKNOWN_TOPIC, HUB_BUS_FORBIDDEN, HUB_BUS_CLOSED where the bus closes meanwhile */
  subscribe(subscription: Subscription): Promise<RunningSubscription>;
  /** Creates topics that are missing; logs a warning for each that is kept otherwise than declared. */
  ensureTopics(topics: readonly TopicDeclaration[]): Promise<void>;
  /** Every partition that the group reads; none where it has not read yet. */
  lag(group: string): Promise<readonly GroupLag[]>;
  /** Stops all subscriptions and lets go of connections. */
  close(): Promise<void>;
}
