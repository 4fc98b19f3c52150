import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@ozg-hub/core';
import { Deliveries, deliveryMigrations, trailMigrations } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { EventData, HubEvent, noticeIssued, submissionAccepted } from '@ozg-hub/events';
import { type Store, type Tx, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { FilingQueue } from '../filing-queue.ts';
import { sampleBlueprint } from '../sample-envelope.ts';
import { CaseNotices } from './case-notices.ts';
import { CaseRepository } from './case.repository.ts';
import { NoticeRepository } from './notice.repository.ts';

type Accepted = EventData<typeof submissionAccepted>;
type Issued = EventData<typeof noticeIssued>;

const own = { owner: 'dms-export', folder: new URL('../../migrations/', import.meta.url) };
const cases = new CaseRepository();
const notices = new NoticeRepository();
const deliveries = new Deliveries({ service: 'dms-export' });
const LANE = { tenant: 'musterstadt', target: 'eakte', lane: 'CIV-1' };

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  const sets = [outboxMigrations, inboxMigrations, trailMigrations, deliveryMigrations, own];
  database = await testDatabase([{ schema: 'dms_export', sets }]);
  store = database.database.open('dms_export', { maxConnections: 6 });
}, 60_000);
afterEach(() => store.query(`TRUNCATE notice, dms_case, case_submission, delivery, exchange, outbox, audit CASCADE`));
afterAll(() => database.drop());

const directoryOf = (offer: object) =>
  ({ at: async () => ({ offer: () => ({ blueprint: sampleBlueprint(), ...offer }) }) }) as unknown as Directory;
const directory = directoryOf({ targets: { dms: 'eakte' } });
const filing = new CaseNotices(deliveries, directory);
const queue = new FilingQueue(deliveries, directory, filing);

const pinned = { tenant: 'musterstadt', leistung: '99999002101000', blueprint: 'hund-anmelden@2' };

function accepted(submissionId: string, more: Partial<Accepted> = {}): HubEvent<Accepted> {
  const data: Accepted = {
    ...{ ...pinned, submissionId, directoryVersion: 'v', source: 'civento', vorgang: 'CIV-1', art: 'ERSTANTRAG' },
    ...{ envelopeRef: newId(), documents: [], acceptedAt: '2026-08-22T08:00:00.000Z' },
    ...more,
  };
  return { data } as HubEvent<Accepted>;
}

function issued(submissionId: string, noticeId = newId()): HubEvent<Issued> {
  const [fileName, title] = ['Quittung-1.pdf', 'Quittung 1'];
  const document = { ref: newId(), role: 'Quittung', fileName, title, mediaType: 'application/pdf', size: 7 };
  const data: Issued = {
    ...{ ...pinned, noticeId, submissionId, directoryVersion: 'v', vorgang: 'CIV-1', kind: 'QUITTUNG' },
    ...{ documents: [document], at: '2026-08-24T08:00:00.000Z' },
  };
  return { data, traceparent: '00-aa-bb-01' } as HubEvent<Issued>;
}

const accept = (event: HubEvent<Accepted>) => store.tx((tx) => queue.file(tx, event));
const issue = (event: HubEvent<Issued>) => store.tx((tx) => filing.file(tx, event));
const queued = () =>
  store.query<{ purpose: string; lane: string; awaits_result: boolean; reference: Record<string, string> }>(
    `SELECT submission_id, purpose, target, lane, awaits_result, reference, traceparent FROM delivery ORDER BY position`,
  );

describe('a notice', () => {
  test('is queued behind its application, in the lane of the case, by references only', async () => {
    const submissionId = newId();
    const application = accepted(submissionId);
    await accept(application);
    const notice = issued(submissionId);
    await issue(notice);
    const [, delivery] = await queued();
    expect(delivery).toEqual({
      ...{ submission_id: submissionId, purpose: 'dms-notice', target: 'eakte', lane: 'CIV-1' },
      awaits_result: true,
      traceparent: '00-aa-bb-01',
      reference: {
        envelopeRef: application.data.envelopeRef,
        ...{ blueprint: 'hund-anmelden@2', directoryVersion: 'v', vorgang: 'CIV-1' },
        event: 'mitteilung',
        noticeId: notice.data.noticeId,
      },
    });
    expect(await notices.find(store, notice.data.noticeId)).toMatchObject({
      issuedAt: new Date('2026-08-24T08:00:00Z'),
      documents: notice.data.documents,
    });
  });

  test('waits for no result once the DMS has named the Vorgang', async () => {
    const submissionId = newId();
    await accept(accepted(submissionId));
    await cases.filed(store, [{ ...LANE, submissionId, objectId: 'vorgang-1' }]);
    await issue(issued(submissionId));
    expect((await queued())[1]).toMatchObject({ awaits_result: false });
  });

  test('of what was handed in later goes into the case of that', async () => {
    await accept(accepted(newId()));
    const later = newId();
    await accept(accepted(later, { vorgang: 'CIV-2', hauptvorgang: 'CIV-1', art: 'NACHREICHUNG' }));
    await issue(issued(later));
    expect((await queued()).at(-1)).toMatchObject({ lane: 'CIV-1', reference: { event: 'mitteilung' } });
  });

  test('is queued once, however often it comes; another one of the same submission is queued, too', async () => {
    const submissionId = newId();
    await accept(accepted(submissionId));
    const [one, other] = [issued(submissionId), issued(submissionId)];
    for (const notice of [one, one, other]) await issue(notice);
    expect(await queued()).toHaveLength(3);
  });

  test('that comes before its application waits for it, and is queued behind it', async () => {
    const submissionId = newId();
    await issue(issued(submissionId));
    expect(await queued()).toEqual([]);
    await accept(accepted(submissionId));
    expect((await queued()).map(({ purpose }) => purpose)).toEqual(['dms', 'dms-notice']);
    await accept(accepted(submissionId));
    expect(await queued()).toHaveLength(2);
  });

  test('that comes at the same time as its application is queued all the same, whichever commits first', async () => {
    for (const order of [
      ['application', 'notice'],
      ['notice', 'application'],
    ] as const) {
      const submissionId = newId();
      const work = {
        application: (tx: Tx) => queue.file(tx, accepted(submissionId, { vorgang: submissionId })),
        notice: (tx: Tx) => filing.file(tx, issued(submissionId)),
      };
      let commit: () => void = () => undefined;
      let begun: () => void = () => undefined;
      const [open, started] = [
        new Promise<void>((resolve) => (commit = resolve)),
        new Promise<void>((resolve) => (begun = resolve)),
      ];
      const first = store.tx(async (tx) => {
        await work[order[0]](tx);
        begun();
        await open;
      });
      await started;
      const second = store.tx(work[order[1]]);
      await waitingFor('advisory');
      commit();
      await Promise.all([first, second]);
      const purposes = (await queued()).filter(({ lane }) => lane === submissionId).map(({ purpose }) => purpose);
      expect(purposes).toEqual(['dms', 'dms-notice']);
    }
  });

  test('of a Leistung that goes to no DMS is not kept', async () => {
    for (const offer of [
      { targets: {} },
      { blueprint: { ...sampleBlueprint(), ablage: undefined }, targets: { dms: 'eakte' } },
    ])
      await store.tx((tx) => new CaseNotices(deliveries, directoryOf(offer)).file(tx, issued(newId())));
    expect(await store.query('SELECT id FROM notice')).toEqual([]);
  });
});

test('notices are forgotten when they are old and their case is gone; those that wait for their submission are counted', async () => {
  const [filed, lost] = [newId(), newId()];
  await accept(accepted(filed));
  for (const submissionId of [filed, lost]) await issue(issued(submissionId));
  expect(await notices.stranded(store)).toEqual([]);
  await store.query(`UPDATE notice SET received_at = now() - interval '31 days'`);
  expect(await notices.stranded(store)).toEqual([{ tenant: 'musterstadt', count: 1 }]);
  expect(await notices.prune(store, 32)).toBe(0);
  expect(await notices.prune(store, 30)).toBe(1);
  const left = async () =>
    (await notices.ofSubmissions(store, 'musterstadt', [filed, lost])).map((one) => one.submissionId);
  expect(await left()).toEqual([filed]);
  // Its own deliveries are gone; its case is still worked on, and may be handed over with all there is.
  await store.query('TRUNCATE delivery CASCADE');
  expect(await notices.prune(store, 30)).toBe(0);
  expect(await left()).toEqual([filed]);
  await store.query('DELETE FROM dms_case');
  expect(await notices.prune(store, 30)).toBe(1);
});

/** Resolves once a session of this database waits for such a lock. */
async function waitingFor(kind: string): Promise<void> {
  const text = `SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE d.datname = current_database() AND l.locktype = $1 AND NOT l.granted`;
  while ((await store.query(text, [kind])).length === 0) await new Promise((resolve) => setImmediate(resolve));
}
