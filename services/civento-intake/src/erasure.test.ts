import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId, silentLogger } from '@ozg-hub/core';
import { trailMigrations } from '@ozg-hub/delivery';
import { type Store, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import type { Vault } from '@ozg-hub/vault';
import { Erasures } from './erasure.ts';
import { insertNew } from './submission.repository.ts';

const folder = new URL('../migrations/', import.meta.url);
const sets = [outboxMigrations, inboxMigrations, trailMigrations, { owner: 'civento-intake', folder }];
const vault = {
  erase: async (_: unknown, ids: readonly string[]) => ids.length,
  finishErasures: async () => ({ punctured: 1, pending: 0, puncturedCopies: true }),
} as unknown as Vault;

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await testDatabase([{ schema: 'civento_intake', sets }]);
  store = database.database.open('civento_intake');
}, 60_000);
beforeEach(async () => void (await store.query('TRUNCATE submission, delivery_progress')));
afterAll(async () => await database.drop());

const erasures = () => new Erasures(store, vault, silentLogger);

async function submitted(count: number, { retainUntil = '2020-01-31', expects = ['dms'] } = {}): Promise<string[]> {
  const rows = Array.from({ length: count }, () => ({
    id: newId(),
    tenant: 'musterstadt',
    leistung: '99999002101000',
    blueprint: 'hund-anmelden@1',
    directoryVersion: 'sha256-1',
    source: 'civento',
    organisationseinheit: '00.00.MUS.01000002',
    prozessschluessel: 'AnmeldungHund',
    vorgang: newId(),
    hauptvorgang: undefined,
    art: 'ERSTANTRAG',
    laufendeNummer: 1,
    headerKey: undefined,
    proofId: undefined,
    contentHash: 'a'.repeat(64),
    envelopeRef: newId(),
    expects,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    keyId: '0123456789ab',
    acceptedAt: new Date('2019-01-31T12:00:00Z'),
    retainUntil,
  }));
  await store.tx((tx) => insertNew(tx, rows));
  return rows.map(({ id }) => id);
}

async function filed(ids: readonly string[], purpose = 'dms', state = 'CONFIRMED'): Promise<void> {
  await store.query(
    `INSERT INTO delivery_progress (delivery_id, submission_id, tenant, service, purpose, target, state, sequence, changed_at)
     SELECT gen_random_uuid(), id, 'musterstadt', 'dms-export', $2, 'dms', $3, 3, now()
     FROM unnest($1::uuid[]) AS id`,
    [ids, purpose, state],
  );
}

async function erasedIds(): Promise<string[]> {
  const rows = await store.query<{ id: string }>('SELECT id FROM submission WHERE erased_at IS NOT NULL');
  return rows.map(({ id }) => id);
}

describe('erasure', () => {
  test('what outlived its retention is erased, however many wait that may not be', async () => {
    await submitted(600, { retainUntil: '2019-12-31' });
    const done = await submitted(2);
    await filed(done);
    expect(await erasures().sweep()).toBe(2);
    expect((await erasedIds()).toSorted()).toEqual(done.toSorted());
    expect(await erasures().sweep()).toBe(0);
  });

  test('an application that nothing is expected of is erased when its retention ended, not before', async () => {
    const [outlived] = await submitted(1, { expects: [] });
    const [kept] = await submitted(1, { expects: [], retainUntil: '2999-12-31' });
    expect(await erasures().sweep()).toBe(1);
    expect(await erasedIds()).toEqual([outlived]);
    await expect(erasures().erase(kept!, 'key:1', undefined)).rejects.toMatchObject({
      code: 'HUB_SUBMISSION_NOT_TERMINAL',
    });
  });

  test('what is complete is not erased while a notice of it is under way', async () => {
    const [waits, done] = await submitted(2);
    await filed([waits!, done!]);
    await filed([waits!], 'dms-notice', 'RETRY_WAIT');
    await filed([done!], 'dms-notice', 'CANCELLED');
    expect(await erasures().sweep()).toBe(1);
    expect(await erasedIds()).toEqual([done]);
    await expect(erasures().erase(waits!, 'key:1', undefined)).rejects.toMatchObject({
      code: 'HUB_SUBMISSION_NOT_TERMINAL',
    });
    await store.query(`UPDATE delivery_progress SET state = 'CONFIRMED'`);
    expect(await erasures().sweep()).toBe(1);
  });

  test('an administrator of one municipality erases nothing of another', async () => {
    const [id] = await submitted(1);
    await filed([id!]);
    await expect(erasures().erase(id!, 'key:1', new Set(['anderswo']))).rejects.toMatchObject({
      code: 'HUB_SUBMISSION_UNKNOWN',
    });
    expect(await erasedIds()).toEqual([]);
    await erasures().erase(id!, 'key:1', new Set(['musterstadt']));
    expect(await erasedIds()).toEqual([id]);
  });
});
