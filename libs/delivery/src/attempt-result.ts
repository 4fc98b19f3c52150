import { HubError } from '@ozg-hub/core';
import type { BreakerEvent } from './breaker.ts';
import type { DeliveryPatch, StateChange } from './change-recorder.ts';
import type { Claimed } from './claim.repository.ts';
import type { Attempt, AttemptClass, Delivery } from './delivery.ts';
import { DeliveryFailure, type FailureClass, deliveryErrors } from './errors.ts';
import { fingerprint } from './fingerprint.ts';
import { budgetExhausted, longestRetryAfterMs, probeDelayMs, retryDelayMs } from './retry-schedule.ts';
import type { Outcome, ProbeOutcome, TargetSettings } from './target-adapter.port.ts';
import type { TargetNews, TargetUpdate } from './target-states.ts';
import type { EffectiveState } from './transition.ts';
import { addWorkingDays } from './working-days.ts';

const HOUR = 3_600_000;

/** A thrown error, sorted. */
export interface Failure {
  readonly class: FailureClass;
  readonly code: string;
  readonly status?: string | undefined;
  readonly excerpt?: string | undefined;
  readonly textKey?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

export type AttemptResult =
  | { readonly type: 'sent'; readonly outcome: Outcome }
  | { readonly type: 'probed'; readonly probe: ProbeOutcome }
  | { readonly type: 'failed'; readonly failure: Failure };

/** A finished try or probe, on its way into the database. */
export interface Finished {
  readonly attemptId: string;
  readonly claimed: Claimed;
  readonly result: AttemptResult;
  readonly durationMs: number;
  readonly actor: string;
  /** The lease may be lost, or was given up: the result may be old, and says nothing about the target. */
  readonly stale: boolean;
}

const BY_CLASS = { later: 'TRANSIENT', never: 'PERMANENT', ask: 'IN_DOUBT' } as const;

/** Sorts what an adapter threw. What is not a {@link HubError} may have happened after the effect: IN_DOUBT. */
export function toFailure(error: unknown): Failure {
  if (error instanceof DeliveryFailure) {
    return {
      class: error.failure,
      code: error.code,
      status: error.targetStatus,
      excerpt: error.excerpt,
      textKey: error.textKey,
      retryAfterSeconds: error.retryAfterSeconds,
    };
  }
  if (error instanceof HubError) {
    return {
      class: BY_CLASS[error.class],
      code: error.code,
      excerpt: error.message.slice(0, 500),
      retryAfterSeconds: error.retryAfterSeconds,
    };
  }
  return { class: 'IN_DOUBT', code: deliveryErrors.HUB_DELIVERY_UNEXPECTED().code };
}

/** What the result says about the target: a refusal of one delivery shows that it is alive. */
export function targetNews({ claimed: { delivery }, result }: Finished): Omit<TargetNews, 'tenant' | 'target'> {
  const events = (...types: BreakerEvent['type'][]) => types.map((type) => ({ type }) as BreakerEvent);
  if (result.type === 'sent') return { events: events('success') };
  if (result.type === 'probed') {
    const { verdict } = result.probe;
    return {
      events: events(...(verdict === 'UNKNOWN' ? [] : (['success'] as const))),
      burnsBudget: verdict === 'NOT_EFFECTIVE',
    };
  }
  const { failure } = result;
  switch (failure.class) {
    case 'TRANSIENT':
    case 'IN_DOUBT':
      return { events: events('failure') };
    case 'RATE_LIMITED':
      return { events: events('success'), notBeforeMs: waitMs(delivery, failure, 0.5) };
    case 'AUTH':
      return { events: events('success'), pause: failure.code };
    case 'REJECTED':
      return { events: events('success') };
    case 'PERMANENT':
    case 'SCHEMA':
      return { events: [] };
    default:
      return failure.class satisfies never;
  }
}

/**
 * The change that a result makes.
 * @param update reading of the target's open clock; given for each failure that burns budget
 * @param random uniform in [0, 1)
 */
export function changeFor(finished: Finished, update: TargetUpdate | undefined, random: number): StateChange {
  const { claimed, result } = finished;
  const base = { before: claimed.delivery, actor: finished.actor };
  if (result.type === 'sent') {
    return { ...base, event: { type: 'succeeded', to: result.outcome.state }, ...reachedBy(finished, result.outcome) };
  }
  if (result.type === 'failed') {
    return claimed.mode === 'probe'
      ? probeFailed(finished, result.failure, random)
      : tryFailed(finished, result.failure, update, random);
  }
  const { probe } = result;
  switch (probe.verdict) {
    case 'EFFECTIVE': {
      const { outcome } = probe;
      return { ...base, event: { type: 'probeEffective', to: outcome.state }, ...reachedBy(finished, outcome) };
    }
    case 'NOT_EFFECTIVE': {
      const failures = claimed.delivery.failures + 1;
      const set = { failures, trigger: 'RETRY' as const, ...budgetOf(claimed.delivery, update) };
      if (budgetExhausted(set.budgetUsedMs)) return { ...base, set, ...outOfBudget };
      const nextInMs = retryDelayMs(failures, random);
      return { ...base, event: { type: 'probeNotEffective' }, set, nextInMs, kind: 'delivery.probed-not-effective' };
    }
    case 'UNKNOWN': {
      const set = { code: probe.code ?? claimed.delivery.code };
      return { ...base, event: { type: 'probeUnknown' }, set, kind: 'delivery.probed-unknown' };
    }
    default:
      return probe satisfies never;
  }
}

function tryFailed(
  finished: Finished,
  failure: Failure,
  update: TargetUpdate | undefined,
  random: number,
): StateChange {
  const before = finished.claimed.delivery;
  const base = { before, actor: finished.actor };
  const marked = { ...described(finished.claimed.settings, failure), trigger: 'RETRY' as const };
  switch (failure.class) {
    case 'TRANSIENT':
    case 'RATE_LIMITED': {
      const failures = before.failures + 1;
      const set = { ...marked, failures, ...budgetOf(before, update) };
      if (budgetExhausted(set.budgetUsedMs)) return { ...base, set, ...outOfBudget };
      const nextInMs = waitMs({ ...before, failures }, failure, random);
      return { ...base, event: { type: 'transientFailure' }, set, nextInMs, kind: 'delivery.retry-wait' };
    }
    case 'AUTH':
      return { ...base, event: { type: 'transientFailure' }, set: marked, nextInMs: 0, kind: 'delivery.retry-wait' };
    case 'PERMANENT':
    case 'SCHEMA':
      return { ...base, event: { type: 'permanentFailure' }, set: marked, kind: 'delivery.parked' };
    case 'REJECTED':
      return { ...base, event: { type: 'rejected' }, set: marked, kind: 'delivery.rejected' };
    case 'IN_DOUBT':
      return {
        ...base,
        event: { type: 'doubt' },
        set: { ...marked, ...budgetOf(before, update) },
        nextInMs: 0,
        kind: 'delivery.in-doubt',
      };
    default:
      return failure.class satisfies never;
  }
}

const outOfBudget = {
  event: { type: 'budgetExhausted' },
  kind: 'delivery.parked',
  details: { budget: true },
} as const satisfies Partial<StateChange>;

/** Open time spent since the first failure in a row. */
function budgetOf(
  { budgetMark, budgetUsedMs }: Delivery,
  update: TargetUpdate | undefined,
): Pick<Delivery, 'budgetMark' | 'budgetUsedMs'> {
  if (!update) return { budgetMark, budgetUsedMs };
  const mark = budgetMark ?? update.openClock;
  return { budgetMark: mark, budgetUsedMs: Math.max(0, update.openClock - mark) };
}

function probeFailed(finished: Finished, failure: Failure, random: number): StateChange {
  const before = finished.claimed.delivery;
  if (['PERMANENT', 'SCHEMA', 'REJECTED'].includes(failure.class)) {
    // Asked again it would say the same: a person decides.
    const [details, { actor }] = [{ failure: failure.code }, finished];
    const set = { code: failure.code };
    return { before, event: { type: 'probeUnknown' }, set, actor, kind: 'delivery.probed-unknown', details };
  }
  const failures = before.failures + (failure.class === 'AUTH' ? 0 : 1);
  return {
    before,
    event: undefined,
    set: { failures },
    nextInMs: failure.class === 'AUTH' ? 0 : Math.max(probeDelayMs(failures, random), retryAfterMs(failure)),
    actor: finished.actor,
    kind: 'delivery.probe-failed',
    details: { failure: failure.code },
  };
}

function reachedBy(finished: Finished, outcome: Outcome): Pick<StateChange, 'set' | 'kind' | 'details'> {
  const { state, details } = outcome;
  return { set: reached(finished, outcome), kind: kindOf(state), ...(details ? { details } : {}) };
}

function reached({ claimed, durationMs }: Finished, outcome: Outcome): DeliveryPatch {
  const now = new Date(claimed.at.getTime() + durationMs);
  return {
    ...settledWell,
    dueAt: outcome.dueAt ?? dueAt(outcome.state, claimed.settings, now),
    aktenzeichen: outcome.aktenzeichen ?? claimed.delivery.aktenzeichen,
    objectId: outcome.objectId ?? claimed.delivery.objectId,
  };
}

/** Nothing is wrong any more. */
export const settledWell = {
  failures: 0,
  budgetMark: undefined,
  budgetUsedMs: 0,
  code: undefined,
  textKey: undefined,
  fingerprint: undefined,
} as const satisfies DeliveryPatch;

/** Until when the target should answer; undefined in states that wait for nothing. */
export function dueAt(state: EffectiveState, settings: Partial<TargetSettings>, now: Date): Date | undefined {
  if (state === 'AWAITING_RECEIPT') return new Date(now.getTime() + (settings.dueAfter?.receiptHours ?? 24) * HOUR);
  if (state === 'AWAITING_RESULT') return addWorkingDays(now, settings.dueAfter?.resultWorkingDays ?? 5);
  return undefined;
}

export function attemptOf(finished: Finished, fenced: boolean): Attempt {
  const { claimed, result } = finished;
  const failure = result.type === 'failed' ? result.failure : undefined;
  return {
    id: finished.attemptId,
    deliveryId: claimed.delivery.id,
    exchangeId: claimed.delivery.exchangeId,
    trigger: claimed.trigger,
    fence: claimed.delivery.fence,
    startedAt: claimed.at,
    durationMs: Math.round(finished.durationMs),
    class: attemptClass(result),
    code:
      failure?.code ?? (result.type === 'probed' && result.probe.verdict === 'UNKNOWN' ? result.probe.code : undefined),
    status: failure?.status ?? (result.type === 'sent' ? result.outcome.status : undefined),
    excerpt: failure?.excerpt,
    actor: finished.actor,
    fenced,
  };
}

function attemptClass(result: AttemptResult): AttemptClass {
  if (result.type === 'sent') return 'OK';
  return result.type === 'failed' ? result.failure.class : `PROBED_${result.probe.verdict}`;
}

export function kindOf(state: string): string {
  return `delivery.${state.toLowerCase().replaceAll('_', '-')}`;
}

function described(settings: TargetSettings, failure: Failure): DeliveryPatch {
  return {
    code: failure.code,
    textKey: failure.textKey,
    fingerprint: fingerprint({
      kind: settings.kind,
      failure: failure.class,
      code: failure.code,
      status: failure.status,
    }),
  };
}

function waitMs(delivery: Pick<Delivery, 'failures'>, failure: Failure, random: number): number {
  const byTable = failure.class === 'RATE_LIMITED' ? Math.max(3, delivery.failures) : delivery.failures;
  return retryDelayMs(byTable, random, failure.retryAfterSeconds);
}

function retryAfterMs(failure: Failure): number {
  return Math.min((failure.retryAfterSeconds ?? 0) * 1_000, longestRetryAfterMs);
}
