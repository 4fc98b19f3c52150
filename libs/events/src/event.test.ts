import { describe, expect, test } from '@jest/globals';
import { isHubError, newSpan } from '@ozg-hub/core';
import { contracts } from './contracts.ts';
import { decodeEvent, encodeEvent } from './event.ts';
import { recordsFiled } from './records.contract.ts';
import { submissionAccepted } from './submission-accepted.contract.ts';

const data = {
  deliveryId: '01910000-0000-7000-8000-000000000001',
  submissionId: '01910000-0000-7000-8000-000000000002',
  tenant: 'musterstadt',
  target: 'dms',
  at: '2026-08-21T10:15:30+02:00',
};
const origin = { source: '/ozg-hub/dms-export', at: new Date('2026-08-21T08:15:30Z'), sequence: 7 };

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return isHubError(error) ? error.code : String(error);
  }
  return undefined;
};

describe('an event', () => {
  test('travels in binary mode and comes back as it was', () => {
    const trace = newSpan();
    const encoded = encodeEvent(recordsFiled, data, { ...origin, trace });
    expect(encoded).toMatchObject({
      topic: 'records.filed.v1',
      key: `musterstadt:${data.submissionId}`,
      headers: {
        ce_specversion: '1.0',
        ce_id: encoded.id,
        ce_source: '/ozg-hub/dms-export',
        ce_type: 'records.filed.v1',
        ce_time: '2026-08-21T08:15:30.000Z',
        ce_sequence: '0000000007',
      },
    });
    const event = decodeEvent(recordsFiled, encoded);
    expect(event).toMatchObject({ id: encoded.id, key: encoded.key, subject: data.submissionId, data });
    expect(event.traceparent).toContain(trace.traceId);
  });

  test('with a field that the contract does not know is refused at the producer', () => {
    const foreign = { ...data, familienname: 'x' };
    expect(codeOf(() => encodeEvent(recordsFiled, foreign, origin))).toBe('HUB_EVENT_INVALID');
  });

  test('with a field that the consumer does not know is read without it', () => {
    const encoded = encodeEvent(recordsFiled, data, origin);
    const later = { ...encoded, value: Buffer.from(JSON.stringify({ ...data, addedLater: 1 })) };
    expect(decodeEvent(recordsFiled, later).data).toEqual(data);
  });

  test.each([
    ['a value that is not JSON', { value: Buffer.from([0xff, 0x00]) }],
    ['data that do not fit', { value: Buffer.from('{}') }],
    ['no headers', { headers: {} }],
    ['another type', { headers: { ce_type: 'records.filed.v9', ce_id: 'x', ce_source: 'y' } }],
  ])('with %s is undecodable', (_what, change) => {
    const encoded = { ...encodeEvent(recordsFiled, data, origin), ...change };
    expect(codeOf(() => decodeEvent(recordsFiled, encoded))).toBe('HUB_EVENT_UNDECODABLE');
  });
});

test('applications of one case keep their order: they share a key, others do not', () => {
  const accepted = (submissionId: string, vorgang?: string, hauptvorgang?: string) =>
    encodeEvent(
      submissionAccepted,
      {
        submissionId,
        tenant: 'musterstadt',
        leistung: '99999002101000',
        blueprint: 'hund-anmelden@1',
        directoryVersion: 'sha256-1',
        source: 'civento',
        ...(vorgang ? { vorgang } : {}),
        ...(hauptvorgang ? { hauptvorgang } : {}),
        envelopeRef: data.deliveryId,
        documents: [],
        acceptedAt: data.at,
      },
      origin,
    );
  const [one, two, three] = [data.submissionId, data.deliveryId, '01910000-0000-7000-8000-000000000003'];
  expect(accepted(one, 'V-1')).toMatchObject({ key: 'musterstadt:V-1', headers: { ce_subject: one } });
  expect(accepted(two, 'V-2', 'V-1').key).toBe('musterstadt:V-1');
  expect(accepted(three).key).toBe(`musterstadt:${three}`);
});

describe('the contracts', () => {
  test('have topics of their own, named <subject>.<past-tense>.v<n>', () => {
    const topics = contracts.map(({ topic }) => topic);
    expect(new Set(topics).size).toBe(topics.length);
    for (const topic of topics) expect(topic).toMatch(/^[a-z]+\.[a-z]+\.v[1-9][0-9]*$/);
  });
});
