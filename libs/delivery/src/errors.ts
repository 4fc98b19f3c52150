import { type ErrorClass, type ErrorDetail, HubError, defineErrors } from '@ozg-hub/core';

export const deliveryErrors = defineErrors({
  HUB_DELIVERY_TRANSITION: {
    class: 'never',
    status: 409,
    title: 'The delivery is in a state that does not allow this.',
    action: 'Look at the current state of the delivery; it may have moved on by itself.',
  },
  HUB_ALREADY_EFFECTIVE: {
    class: 'never',
    status: 409,
    title: 'The delivery has taken effect at the target; repeating it would double it.',
    action: 'Use send-again with a reason if the target really needs it once more: a new delivery supersedes this one.',
  },
  HUB_DELIVERY_REASON_REQUIRED: {
    class: 'never',
    status: 422,
    title: 'A reason is required, because the delivery may already have taken effect.',
    action: 'Repeat the request with a reason; it is kept in the trail.',
  },
  HUB_DELIVERY_PROBE_REQUIRED: {
    class: 'ask',
    status: 409,
    title: 'The target may have the delivery; it has to be asked before anything is sent again.',
    action: 'Replay this delivery by itself, with a reason: the target is asked first.',
  },
  HUB_DELIVERY_UNKNOWN: {
    class: 'never',
    status: 404,
    title: 'There is no such delivery.',
    action: 'Check the id, and that the key may see its tenant.',
  },
  HUB_DELIVERY_TARGET_UNKNOWN: {
    class: 'later',
    status: 404,
    title: 'The directory knows no such target, or no adapter for its kind.',
    action: 'Add the target to the directory again; its deliveries wait.',
  },
  HUB_DELIVERY_FENCED: {
    class: 'ask',
    status: 409,
    title: 'Another worker holds this delivery by now.',
    action: 'Nothing: what this worker did is recorded, and the other one probes before it sends.',
  },
  HUB_DELIVERY_LEASE_LOST: {
    class: 'ask',
    status: 503,
    title: 'The worker stopped while the delivery was under way; whether it took effect is unknown.',
    action: 'The target is probed. Where the probe cannot tell, a person decides.',
  },
  HUB_DELIVERY_UNEXPECTED: {
    class: 'ask',
    status: 500,
    title: 'The adapter failed unexpectedly; whether the delivery took effect is unknown.',
    action: 'Look for the log line with the delivery id; the target is probed before anything is sent again.',
  },
  HUB_DELIVERY_DIRECTORY_UNAVAILABLE: {
    class: 'never',
    status: 501,
    title: 'This service cannot pin a delivery to the current directory.',
    action: 'Replay with the pinned directory.',
  },
  HUB_REPLAY_UNKNOWN: {
    class: 'never',
    status: 404,
    title: 'There is no such replay of many deliveries.',
    action: 'Look at the list of replays, and check that the key may see all municipalities in it.',
  },
  HUB_REPLAY_TOO_LARGE: {
    class: 'never',
    status: 422,
    title: 'More deliveries match than one replay takes.',
    action: 'Narrow the filter, e.g. to a target or a time, and replay in several parts.',
  },
  HUB_REPLAY_TOO_MANY: {
    class: 'later',
    status: 409,
    title: 'As many replays as are allowed at a time are running or paused.',
    action: 'Wait for one to end, or cancel one.',
  },
  HUB_REPLAY_ENDED: {
    class: 'never',
    status: 409,
    title: 'The replay has ended: it can be neither paused, resumed nor cancelled.',
    action: 'Begin another for what is left.',
  },
  HUB_TRAIL_DETAIL: {
    class: 'never',
    status: 500,
    title: 'An audit row may carry ids, codes and numbers only.',
    action: 'Shorten or drop the field named; texts do not belong into the trail.',
  },
  HUB_TRAIL_OVERTAKEN: {
    class: 'later',
    status: 503,
    title: 'Another process has sealed these audit rows meanwhile.',
    action: 'Nothing: this process was silent for too long, and the other one goes on.',
  },
  HUB_TRAIL_CHECKPOINT_FILE: {
    class: 'ask',
    status: 500,
    title: 'The checkpoint file does not continue the checkpoints of the database.',
    action: 'Run trail verify, keep both as evidence, and begin a new file only after the difference is explained.',
  },
});

/** What an attempt came to. Only OK, REJECTED and IN_DOUBT may have had an effect at the target. */
export type FailureClass = 'TRANSIENT' | 'PERMANENT' | 'RATE_LIMITED' | 'AUTH' | 'SCHEMA' | 'REJECTED' | 'IN_DOUBT';

export interface FailureDetail extends ErrorDetail {
  /** Code of the target or of the hub, stable: groups deliveries and is shown to people. */
  readonly code: string;
  /** Status as the target gave it, e.g. `503`. */
  readonly status?: string;
  /** At most 500 characters of the answer; never a citizen's data. */
  readonly excerpt?: string;
  /** Key of the text shown for a rejection, e.g. of a code list. */
  readonly textKey?: string;
}

const CLASS: Readonly<Record<FailureClass, ErrorClass>> = {
  TRANSIENT: 'later',
  RATE_LIMITED: 'later',
  AUTH: 'later',
  PERMANENT: 'never',
  SCHEMA: 'never',
  REJECTED: 'never',
  IN_DOUBT: 'ask',
};

/**
 * Thrown by an adapter that knows more than a class of {@link HubError} says.
 * Throw TRANSIENT, AUTH, RATE_LIMITED, PERMANENT and SCHEMA only where it is certain that nothing took effect;
 * where that is not certain, IN_DOUBT.
 */
export class DeliveryFailure extends HubError {
  readonly targetStatus: string | undefined;
  readonly excerpt: string | undefined;
  readonly textKey: string | undefined;

  constructor(
    readonly failure: FailureClass,
    detail: FailureDetail,
  ) {
    super(
      detail.code,
      {
        class: CLASS[failure],
        status: 502,
        title: 'The target did not take the delivery.',
        action: 'See the attempts.',
      },
      detail,
    );
    this.targetStatus = detail.status;
    this.excerpt = detail.excerpt?.slice(0, 500);
    this.textKey = detail.textKey;
  }
}
