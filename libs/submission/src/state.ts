/** States of a delivery; ARCHITECTURE §4. */
export const deliveryStates = [
  'QUEUED',
  'IN_FLIGHT',
  'RETRY_WAIT',
  'IN_DOUBT',
  'AWAITING_RECEIPT',
  'AWAITING_RESULT',
  'CONFIRMED',
  'DELIVERED',
  'PARKED',
  'REJECTED',
  'CANCELLED',
  'SUPERSEDED',
] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export type SubmissionState = 'ACCEPTED' | 'IN_PROGRESS' | 'NEEDS_ATTENTION' | 'COMPLETED' | 'CANCELLED';

export interface DeliveryProgress {
  /** What the submission expects to be delivered, e.g. `dms`; see {@link deriveState}. */
  readonly purpose: string;
  readonly state: DeliveryState;
  readonly overdue: boolean;
}

/**
 * Purpose of deliveries that bring a notice, e.g. a Quittung, into the record of a case. It comes when the case may be
 * complete long since, so nothing waits for it: only where it needs a person the submission says so.
 */
export const NOTICE_FILING = 'dms-notice';

const UNDER_WAY: ReadonlySet<DeliveryState> = new Set([
  'QUEUED',
  'IN_FLIGHT',
  'RETRY_WAIT',
  'AWAITING_RECEIPT',
  'AWAITING_RESULT',
]);
const NEEDS_A_PERSON: ReadonlySet<DeliveryState> = new Set(['PARKED', 'IN_DOUBT', 'REJECTED']);
const EFFECTIVE: ReadonlySet<DeliveryState> = new Set(['CONFIRMED', 'DELIVERED']);

/**
 * The state of a submission, derived from its deliveries and never stored.
 * @param expected the purposes that must be delivered before the submission is complete, known at acceptance
 */
export function deriveState(expected: readonly string[], deliveries: readonly DeliveryProgress[]): SubmissionState {
  const live = deliveries.filter(({ state }) => state !== 'SUPERSEDED');
  if (live.some(({ state, overdue }) => overdue || NEEDS_A_PERSON.has(state))) return 'NEEDS_ATTENTION';
  const counted = live.filter(({ purpose }) => purpose !== NOTICE_FILING);
  const done = (purpose: string) => {
    const forPurpose = counted.filter((delivery) => delivery.purpose === purpose && delivery.state !== 'CANCELLED');
    return forPurpose.length > 0 && forPurpose.every(({ state }) => EFFECTIVE.has(state));
  };
  if (counted.length > 0 && counted.every(({ state }) => state === 'CANCELLED')) return 'CANCELLED';
  const purposes = new Set([
    ...expected,
    ...counted.filter(({ state }) => state !== 'CANCELLED').map(({ purpose }) => purpose),
  ]);
  if (purposes.size > 0 && [...purposes].every(done)) return 'COMPLETED';
  return counted.length === 0 ? 'ACCEPTED' : 'IN_PROGRESS';
}

/** Whether a delivery goes on by itself: its submission's contents are needed. */
export function isUnderWay({ state }: Pick<DeliveryProgress, 'state'>): boolean {
  return UNDER_WAY.has(state);
}
