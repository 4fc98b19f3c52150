import { describe, expect, test } from '@jest/globals';
import { isHubError } from '@ozg-hub/core';
import { type DeliveryState, deliveryStates } from '@ozg-hub/submission';
import fc from 'fast-check';
import { type DeliveryEvent, type EffectiveState, isTerminal, laneHoldingStates, transition } from './transition.ts';

const effectiveStates: readonly EffectiveState[] = ['AWAITING_RECEIPT', 'AWAITING_RESULT', 'DELIVERED', 'CONFIRMED'];
const to = fc.constantFrom(...effectiveStates);
const reason = fc.option(fc.constantFrom('DMS restored from backup', ' '), { nil: undefined });

const anyEvent: fc.Arbitrary<DeliveryEvent> = fc.oneof(
  fc.record({ type: fc.constantFrom('succeeded' as const, 'probeEffective' as const), to }),
  fc.record({
    type: fc.constantFrom(
      ...(['claimed', 'claimed', 'claimed', 'released', 'receipt', 'result', 'rejected'] as const),
      ...(['transientFailure', 'permanentFailure', 'budgetExhausted', 'doubt', 'leaseLost'] as const),
      ...(['probeNotEffective', 'probeUnknown', 'supersede'] as const),
    ),
  }),
  fc.record({
    type: fc.constant('replay' as const),
    probed: fc.constantFrom('EFFECTIVE' as const, 'NOT_EFFECTIVE' as const, 'UNKNOWN' as const, undefined),
    reason,
  }),
  fc.record({ type: fc.constantFrom('cancel' as const, 'settled' as const), reason }),
);
const anyState = fc.constantFrom(...deliveryStates);

/** Next state, or the code of the refusal. */
function attempt(state: DeliveryState, event: DeliveryEvent): { next: DeliveryState; refused?: string } {
  try {
    return { next: transition(state, event) };
  } catch (error) {
    if (!isHubError(error)) throw error;
    return { next: state, refused: error.code };
  }
}

describe('transition table', () => {
  test('an impossible event is refused with a code of the list', () => {
    fc.assert(
      fc.property(anyState, anyEvent, (state, event) => {
        const { refused } = attempt(state, event);
        expect([
          undefined,
          'HUB_DELIVERY_TRANSITION',
          'HUB_ALREADY_EFFECTIVE',
          'HUB_DELIVERY_REASON_REQUIRED',
          'HUB_DELIVERY_PROBE_REQUIRED',
        ]).toContain(refused);
      }),
    );
  });

  test('nothing leaves a terminal state but a delivery that supersedes it', () => {
    fc.assert(
      fc.property(anyState.filter(isTerminal), anyEvent, (state, event) => {
        const { next } = attempt(state, event);
        if (event.type === 'supersede' && (state === 'DELIVERED' || state === 'CONFIRMED'))
          expect(next).toBe('SUPERSEDED');
        else expect(next).toBe(state);
      }),
    );
  });

  test('replay is refused as already effective from DELIVERED and CONFIRMED, whatever the reason', () => {
    for (const state of ['DELIVERED', 'CONFIRMED'] as const) {
      for (const probed of ['EFFECTIVE', 'NOT_EFFECTIVE', 'UNKNOWN', undefined] as const) {
        expect(attempt(state, { type: 'replay', probed, reason: 'lost' }).refused).toBe('HUB_ALREADY_EFFECTIVE');
      }
    }
  });

  test('replay is always possible from RETRY_WAIT, PARKED and REJECTED', () => {
    for (const state of ['RETRY_WAIT', 'PARKED', 'REJECTED'] as const) {
      expect(transition(state, { type: 'replay' })).toBe('QUEUED');
    }
  });

  test('replay from doubt or while an answer is awaited needs a reason and a probe that found no effect', () => {
    for (const state of ['IN_DOUBT', 'AWAITING_RECEIPT', 'AWAITING_RESULT'] as const) {
      expect(attempt(state, { type: 'replay', probed: 'NOT_EFFECTIVE' }).refused).toBe('HUB_DELIVERY_REASON_REQUIRED');
      expect(attempt(state, { type: 'replay', reason: 'lost' }).refused).toBe('HUB_DELIVERY_PROBE_REQUIRED');
      expect(attempt(state, { type: 'replay', reason: 'lost', probed: 'EFFECTIVE' }).refused).toBe(
        'HUB_ALREADY_EFFECTIVE',
      );
      expect(transition(state, { type: 'replay', reason: 'lost', probed: 'UNKNOWN' })).toBe('QUEUED');
      expect(transition(state, { type: 'replay', reason: 'lost', probed: 'NOT_EFFECTIVE' })).toBe('QUEUED');
    }
  });

  test('a reply never moves a delivery backwards', () => {
    const rank: Partial<Record<DeliveryState, number>> = {
      AWAITING_RECEIPT: 1,
      AWAITING_RESULT: 2,
      REJECTED: 3,
      CONFIRMED: 3,
      DELIVERED: 3,
      CANCELLED: 3,
      SUPERSEDED: 3,
    };
    fc.assert(
      fc.property(
        anyState,
        fc.constantFrom('receipt' as const, 'result' as const, 'rejected' as const),
        (state, type) => {
          expect(rank[transition(state, { type })] ?? 0).toBeGreaterThanOrEqual(rank[state] ?? 0);
          expect(rank[transition(state, { type })]).toBeDefined();
        },
      ),
    );
  });

  test('every state can be reached', () => {
    const reached = new Set<DeliveryState>();
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 30, maxLength: 30 }), (events) => {
        let state: DeliveryState = 'QUEUED';
        for (const event of events) reached.add((state = attempt(state, event).next));
      }),
      { numRuns: 2_000, seed: 7 },
    );
    expect([...reached].toSorted()).toEqual([...deliveryStates].toSorted());
  });

  test('what took effect is not sent again unless the target refused it or a person said so after a probe', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 40, maxLength: 40 }), (events) => {
        let state: DeliveryState = 'QUEUED';
        let effective = false;
        for (const event of events) {
          const { next, refused } = attempt(state, event);
          if (!refused && next !== state) {
            if (effective) {
              const byPerson =
                event.type === 'replay' && ['NOT_EFFECTIVE', 'UNKNOWN'].includes(event.probed ?? '') && event.reason;
              const sendsAgain = ['QUEUED', 'RETRY_WAIT', 'IN_FLIGHT', 'PARKED'].includes(next);
              if (sendsAgain && !byPerson) throw new Error(`${state} ${event.type} → ${next} although effective`);
            }
            if (next === 'REJECTED' || next === 'QUEUED') effective = false;
            if ((effectiveStates as readonly string[]).includes(next)) effective = true;
          }
          state = next;
        }
      }),
      { numRuns: 2_500 },
    );
  });

  test('nothing in flight or in doubt lets the next of its lane go', () => {
    for (const state of ['QUEUED', 'IN_FLIGHT', 'RETRY_WAIT', 'IN_DOUBT', 'PARKED'] as const) {
      expect(laneHoldingStates).toContain(state);
    }
  });
});
