import type { DeliveryState } from '@ozg-hub/submission';
import { deliveryErrors } from './errors.ts';

/** States that say: the target has it. */
export type EffectiveState = 'AWAITING_RECEIPT' | 'AWAITING_RESULT' | 'DELIVERED' | 'CONFIRMED';

/** What a probe concluded. UNKNOWN: only a person, or a reply, can tell. */
export type ProbeVerdict = 'EFFECTIVE' | 'NOT_EFFECTIVE' | 'UNKNOWN';

export type DeliveryEvent =
  | { readonly type: 'claimed' | 'released' }
  | { readonly type: 'succeeded' | 'probeEffective'; readonly to: EffectiveState }
  | { readonly type: 'receipt' | 'result' | 'rejected' }
  | { readonly type: 'transientFailure' | 'permanentFailure' | 'budgetExhausted' | 'doubt' | 'leaseLost' }
  | { readonly type: 'probeNotEffective' | 'probeUnknown' }
  /** A person asks for another try. From IN_DOUBT and AWAITING states it needs the verdict of a probe and a reason. */
  | { readonly type: 'replay'; readonly probed?: ProbeVerdict | undefined; readonly reason?: string | undefined }
  /** A person vouches that the target has it. */
  | { readonly type: 'settled'; readonly reason?: string | undefined }
  | { readonly type: 'cancel'; readonly reason?: string | undefined }
  /** A new delivery takes the place of this one (send-again). */
  | { readonly type: 'supersede' };

/** States that nothing leaves; only {@link DeliveryEvent} `supersede` replaces DELIVERED and CONFIRMED. */
export const terminalStates = ['CONFIRMED', 'DELIVERED', 'CANCELLED', 'SUPERSEDED'] as const satisfies DeliveryState[];

/** States in which the next delivery of the same lane has to wait. */
export const laneHoldingStates = [
  'QUEUED',
  'IN_FLIGHT',
  'RETRY_WAIT',
  'IN_DOUBT',
  'AWAITING_RECEIPT',
  'PARKED',
  'REJECTED',
] as const satisfies DeliveryState[];

const has = <T extends string>(states: readonly T[], state: string): state is T =>
  (states as readonly string[]).includes(state);

export function isTerminal(state: DeliveryState): boolean {
  return has(terminalStates, state);
}

/**
 * True where a change from one state to the other may let the next delivery of the lane go; whether PARKED and REJECTED
 * do is for the target's settings to say, at the next claim.
 */
export function mayReleaseLane(from: DeliveryState, to: DeliveryState): boolean {
  if (from === to) return false;
  // those that wait for a result are held by AWAITING_RESULT too
  const held = has(laneHoldingStates, from) || from === 'AWAITING_RESULT';
  return held && (!has(laneHoldingStates, to) || to === 'PARKED' || to === 'REJECTED');
}

/**
 * The transition table. Gives the next state; the same state where an event says nothing new (late replies).
 * @throws HUB_DELIVERY_TRANSITION, HUB_ALREADY_EFFECTIVE, HUB_DELIVERY_REASON_REQUIRED, HUB_DELIVERY_PROBE_REQUIRED
 */
export function transition(state: DeliveryState, event: DeliveryEvent): DeliveryState {
  const from = (...allowed: DeliveryState[]): void => {
    if (!has(allowed, state)) {
      throw deliveryErrors.HUB_DELIVERY_TRANSITION({ detail: `${event.type} is not possible in state ${state}.` });
    }
  };
  switch (event.type) {
    case 'claimed':
      from('QUEUED', 'RETRY_WAIT');
      return 'IN_FLIGHT';
    case 'released':
      from('IN_FLIGHT');
      return 'QUEUED';
    case 'succeeded':
      from('IN_FLIGHT');
      return event.to;
    case 'transientFailure':
      from('IN_FLIGHT');
      return 'RETRY_WAIT';
    case 'permanentFailure':
      from('IN_FLIGHT');
      return 'PARKED';
    case 'budgetExhausted':
      from('IN_FLIGHT', 'IN_DOUBT');
      return 'PARKED';
    case 'doubt':
    case 'leaseLost':
      from('IN_FLIGHT');
      return 'IN_DOUBT';
    case 'probeEffective':
      from('IN_DOUBT');
      return event.to;
    case 'probeNotEffective':
      from('IN_DOUBT');
      return 'RETRY_WAIT';
    case 'probeUnknown':
      from('IN_DOUBT');
      return 'IN_DOUBT';
    case 'receipt':
      return has([...terminalStates, 'REJECTED', 'AWAITING_RESULT'], state) ? state : 'AWAITING_RESULT';
    case 'result':
      return has([...terminalStates, 'REJECTED'], state) ? state : 'CONFIRMED';
    case 'rejected':
      return has([...terminalStates, 'REJECTED'], state) ? state : 'REJECTED';
    case 'replay':
      return replay(state, event);
    case 'settled':
      from('IN_DOUBT', 'AWAITING_RECEIPT', 'AWAITING_RESULT', 'PARKED', 'REJECTED');
      requireReason(event.reason);
      return 'CONFIRMED';
    case 'cancel':
      refuseEffective(state);
      from('QUEUED', 'RETRY_WAIT', 'PARKED', 'REJECTED', 'IN_DOUBT', 'AWAITING_RECEIPT', 'AWAITING_RESULT');
      if (mayBeEffective(state)) requireReason(event.reason);
      return 'CANCELLED';
    case 'supersede':
      from('DELIVERED', 'CONFIRMED', 'AWAITING_RECEIPT', 'AWAITING_RESULT');
      return 'SUPERSEDED';
    default:
      return event satisfies never;
  }
}

function replay(
  state: DeliveryState,
  event: { probed?: ProbeVerdict | undefined; reason?: string | undefined },
): DeliveryState {
  refuseEffective(state);
  if (has(['RETRY_WAIT', 'PARKED', 'REJECTED'], state)) return 'QUEUED';
  if (!mayBeEffective(state)) {
    throw deliveryErrors.HUB_DELIVERY_TRANSITION({ detail: `replay is not possible in state ${state}.` });
  }
  requireReason(event.reason);
  if (event.probed === undefined) throw deliveryErrors.HUB_DELIVERY_PROBE_REQUIRED();
  if (event.probed === 'EFFECTIVE') throw deliveryErrors.HUB_ALREADY_EFFECTIVE();
  return 'QUEUED';
}

/** States in which the target may have the delivery although no result says so. */
export function mayBeEffective(state: DeliveryState): boolean {
  return has(['IN_DOUBT', 'AWAITING_RECEIPT', 'AWAITING_RESULT'], state);
}

function refuseEffective(state: DeliveryState): void {
  if (has(['DELIVERED', 'CONFIRMED'], state)) throw deliveryErrors.HUB_ALREADY_EFFECTIVE();
}

function requireReason(reason: string | undefined): void {
  if (!reason?.trim()) throw deliveryErrors.HUB_DELIVERY_REASON_REQUIRED();
}
