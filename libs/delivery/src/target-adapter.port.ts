import type { Failpoints, TraceContext } from '@ozg-hub/core';
import type { Delivery } from './delivery.ts';
import type { AuditValue } from './trail.ts';
import type { EffectiveState } from './transition.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** How a service talks to one kind of target. Another kind is another adapter in the service's table. */
export interface TargetAdapter {
  /** Kind of target in the directory, e.g. `xdomea`. */
  readonly kind: string;
  /**
   * Sends. May be called again for the same exchange after a failure: what must not happen twice belongs into a step.
   * Throws {@link HubError} (class `later`: nothing took effect, try again; `never`: nothing took effect, park;
   * `ask`: unknown) or {@link DeliveryFailure}. Any other error counts as unknown.
   */
  deliver(work: DeliveryWork): Promise<Outcome>;
  /**
   * Finds out whether the current exchange took effect, without causing an effect.
   * Throws where the target cannot be reached: the probe is repeated later.
   */
  probe(work: DeliveryWork): Promise<ProbeOutcome>;
}

/** Ids and codes only. */
export interface Outcome {
  readonly state: EffectiveState;
  readonly aktenzeichen?: string;
  readonly objectId?: string;
  /** Status as the target gave it, e.g. `201`. */
  readonly status?: string;
  /** What the trail has to keep about how it was sent: codes, counts, paths. */
  readonly details?: Readonly<Record<string, AuditValue>>;
  /** Until when an answer is due; by default the target's settings. */
  readonly dueAt?: Date;
}

export type ProbeOutcome =
  | { readonly verdict: 'EFFECTIVE'; readonly outcome: Outcome }
  | { readonly verdict: 'NOT_EFFECTIVE' }
  /** Stays IN_DOUBT until a reply or a person decides. `code` says why. */
  | { readonly verdict: 'UNKNOWN'; readonly code?: string };

/** A delivery under lease. */
export interface DeliveryWork {
  readonly delivery: Delivery;
  /** The dialogue; `id` is the ProzessID of xdomea. */
  readonly exchange: { readonly id: string; readonly number: number };
  /** Settings of the target as the directory port gave them for this claim. */
  readonly settings: TargetSettings;
  /**
   * Runs once per exchange and stores the result; a later try gets the stored result without running again.
   * The process may die between the run and the storing: the probe must be able to tell.
   * @throws HUB_DELIVERY_FENCED before running where another worker holds the delivery by now
   */
  step<T extends Json>(name: string, run: () => Promise<T>): Promise<T>;
  /** Stored result of a step of this exchange, for probes. */
  stored<T extends Json>(name: string): T | undefined;
  /** Aborted when the lease is lost or over, or the service stops for good. It is prolonged by itself. */
  readonly signal: AbortSignal;
  readonly failpoints: Failpoints;
  readonly trace: TraceContext;
  /**
   * Said right before what cannot be taken back, where it comes late in a step: the last byte of a long request. A process
   * that slept in the middle of it is not alone any more. @throws HUB_DELIVERY_FENCED where the lease is over
   */
  requireLease(): void;
}

/** What the engine needs to know of a target, in the directory's own words; adapters read theirs from the directory. */
export interface TargetSettings {
  readonly kind: string;
  /** Deliveries under way at once, over all processes. Default 4. */
  readonly concurrency?: number | undefined;
  /** At most `count` deliveries in `perSeconds`, over all processes. Default unlimited. */
  readonly rate?: { readonly count: number; readonly perSeconds: number } | undefined;
  /** When a waiting delivery is overdue. Default 24 hours without receipt, 5 working days without result. */
  readonly dueAfter?: { readonly receiptHours: number; readonly resultWorkingDays: number } | undefined;
  /** `hold` (default): a parked or rejected delivery holds its lane; `skip`: later ones may pass it. */
  readonly parkedLane?: 'hold' | 'skip' | undefined;
}

/** The current connection of a target: endpoint, rates, transport come from the newest directory. */
export interface TargetDirectory {
  /** undefined: the directory no longer knows it; its deliveries wait. */
  target(tenant: string, target: string): TargetSettings | undefined;
}
