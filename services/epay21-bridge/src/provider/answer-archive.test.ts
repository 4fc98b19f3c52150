import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { newId, noFailpoints, silentLogger } from '@ozg-hub/core';
import { trailMigrations } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import { type Store, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { type FakeEpay21, startFakeEpay21 } from '@ozg-hub/testing';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { Keyring, Vault, vaultMigrations } from '@ozg-hub/vault';
import { PaymentRecorder } from '../payment-recorder.ts';
import { insertPayment } from '../payment.repository.ts';
import { AnswerArchive } from './answer-archive.ts';
import { Epay21SoapAdapter } from './epay21-soap.adapter.ts';
import { ProviderCalls } from './provider-calls.ts';
import { sampleNewPayment, sampleSoapTarget } from './sample-order.ts';

const own = { owner: 'epay21-bridge', folder: new URL('../../migrations/', import.meta.url) };
const sets = [outboxMigrations, inboxMigrations, trailMigrations, own];
const never = new AbortController().signal;
const MEGABYTE = 1_000_000;

let database: TestDatabase;
let store: Store;
let vault: Vault;
let folder: string;
let archive: AnswerArchive;
let service: FakeEpay21;
let soap: Epay21SoapAdapter;
let calls: ProviderCalls;

beforeAll(async () => {
  database = await testDatabase([vaultMigrations, { schema: 'epay21_bridge', sets }]);
  store = database.database.open('epay21_bridge', { maxConnections: 4 });
  folder = await mkdtemp(join(tmpdir(), 'answers-'));
  const [dataDir, reference] = [join(folder, 'data'), `file:${folder}/keys/keyring.json`];
  const keyring = await Keyring.open({ reference, create: true, outside: dataDir });
  vault = new Vault({ store: database.database.open('vault'), dataDir, keyring, logger: silentLogger });
  archive = new AnswerArchive(store, vault);
}, 60_000);
beforeEach(async () => {
  service = await startFakeEpay21();
  const { target, directory } = sampleSoapTarget(service);
  soap = new Epay21SoapAdapter(directory);
  calls = new ProviderCalls({
    store,
    directory: { current: () => ({ target: () => target }) } as unknown as Directory,
    providers: new Map([[soap.kind, soap]]),
    payeeOf: () => undefined,
    archive,
    recorder: new PaymentRecorder({ source: '/test', closes: () => false }),
    returnUrl: (token) => `https://hub.example/${token}`,
    ...{ logger: silentLogger, failpoints: noFailpoints, placeMs: 60_000 },
  });
});
afterEach(async () => {
  await soap.stop();
  await service.stop();
  await store.query('TRUNCATE payment, outbox CASCADE');
});
afterAll(async () => {
  await vault.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

async function payment(): Promise<string> {
  const id = newId();
  const asked = sampleNewPayment(id);
  const room = await archive.room(asked);
  await vault.synced(room);
  await store.tx(async (tx) => {
    await archive.storeRoom(tx, room);
    await insertPayment(tx, asked, 0);
  });
  return id;
}

interface Kept {
  readonly call: string;
  readonly outcome: string;
  readonly status: number;
  readonly ref: string;
}

const kept = () => store.query<Kept>('SELECT call, outcome, status, body_ref AS ref FROM provider_answer ORDER BY at');
const read = async (ref: string) =>
  (await vault.read(ref, { tenant: 'musterstadt' }, { maxBytes: MEGABYTE })).toString();

test('every answer of a payment service is kept as it came, also those on the way of a call', async () => {
  const id = await payment();
  await calls.advance(id, never);
  const rows = await kept();
  expect(rows.map(({ call, outcome, status }) => [call, outcome, status])).toEqual([
    ['initiate', 'FOLLOWED', 200],
    ['initiate', 'KNOWN', 200],
  ]);
  const [sought, placed] = await Promise.all(rows.map(({ ref }) => read(ref)));
  expect(sought).toContain('P107');
  expect(placed).toContain('InitPaymentResponse');
  expect(placed).toContain('<?xml');
});

test('an answer like the one before shares its body', async () => {
  const id = await payment();
  for (let n = 0; n < 3; n += 1) await calls.advance(id, never);
  const refs = (await kept()).filter(({ call }) => call === 'look').map(({ ref }) => ref);
  expect(refs).toHaveLength(2);
  expect(new Set(refs).size).toBe(1);
});

test('nothing of them can be read in the database', async () => {
  const id = await payment();
  await calls.advance(id, never);
  const rooms = database.database.open('vault', { maxConnections: 1 });
  const tables = await rooms.query<{ name: string }>(
    `SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
     WHERE table_schema IN ('vault', 'epay21_bridge') AND table_name NOT LIKE 'payment%'`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await rooms.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
    texts.push(...rows.map(({ row }) => row));
  }
  await rooms.close();
  const [all, hex] = [texts.join('\n'), (text: string) => Buffer.from(text).toString('hex')];
  expect(texts.length).toBeGreaterThan(4);
  for (const word of ['InitPaymentResponse', 'PayPageUrl', 'P107']) {
    expect(all).not.toContain(word);
    expect(all).not.toContain(hex(word));
  }
});

test('bodies are erased when the payment is long over; what they came to stays', async () => {
  const id = await payment();
  await calls.advance(id, never);
  expect(await archive.eraseOutlived(10)).toBe(0);
  await store.query(`UPDATE payment SET next_look_at = NULL, changed_at = now() - interval '11 days'`);
  expect(await archive.eraseOutlived(10)).toBe(1);
  const rows = await kept();
  expect(rows.map(({ outcome }) => outcome)).toEqual(['FOLLOWED', 'KNOWN']);
  for (const { ref } of rows) await expect(read(ref)).rejects.toMatchObject({ code: 'HUB_VAULT_NOT_FOUND' });
  await calls.advance(id, never);
  expect((await kept()).at(-1)).toMatchObject({ call: 'look', ref: null });
});
