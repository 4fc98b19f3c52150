/** What became of a message at a consumer. */
export type Outcome = 'handled' | 'duplicate' | 'parked';

/** Counters and gauges of messaging; the runtime binds them to Prometheus. */
export interface MessagingMetrics {
  /** Messages that left a consumer group, counted after the commit. */
  consumed(group: string, topic: string, outcome: Outcome, count: number): void;
  /** A batch was given back for a later delivery. */
  waited(group: string, topic: string, code: string): void;
  /** The group shared its partitions out anew so many times; 0 at the start makes the series appear. */
  rebalanced(group: string, count: number): void;
  /** Records that a relay published. */
  published(schema: string, count: number): void;
}

/** Counts nothing. */
export const noMetrics: MessagingMetrics = {
  consumed: () => undefined,
  waited: () => undefined,
  rebalanced: () => undefined,
  published: () => undefined,
};
