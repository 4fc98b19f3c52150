import { describe, expect, test } from '@jest/globals';
import type { Deliveries, NewDelivery } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { EventData, HubEvent, submissionAccepted } from '@ozg-hub/events';
import type { Sql, Tx } from '@ozg-hub/store';
import type { Case, CaseSubmission } from './cases/case.ts';
import type { CaseNotices } from './cases/case-notices.ts';
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

interface Given {
  readonly offer?: object;
  /** What the hub knows of the case. */
  readonly known?: Partial<Case>;
}

async function queued(data: Partial<Accepted> = {}, { offer = { targets: { dms: 'eakte' } }, known }: Given = {}) {
  const taken: CaseSubmission[] = [];
  const cases = {
    take: async (_: Sql, submission: CaseSubmission) => void taken.push(submission),
    find: async () => known as Case | undefined,
  };
  const rows: NewDelivery[] = [];
  const versions: string[] = [];
  const deliveries = { queue: async (_tx: Tx, wanted: readonly NewDelivery[]) => void rows.push(...wanted) };
  const directory = {
    at: async (version: string) => {
      versions.push(version);
      return { offer: () => ({ blueprint: sampleBlueprint(), ...offer }) };
    },
  };
  const notices: Pick<CaseNotices, 'fileWaiting'> = { fileWaiting: async () => undefined };
  const [queueing, reading] = [deliveries as unknown as Deliveries, directory as unknown as Directory];
  const queue = new FilingQueue(queueing, reading, notices, cases);
  const event = { data: { ...accepted, ...data }, traceparent: '00-aa-bb-01' } as unknown as HubEvent<Accepted>;
  await queue.file({} as Tx, event);
  return { rows, versions, taken };
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
        opensLane: true,
        awaitsResult: false,
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

  test('goes ahead of later parts of its case, which came first, where it opens the case', async () => {
    expect((await queued({ vorgang: 'CIV-1' })).rows[0]!.opensLane).toBe(true);
    expect((await queued({ vorgang: 'CIV-2', hauptvorgang: 'CIV-1' })).rows[0]!.opensLane).toBe(false);
  });

  test('keeps the order of its case: main case, else case, else alone', async () => {
    const lane = async (data: Partial<Accepted>) => (await queued(data)).rows[0]!.lane;
    expect(await lane({ vorgang: 'CIV-2', hauptvorgang: 'CIV-1' })).toBe('CIV-1');
    expect(await lane({ vorgang: 'CIV-2' })).toBe('CIV-2');
    expect(await lane({})).toBe(submissionId);
  });

  test('without filing rules, or without a DMS, is not queued', async () => {
    const blueprint = { ...sampleBlueprint(), ablage: undefined };
    expect((await queued({}, { offer: { blueprint, targets: { dms: 'eakte' } } })).rows).toEqual([]);
    expect((await queued({}, { offer: { targets: {} } })).rows).toEqual([]);
  });
});

describe('what comes later for a case', () => {
  const later = { vorgang: 'CIV-2', hauptvorgang: 'CIV-1', art: 'NACHREICHUNG' } as const;
  const first = async (data: Partial<Accepted>, given?: Given) => (await queued(data, given)).rows[0]!;

  test('says so, and waits for the result of what came before while the Vorgang has no id', async () => {
    expect(await first(later)).toMatchObject({
      lane: 'CIV-1',
      awaitsResult: true,
      reference: { event: 'nachreichung', vorgang: 'CIV-2' },
    });
    expect((await first(later, { known: { objectId: 'vorgang-1' } })).awaitsResult).toBe(false);
  });

  test('waits, as a correction, for the ids of all documents before it', async () => {
    const correction = await first({ ...later, art: 'KORREKTUR' }, { known: { objectId: 'vorgang-1' } });
    expect(correction).toMatchObject({ awaitsResult: true, reference: { event: 'korrektur' } });
  });

  test('is a case of its own where it names no other', async () => {
    const alone = await first({ vorgang: 'CIV-2', art: 'NACHREICHUNG' });
    expect(alone).toMatchObject({ lane: 'CIV-2', awaitsResult: false });
    expect(alone.reference['event']).toBeUndefined();
  });

  test('is taken into the case', async () => {
    const { taken } = await queued(later);
    expect(taken).toEqual([
      expect.objectContaining({ tenant: 'musterstadt', target: 'eakte', lane: 'CIV-1', event: 'nachreichung' }),
    ]);
  });
});
