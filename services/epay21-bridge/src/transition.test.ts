import { describe, expect, test } from '@jest/globals';
import { propertyRun } from '@ozg-hub/testing/database';
import fc from 'fast-check';
import { type PaymentState, paymentStates } from './payment.ts';
import { type PaymentEvent, type ProviderStatus, hasMoney, isOpen, transition } from './transition.ts';

const LONGEST = 40;
const { steps, seed } = propertyRun();
const statuses: readonly ProviderStatus[] = ['OPEN', 'PAID', 'FAILED', 'CANCELLED'];
const says = (status: ProviderStatus): PaymentEvent => ({ type: 'says', status });
const events: readonly PaymentEvent[] = [
  ...statuses.map(says),
  { type: 'outcomeUnknown' },
  { type: 'refused' },
  { type: 'expired' },
  { type: 'abandoned' },
  { type: 'booked', settled: false },
  { type: 'booked', settled: true },
  { type: 'settled' },
  { type: 'reversed', kind: 'REFUND' },
  { type: 'reversed', kind: 'CHARGEBACK' },
];

const after = (from: PaymentState, event: PaymentEvent) => transition(from, event).state;

describe('a payment', () => {
  test('goes its usual way from CREATED to SETTLED', () => {
    const way = [says('OPEN'), says('PAID'), { type: 'booked', settled: false }, { type: 'settled' }] as const;
    expect(
      way.reduce<PaymentState[]>((states, event) => [...states, after(states.at(-1)!, event)], ['CREATED']),
    ).toEqual(['CREATED', 'INITIATED', 'PAID', 'BOOKED', 'SETTLED']);
  });

  test.each(['FAILED', 'CANCELLED', 'EXPIRED'] as const)('%s whose money comes all the same is LATE_PAID', (state) => {
    expect(after(state, says('PAID'))).toBe('LATE_PAID');
  });

  test('whose request may have been taken is UNKNOWN, and no refusal or time-out ends that', () => {
    expect(after('CREATED', { type: 'outcomeUnknown' })).toBe('UNKNOWN');
    expect(after('UNKNOWN', { type: 'refused' })).toBe('UNKNOWN');
    expect(after('UNKNOWN', { type: 'expired' })).toBe('UNKNOWN');
    expect(after('UNKNOWN', says('OPEN'))).toBe('INITIATED');
  });

  test('that the bank showed first is SETTLED as soon as it is booked', () => {
    expect(after('PAID', { type: 'settled' })).toBe('PAID');
    expect(after('PAID', { type: 'booked', settled: true })).toBe('SETTLED');
  });

  test.each(['OPEN', 'FAILED', 'CANCELLED'] as const)('that is paid stays paid when the service says %s', (status) => {
    for (const state of ['PAID', 'LATE_PAID', 'BOOKED', 'SETTLED'] as const) {
      expect(transition(state, says(status))).toEqual({ state, contradicts: true });
    }
  });

  test('in any order of events never loses money that came, and is told of it once', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: LONGEST, size: 'max' }), (order) => {
        let state: PaymentState = 'CREATED';
        let settledEvents = 0;
        for (const event of order) {
          const next = after(state, event);
          if (hasMoney(state) && !hasMoney(next)) throw new Error(`${state} → ${next} loses money`);
          if (!isOpen(state) && isOpen(next)) throw new Error(`${state} → ${next} opens again`);
          if (next !== state && (next === 'PAID' || next === 'LATE_PAID')) settledEvents += 1;
          state = next;
        }
        return settledEvents === (hasMoney(state) ? 1 : 0);
      }),
      { numRuns: Math.ceil(steps / (LONGEST / 2)), seed },
    );
  });

  test('in every state has an answer to every event', () => {
    for (const state of paymentStates) {
      for (const event of events) expect(paymentStates).toContain(after(state, event));
    }
  });
});
