import { describe, expect, test } from '@jest/globals';
import type { Deliveries, NewDelivery } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { EventData, HubEvent, submissionAccepted } from '@ozg-hub/events';
import type { Tx } from '@ozg-hub/store';
import { FilingQueue } from './filing-queue.ts';
import { sampleBlueprint } from './sample-envelope.ts';

type Accepted = EventData<typeof submissionAccepted>;

const submissionId = '0198c0de-0000-7000-8000-000000000001';
const accepted: Accepted = {
  submissionId,
  tenant: 'musterstadt',
  leistung: '99999002101000',
  blueprint: 'hund-anmelden@2',
  directoryVersion: 'sha256-pinned',
  source: 'civento',
  art: 'ERSTANTRAG',
  envelopeRef: '0198c0de-0000-7000-8000-000000000002',
  documents: [],
  acceptedAt: '2026-08-22T08:00:00.000Z',
};

async function queued(data: Partial<Accepted> = {}, offer: object = { targets: { dms: 'eakte' } }) {
  const rows: NewDelivery[] = [];
  const versions: string[] = [];
  const deliveries = { queue: async (_tx: Tx, wanted: readonly NewDelivery[]) => void rows.push(...wanted) };
  const directory = {
    at: async (version: string) => {
      versions.push(version);
      return { offer: () => ({ blueprint: sampleBlueprint(), ...offer }) };
    },
  };
  const queue = new FilingQueue(deliveries as unknown as Deliveries, directory as unknown as Directory);
  const event = { data: { ...accepted, ...data }, traceparent: '00-aa-bb-01' } as unknown as HubEvent<Accepted>;
  await queue.file({} as Tx, event);
  return { rows, versions };
}

describe('an accepted application', () => {
  test('is queued for the DMS that the pinned directory names, with references only', async () => {
    const { rows, versions } = await queued({ vorgang: 'CIV-1' });
    expect(versions).toEqual(['sha256-pinned']);
    expect(rows).toEqual([
      {
        submissionId,
        tenant: 'musterstadt',
        purpose: 'dms',
        target: 'eakte',
        lane: 'CIV-1',
        reference: {
          envelopeRef: accepted.envelopeRef,
          blueprint: 'hund-anmelden@2',
          directoryVersion: 'sha256-pinned',
          vorgang: 'CIV-1',
        },
        traceparent: '00-aa-bb-01',
      },
    ]);
  });

  test('keeps the order of its case: main case, else case, else alone', async () => {
    const lane = async (data: Partial<Accepted>) => (await queued(data)).rows[0]!.lane;
    expect(await lane({ vorgang: 'CIV-2', hauptvorgang: 'CIV-1' })).toBe('CIV-1');
    expect(await lane({ vorgang: 'CIV-2' })).toBe('CIV-2');
    expect(await lane({})).toBe(submissionId);
  });

  test('without filing rules, or without a DMS, is not queued', async () => {
    const blueprint = { ...sampleBlueprint(), ablage: undefined };
    expect((await queued({}, { blueprint, targets: { dms: 'eakte' } })).rows).toEqual([]);
    expect((await queued({}, { targets: {} })).rows).toEqual([]);
  });
});
