import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@ozg-hub/core';
import { Deliveries, deliveryMigrations, trailMigrations } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import { type Store, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import type { Vault } from '@ozg-hub/vault';
import { sampleBlueprint } from '../sample-envelope.ts';
import { CaseOrders } from './case-orders.ts';
import { CaseRepository } from './case.repository.ts';

const own = { owner: 'dms-export', folder: new URL('../../migrations/', import.meta.url) };
const cases = new CaseRepository();
const deliveries = new Deliveries({ service: 'dms-export' });
const anna = { actor: 'key:anna' };
const objects = new Map<string, Buffer>();
/** Vault objects of transactions that were committed. */
let stored: string[];

let database: TestDatabase;
let store: Store;
let orders: CaseOrders;

beforeAll(async () => {
  const sets = [outboxMigrations, inboxMigrations, trailMigrations, deliveryMigrations, own];
  database = await testDatabase([{ schema: 'dms_export', sets }]);
  store = database.database.open('dms_export', { maxConnections: 6 });
  const vault = {
    add: async () => {
      const objectId = newId();
      return { objectId, seal: (bytes: Buffer) => (objects.set(objectId, bytes), { objectId }) };
    },
    synced: async () => undefined,
    store: async (tx: { afterCommit(run: () => void): void }, [one]: { objectId: string }[]) =>
      tx.afterCommit(() => stored.push(one!.objectId)),
    read: async (objectId: string) => objects.get(objectId)!,
  } as unknown as Vault;
  const targets = [
    { id: 'eakte', kind: 'xdomea' },
    { id: 'archiv', kind: 'xdomea' },
    { id: 'alfresco', kind: 'cmis' },
  ];
  const snapshot = { tenant: () => ({ targets }), blueprint: () => sampleBlueprint() };
  const directory = { current: () => snapshot, at: async () => snapshot } as unknown as Directory;
  const clock = { now: () => new Date('2026-08-22T08:00:00Z') };
  orders = new CaseOrders({ store, vault, directory, deliveries, clock });
  stored = [];
}, 60_000);
afterEach(async () => {
  stored = [];
  await store.query(`TRUNCATE dms_case, case_submission, case_document, delivery, exchange, outbox, audit CASCADE`);
});
afterAll(() => database.drop());

/** A case that the hub knows. */
async function known(lane = 'CIV-1', tenant = 'musterstadt', target = 'eakte') {
  const key = { tenant, target, lane };
  const submissionId = newId();
  const reference = { envelopeRef: newId(), blueprint: 'hund-anmelden@2', directoryVersion: 'v' };
  await cases.take(store, { ...key, submissionId, event: 'erstantrag', reference });
  await cases.filed(store, [{ ...key, submissionId, objectId: 'vorgang-1' }]);
  return { ...key, submissionId };
}
const code = (name: string) => expect.objectContaining({ code: name });
const state = (id: string, to: string) => store.query(`UPDATE delivery SET state = $2 WHERE id = $1`, [id, to]);
const entry = { event: 'protokoll', entry: { text: 'zugestellt' } } as const;

describe('an order', () => {
  test('given many times at once is queued once, and its text stored once', async () => {
    await known();
    const given = await Promise.all(
      Array.from({ length: 6 }, () => orders.order('CIV-1', { ...entry, orderId: 'a' }, anna)),
    );
    expect(given.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(given.map(({ delivery }) => delivery.id)).size).toBe(1);
    expect(stored).toEqual([given[0]!.delivery.reference['entryRef']]);
    const again = { ...entry, orderId: 'b' };
    expect((await orders.order('CIV-1', again, anna)).created).toBe(true);
  });

  test('goes in the lane of the case, by references only', async () => {
    const { submissionId } = await known();
    const { delivery } = await orders.order(submissionId, entry, anna);
    expect(delivery).toMatchObject({ submissionId, purpose: 'dms-order', lane: 'CIV-1', awaitsResult: false });
    expect(Object.keys(delivery.reference).toSorted()).toEqual([
      'blueprint',
      'directoryVersion',
      'entryRef',
      'envelopeRef',
      'event',
    ]);
    expect(JSON.parse(objects.get(delivery.reference['entryRef']!)!.toString())).toEqual({
      text: 'zugestellt',
      bearbeiter: 'ozg-hub',
      at: '2026-08-22T08:00:00.000Z',
    });
  });

  test('needs one case that the caller may see', async () => {
    await known('CIV-1', 'musterstadt');
    await known('CIV-1', 'beispielhausen');
    await expect(orders.order('CIV-1', entry, anna)).rejects.toEqual(code('HUB_DMS_CASE_AMBIGUOUS'));
    const bound = { ...anna, tenants: ['beispielhausen'] };
    expect((await orders.order('CIV-1', entry, bound)).delivery.tenant).toBe('beispielhausen');
    await expect(orders.order('CIV-1', entry, { ...anna, tenants: [] })).rejects.toEqual(
      code('HUB_DMS_CASE_NOT_FOUND'),
    );
    await expect(orders.order(newId(), entry, anna)).rejects.toEqual(code('HUB_DMS_CASE_NOT_FOUND'));
  });

  test('needs a DMS that takes messages of xdomea; a hand-over may name another', async () => {
    await known('CIV-1', 'musterstadt', 'alfresco');
    await expect(orders.order('CIV-1', entry, anna)).rejects.toEqual(code('HUB_DMS_CASE_TARGET'));
    const { delivery } = await orders.order('CIV-1', { event: 'abgabe', target: 'archiv' }, anna);
    expect(delivery).toMatchObject({ target: 'archiv', reference: { caseTarget: 'alfresco' } });
  });
});

describe('closing', () => {
  const close = { event: 'abschluss' } as const;
  const ordered = () => orders.order('CIV-1', close, anna);

  test('is one order however often it is given, until it was cancelled', async () => {
    await known();
    const first = await ordered();
    expect(first.delivery.awaitsResult).toBe(true);
    expect(await ordered()).toMatchObject({ created: false, delivery: { id: first.delivery.id } });
    await state(first.delivery.id, 'REJECTED');
    expect((await ordered()).created).toBe(false);
    await state(first.delivery.id, 'CANCELLED');
    expect((await ordered()).created).toBe(true);
  });

  test('once ordered keeps out what would change the case, until a person says that it was lifted', async () => {
    await known();
    const { delivery } = await ordered();
    const reopened = { ...entry, reopened: true };
    for (const each of [entry, reopened])
      await expect(orders.order('CIV-1', each, anna)).rejects.toEqual(code('HUB_DMS_CASE_CLOSED'));
    await state(delivery.id, 'CONFIRMED');
    await cases.closed(store, [delivery.id]);
    await expect(orders.order('CIV-1', entry, anna)).rejects.toEqual(code('HUB_DMS_CASE_CLOSED'));
    await expect(ordered()).rejects.toEqual(code('HUB_DMS_CASE_CLOSED'));
    expect((await orders.order('CIV-1', { event: 'abgabe' }, anna)).created).toBe(true);
    expect((await orders.order('CIV-1', reopened, anna)).created).toBe(true);
    expect((await ordered()).created).toBe(true);
  });
});

test('a person links a case to its Vorgang: kept, and in the trail', async () => {
  await known();
  const linked = await orders.link('CIV-1', { objectId: 'vorgang-7', aktenzeichen: '1-2/3' }, anna);
  expect(linked).toMatchObject({ objectId: 'vorgang-7', aktenzeichen: '1-2/3' });
  expect(await store.query(`SELECT kind, actor, details FROM audit`)).toEqual([
    {
      kind: 'case.linked',
      actor: 'key:anna',
      details: { target: 'eakte', from: 'vorgang-1', objectId: 'vorgang-7' },
    },
  ]);
});
