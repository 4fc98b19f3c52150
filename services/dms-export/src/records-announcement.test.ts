import { describe, expect, test } from '@jest/globals';
import type { DeliveryChange } from '@ozg-hub/delivery';
import { decodeEvent, recordsFiled, recordsRejected } from '@ozg-hub/events';
import { announceRecords } from './records-announcement.ts';

const SOURCE = '/ozg-hub/dms-export';
const uuid = (last: number) => `0198c0de-0000-7000-8000-00000000000${last}`;

function change(from: string, to: string, more: object = {}): DeliveryChange {
  const delivery = {
    id: uuid(1),
    submissionId: uuid(2),
    exchangeId: uuid(3),
    tenant: 'musterstadt',
    purpose: 'dms',
    target: 'eakte',
    state: to,
    sequence: 7,
    reference: { vorgang: 'CIV-1' },
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    ...more,
  };
  return { delivery, from, at: new Date('2026-08-22T08:00:00Z') } as unknown as DeliveryChange;
}

const common = { deliveryId: uuid(1), submissionId: uuid(2), tenant: 'musterstadt', target: 'eakte', vorgang: 'CIV-1' };

describe('others hear', () => {
  test.each(['CONFIRMED', 'DELIVERED'])('that a record was filed: %s, with the Aktenzeichen', (state) => {
    const [event, ...more] = announceRecords(SOURCE, change('AWAITING_RESULT', state, { aktenzeichen: '22-1/2026' }));
    expect(more).toEqual([]);
    const decoded = decodeEvent(recordsFiled, event!);
    expect(decoded.data).toMatchObject({ ...common, prozessId: uuid(3), aktenzeichen: '22-1/2026' });
    expect(decoded.source).toBe(SOURCE);
  });

  test('that a record was refused: code and key of the text', () => {
    const refusal = { code: '0605001', textKey: 'xdomea:SpezifischeFehlermeldung0605:0605001' };
    const [event] = announceRecords(SOURCE, change('AWAITING_RESULT', 'REJECTED', refusal));
    const { data } = decodeEvent(recordsRejected, event!);
    expect(data).toMatchObject({ ...common, code: '0605001', reason: refusal.textKey });
  });

  test('nothing of other changes, and nothing twice', () => {
    for (const state of ['QUEUED', 'IN_FLIGHT', 'AWAITING_RESULT', 'PARKED', 'IN_DOUBT', 'CANCELLED', 'SUPERSEDED'])
      expect(announceRecords(SOURCE, change('QUEUED', state))).toEqual([]);
    expect(announceRecords(SOURCE, change('CONFIRMED', 'CONFIRMED'))).toEqual([]);
    expect(announceRecords(SOURCE, change('AWAITING_RESULT', 'CONFIRMED', { purpose: 'dms-order' }))).toEqual([]);
  });
});
