import { describe, expect, test } from '@jest/globals';
import { type DeliveryState, NOTICE_FILING, deriveState, isUnderWay } from './state.ts';

const delivery = (purpose: string, state: DeliveryState, overdue = false) => ({ purpose, state, overdue });
const filed = delivery('dms', 'CONFIRMED');
const notice = (state: DeliveryState) => delivery(NOTICE_FILING, state);

describe('a notice', () => {
  test.each([
    'QUEUED',
    'IN_FLIGHT',
    'RETRY_WAIT',
    'AWAITING_RECEIPT',
    'AWAITING_RESULT',
    'CONFIRMED',
    'CANCELLED',
  ] as const)('%s leaves a submission complete, and one under way or cancelled as it is', (state) => {
    expect(deriveState(['dms'], [filed, notice(state)])).toBe('COMPLETED');
    expect(deriveState(['dms'], [delivery('dms', 'QUEUED'), notice(state)])).toBe('IN_PROGRESS');
    expect(deriveState(['dms'], [delivery('dms', 'CANCELLED'), notice(state)])).toBe('CANCELLED');
    expect(deriveState(['dms'], [notice(state)])).toBe('ACCEPTED');
  });

  test.each(['PARKED', 'IN_DOUBT', 'REJECTED'] as const)(
    '%s needs a person, until he settles or cancels it',
    (state) => {
      expect(deriveState(['dms'], [filed, notice(state)])).toBe('NEEDS_ATTENTION');
      expect(deriveState(['dms'], [filed, delivery(NOTICE_FILING, 'AWAITING_RESULT', true)])).toBe('NEEDS_ATTENTION');
    },
  );

  test('is not what a submission was expected to be delivered for', () => {
    expect(deriveState(['dms', 'fachverfahren'], [filed, notice('CONFIRMED')])).toBe('IN_PROGRESS');
  });
});

test('any other delivery is waited for, expected or not', () => {
  expect(deriveState(['dms'], [filed, delivery('dms-order', 'QUEUED')])).toBe('IN_PROGRESS');
  expect(deriveState(['dms'], [filed, delivery('dms-order', 'CONFIRMED')])).toBe('COMPLETED');
});

test('contents are needed while a delivery goes on by itself', () => {
  expect(['QUEUED', 'AWAITING_RESULT'].map((state) => isUnderWay({ state: state as DeliveryState }))).toEqual([
    true,
    true,
  ]);
  expect((['PARKED', 'CONFIRMED', 'CANCELLED'] as const).some((state) => isUnderWay({ state }))).toBe(false);
});
