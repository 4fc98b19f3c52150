export const replayBatchStates = ['RUNNING', 'PAUSED', 'DONE', 'CANCELLED'] as const;
export type ReplayBatchState = (typeof replayBatchStates)[number];

/** Most deliveries that one batch takes. */
export const mostInBatch = 100_000;
/** Most batches that are RUNNING or PAUSED at a time, per service. */
export const mostOpenBatches = 5;
/** Deliveries per second. */
export const replayRate = { least: 0.01, usual: 50, most: 1_000 } as const;

/** Counts of a batch, or of one target in it; `total` is `done + refused + remaining`. */
export interface ReplayProgress {
  readonly total: number;
  /** Queued again. */
  readonly done: number;
  /** Left alone, because the state they are in by now does not allow a replay. */
  readonly refused: number;
  /** Not looked at yet; those of a cancelled batch never will be. */
  readonly remaining: number;
}

/** A replay of many deliveries: which ones is decided when it begins, each is replayed once at most. */
export interface ReplayBatch extends ReplayProgress {
  readonly id: string;
  readonly state: ReplayBatchState;
  /** As it was given. */
  readonly filter: Readonly<Record<string, unknown>>;
  readonly reason: string;
  /** Who began it. */
  readonly actor: string;
  /** Deliveries per second, at most. */
  readonly rate: number;
  readonly createdAt: Date;
  /** Done or cancelled. */
  readonly endedAt?: Date | undefined;
}

export interface ReplayBatchDetails extends ReplayBatch {
  readonly targets: readonly (ReplayProgress & { readonly tenant: string; readonly target: string })[];
  readonly refusals: readonly { readonly code: string; readonly count: number }[];
}

/** A delivery that a batch left alone. */
export interface RefusedReplay {
  readonly deliveryId: string;
  readonly tenant: string;
  readonly target: string;
  readonly code: string;
}
