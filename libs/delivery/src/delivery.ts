import type { DeliveryState } from '@ozg-hub/submission';

/** One submission (or payment, or notice) to one target. */
export interface Delivery {
  readonly id: string;
  readonly submissionId: string;
  readonly tenant: string;
  /** What is delivered, e.g. `dms`. */
  readonly purpose: string;
  /** Id of the target in the tenant's directory entry. */
  readonly target: string;
  /** Deliveries of one lane to one target go in order. */
  readonly lane: string;
  /** Waits also for the results of those before it in its lane. */
  readonly awaitsResult: boolean;
  /** Ids only: envelopeRef, blueprint, directoryVersion, vorgang … */
  readonly reference: Readonly<Record<string, string>>;
  readonly state: DeliveryState;
  /** Counts the changes of state, from 0. */
  readonly sequence: number;
  /** Grows with each claim and change; a result under an older one is not stored. */
  readonly fence: number;
  readonly leaseUntil?: Date | undefined;
  readonly nextAt?: Date | undefined;
  /** Until when the target should have answered, in waiting states. */
  readonly dueAt?: Date | undefined;
  readonly overdue: boolean;
  /** Tries and probes so far. */
  readonly attempts: number;
  /** Failures in a row since queued or replayed. */
  readonly failures: number;
  /** Reading of the target's open clock at the first failure in a row. */
  readonly budgetMark?: number | undefined;
  /** Milliseconds of open time spent failing. */
  readonly budgetUsedMs: number;
  /** Why the next try is made. */
  readonly trigger: DeliveryTrigger;
  /** Id of the current dialogue; for xdomea the ProzessID. */
  readonly exchangeId: string;
  readonly exchangeNumber: number;
  readonly code?: string | undefined;
  /** Key of the text that explains `code`. */
  readonly textKey?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly aktenzeichen?: string | undefined;
  /** The target's own id of what it made of the delivery. */
  readonly objectId?: string | undefined;
  readonly supersedes?: string | undefined;
  readonly supersededBy?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** `BATCH`: replayed with many others; all else of its target goes first. */
export type DeliveryTrigger = 'NEW' | 'RETRY' | 'REPLAY' | 'BATCH' | 'PROBE';

export interface NewDelivery {
  /** A new UUIDv7 by default. */
  readonly id?: string;
  readonly submissionId: string;
  readonly tenant: string;
  readonly purpose: string;
  readonly target: string;
  /** One lane per case; a delivery waits for those before it in its lane. */
  readonly lane: string;
  /**
   * True also waits while one before it in its lane is AWAITING_RESULT: it needs what the target says there. Default
   * false: the receipt of those before it is enough.
   */
  readonly awaitsResult?: boolean;
  /** A delivery of the same lane whose place it takes, before all that was queued since; default: the end. */
  readonly placeOf?: string;
  /** It opens its case: where others of its lane came before it and still wait, it goes ahead of them. Default false. */
  readonly opensLane?: boolean;
  /** Ids only; never a citizen's data. */
  readonly reference: Readonly<Record<string, string>>;
  readonly traceparent?: string | undefined;
  /** A second delivery of the same key is not queued. Default `submissionId:purpose:target`. */
  readonly naturalKey?: string;
  /** Who or what asks for it; default the service. */
  readonly actor?: string;
}

/** A change of state that has been recorded. */
export interface DeliveryChange {
  readonly from: DeliveryState | undefined;
  /** As it is after the change. */
  readonly delivery: Delivery;
  /** Time of the transaction, from the database. */
  readonly at: Date;
  /** Where an answer of the target made the change, and that answer speaks of single objects. */
  readonly answer?: TargetAnswer | undefined;
}

export interface TargetAnswer {
  /** Exchange that was answered; not always the delivery's current one. */
  readonly exchangeId: string;
  readonly objects: readonly TargetObject[];
}

/** What became of one object of a delivery. Ids and codes only. */
export interface TargetObject {
  /** As the adapter numbered it, from 1. */
  readonly number: number;
  readonly successful: boolean;
  /** The target's own id of the object. */
  readonly objectId?: string | undefined;
  /** Why it was refused, as the target's code. */
  readonly code?: string | undefined;
}

/** One try, probe or reply at the target; append-only. */
export interface Attempt {
  readonly id: string;
  readonly deliveryId: string;
  readonly exchangeId: string;
  readonly trigger: DeliveryTrigger;
  readonly fence: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly class: AttemptClass;
  readonly code?: string | undefined;
  readonly status?: string | undefined;
  readonly excerpt?: string | undefined;
  readonly actor: string;
  /** The result came under an old fence and was not stored. */
  readonly fenced: boolean;
}

export type AttemptClass =
  | 'OK'
  | 'TRANSIENT'
  | 'PERMANENT'
  | 'RATE_LIMITED'
  | 'AUTH'
  | 'SCHEMA'
  | 'REJECTED'
  | 'IN_DOUBT'
  | 'PROBED_EFFECTIVE'
  | 'PROBED_NOT_EFFECTIVE'
  | 'PROBED_UNKNOWN';
