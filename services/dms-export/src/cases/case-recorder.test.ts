import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, silentLogger } from '@ozg-hub/core';
import {
  Deliveries,
  DeliveryOperations,
  Replies,
  type TargetObject,
  deliveryMigrations,
  trailMigrations,
} from '@ozg-hub/delivery';
import { type SchemaMigrations, type Store, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import type { CaseKey, FilingPlan, SubmissionEvent } from './case.ts';
import { CaseRecorder } from './case-recorder.ts';
import { CaseRepository } from './case.repository.ts';

const before = [outboxMigrations, inboxMigrations, trailMigrations, deliveryMigrations];
const own = { owner: 'dms-export', folder: new URL('../../migrations/', import.meta.url) };
const plan = (sets: SchemaMigrations['sets']): SchemaMigrations[] => [{ schema: 'dms_export', sets }];
const key: CaseKey = { tenant: 'musterstadt', target: 'eakte', lane: 'CIV-1' };
const service = 'dms-export';
const directory = { target: () => ({ kind: 'xdomea' }) };
const cases = new CaseRepository();
const deliveries = new Deliveries({ service });
const recorder = new CaseRecorder(deliveries);
const recorded = recorder.record.bind(recorder);
const replies = new Replies({ service, directory, recorded });

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await testDatabase(plan([...before, own]));
  store = database.database.open('dms_export', { maxConnections: 4 });
}, 60_000);
afterEach(() =>
  store.query(`TRUNCATE dms_case, case_submission, case_document, delivery, exchange, step, outbox, audit CASCADE`),
);
afterAll(() => database.drop());

/** A delivery that the DMS has, sent as planned. */
async function sent(event: SubmissionEvent, stored?: FilingPlan, submissionId = newId()) {
  const reference = { envelopeRef: newId(), ...(event === 'erstantrag' ? {} : { event }) };
  return await store.tx(async (tx) => {
    await cases.take(tx, { ...key, submissionId, event, reference });
    const [delivery] = await deliveries.queue(tx, [{ submissionId, ...key, purpose: 'dms', reference }]);
    const { id, exchangeId } = delivery!;
    await tx.query(`UPDATE delivery SET state = 'AWAITING_RESULT' WHERE id = $1`, [id]);
    const step = `INSERT INTO step (exchange_id, name, result, fence) VALUES ($1, 'plan', $2, 1)`;
    if (stored) await tx.query(step, [exchangeId, JSON.stringify(stored)]);
    return delivery!;
  });
}

const answered = (exchangeId: string, said: object) =>
  store.tx((tx) =>
    replies.apply(tx, { exchangeId, ...key, kind: 'result', ...said } as Parameters<Replies['apply']>[1]),
  );
const all = () =>
  store.query<{ id: string; reference: object; state: string }>(`SELECT * FROM delivery ORDER BY position, created_at`);
const documents = [
  { number: 1, ref: 'a', key: 'k-a' },
  { number: 2, ref: 'b', key: 'k-b', idDokument: 'known-b' },
];

const operations = () =>
  new DeliveryOperations({ service, recorded, store, directory, adapters: [], logger: silentLogger });

describe('the case', () => {
  test('knows its Vorgang as soon as the DMS has named it, and a later application of the case leaves that alone', async () => {
    const first = await sent('erstantrag');
    expect(await cases.find(store, key)).toMatchObject({ submissionId: first.submissionId });
    await answered(first.exchangeId, { objectId: 'vorgang-1', aktenzeichen: '22-1' });
    const filed = { objectId: 'vorgang-1', aktenzeichen: '22-1', filedAt: expect.any(Date) };
    expect(await cases.find(store, key)).toMatchObject(filed);
    const second = await sent('erstantrag');
    await answered(second.exchangeId, { objectId: 'vorgang-2', aktenzeichen: '22-2' });
    expect(await cases.find(store, key)).toMatchObject(filed);
  });

  test('learns the Vorgang from a person who settles the delivery', async () => {
    const { id } = await sent('erstantrag');
    await operations().settle(id, { actor: 'anna', reason: 'seen there', objectId: 'vorgang-9' });
    expect(await cases.find(store, key)).toMatchObject({ objectId: 'vorgang-9' });
  });

  test('is closed by the delivery that was sent again in place of the one that closed it', async () => {
    await sent('erstantrag');
    const reference = { event: 'abschluss' };
    const [close] = await store.tx((tx) =>
      deliveries.queue(tx, [{ submissionId: newId(), ...key, purpose: 'dms-order', reference }]),
    );
    await cases.closing(store, key, close!.id);
    await store.query(`UPDATE delivery SET state = 'AWAITING_RESULT' WHERE id = $1`, [close!.id]);
    const again = await operations().sendAgain(close!.id, { actor: 'anna', reason: 'restored from a backup' });
    await store.query(`UPDATE delivery SET state = 'AWAITING_RESULT' WHERE id = $1`, [again.id]);
    await answered(again.exchangeId, {});
    expect(await cases.find(store, key)).toMatchObject({ closeDelivery: again.id, closedAt: expect.any(Date) });
  });

  test('keeps nothing where the transaction of the answer fails', async () => {
    const { exchangeId } = await sent('erstantrag', { nachricht: '0604', rest: true });
    const failing = store.tx(async (tx) => {
      await replies.apply(tx, { exchangeId, ...key, kind: 'result', objectId: 'vorgang-1' });
      throw new Error('lost');
    });
    await expect(failing).rejects.toThrow('lost');
    expect((await cases.find(store, key))?.objectId).toBeUndefined();
    expect(await all()).toHaveLength(1);
  });
});

describe('documents', () => {
  const objects: TargetObject[] = [
    { number: 1, successful: true, objectId: 'document-1' },
    { number: 2, successful: false, code: '0605005' },
  ];
  const filed = async () => (await cases.documents(store, key)).map(({ ref, objectId }) => [ref, objectId]).toSorted();

  test('that were taken are kept, also of a batch that was refused in part', async () => {
    const { exchangeId } = await sent('nachreichung', { nachricht: '0605', documents });
    await answered(exchangeId, { kind: 'rejection', code: '0605005', objects });
    expect(await filed()).toEqual([['a', 'document-1']]);
  });

  test('are all kept where the DMS accepts the message and speaks of none', async () => {
    const { exchangeId } = await sent('nachreichung', { nachricht: '0605', documents });
    await answered(exchangeId, {});
    expect(await filed()).toEqual([
      ['a', undefined],
      ['b', 'known-b'],
    ]);
  });

  test('of a notice are kept, too; the Vorgang stays the one that the application was given', async () => {
    const { submissionId, exchangeId } = await sent('erstantrag');
    await answered(exchangeId, { objectId: 'vorgang-1' });
    const reference = { envelopeRef: newId(), event: 'mitteilung' };
    const [notice] = await store.tx((tx) =>
      deliveries.queue(tx, [{ submissionId, ...key, purpose: 'dms-notice', reference }]),
    );
    const step = `INSERT INTO step (exchange_id, name, result, fence) VALUES ($1, 'plan', $2, 1)`;
    const [quittung] = documents;
    await store.query(step, [notice!.exchangeId, JSON.stringify({ nachricht: '0605', documents: [quittung] })]);
    await store.query(`UPDATE delivery SET state = 'AWAITING_RESULT' WHERE id = $1`, [notice!.id]);
    const objects = [{ number: 1, successful: true, objectId: 'document-7' }];
    await answered(notice!.exchangeId, { objectId: 'document-7', objects });
    expect(await filed()).toEqual([['a', 'document-7']]);
    expect(await cases.find(store, key)).toMatchObject({ objectId: 'vorgang-1' });
  });

  test('that the message could not carry follow, once', async () => {
    const { exchangeId, submissionId } = await sent('erstantrag', { nachricht: '0604', rest: true });
    // It was queued meanwhile, and must not overtake them.
    await store.tx((tx) =>
      deliveries.queue(tx, [{ submissionId, ...key, purpose: 'dms-order', reference: { event: 'abschluss' } }]),
    );
    await answered(exchangeId, { objectId: 'vorgang-1' });
    await answered(exchangeId, { objectId: 'vorgang-1' });
    expect(await all()).toMatchObject([
      { state: 'CONFIRMED' },
      { state: 'QUEUED', submission_id: submissionId, purpose: 'dms', reference: { event: 'dokumente' } },
      { state: 'QUEUED', reference: { event: 'abschluss' } },
    ]);
  });
});

test('a case is forgotten when it is old and none of its deliveries is left', async () => {
  const { id } = await sent('nachreichung', { nachricht: '0605', documents });
  await store.query(`UPDATE dms_case SET opened_at = now() - interval '31 days'`);
  expect(await cases.prune(store, 30)).toBe(0);
  await store.query(`DELETE FROM delivery WHERE id = $1`, [id]);
  expect(await cases.prune(store, 32)).toBe(0);
  expect(await cases.prune(store, 30)).toBe(1);
  expect(await cases.find(store, key)).toBeUndefined();
});

test('cases of applications that were filed before there was a table of them are taken over', async () => {
  const old = await testDatabase(plan(before));
  try {
    const there = old.database.open('dms_export', { maxConnections: 2 });
    const submissionId = newId();
    const wanted = { submissionId, ...key, purpose: 'dms', reference: { envelopeRef: 'e-1' } };
    const [first] = await there.tx((tx) => deliveries.queue(tx, [wanted, { ...wanted, submissionId: newId() }]));
    await there.query(`UPDATE delivery SET state = 'CONFIRMED', object_id = 'vorgang-1' WHERE id = $1`, [first!.id]);
    await old.database.migrate(plan([...before, own]), 'auto');
    expect(await cases.find(there, key)).toMatchObject({
      submissionId,
      objectId: 'vorgang-1',
      filedAt: expect.any(Date),
    });
    expect(await cases.submissions(there, key)).toMatchObject([{ submissionId, reference: { envelopeRef: 'e-1' } }]);
  } finally {
    await old.drop();
  }
}, 60_000);
