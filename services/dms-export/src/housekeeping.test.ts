import { mkdtemp, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { newId, silentLogger } from '@ozg-hub/core';
import { Deliveries, deliveryMigrations, trailMigrations } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import { type Store, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { FakeSftp, type TestDatabase, testDatabase } from '@ozg-hub/testing';
import { Housekeeping } from './housekeeping.ts';
import { sampleSettings } from './sample-envelope.ts';
import { DmsConnections } from './transport/dms-connections.ts';
import { LocalFiles } from './transport/local-files.adapter.ts';
import { packagesIn, stagedName, stagingFolder } from './transport/staging.ts';

let database: TestDatabase;
let store: Store;
let root: string;
let housekeeping: Housekeeping;
let connections: DmsConnections;

beforeAll(async () => {
  const own = { owner: 'dms-export', folder: new URL('../migrations/', import.meta.url) };
  const sets = [outboxMigrations, inboxMigrations, trailMigrations, deliveryMigrations, own];
  database = await testDatabase([{ schema: 'dms_export', sets }]);
  store = database.database.open('dms_export');
});
afterAll(() => database.drop());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'housekeeping-'));
  housekeeping = housekeepingOf({ by: 'directory', inbox: join(root, 'inbox') });
});
afterEach(async () => {
  connections.close();
  await rm(root, { recursive: true });
});

function housekeepingOf(handOver: NonNullable<Parameters<typeof sampleSettings>[0]>['handOver'], password = '') {
  const settings = sampleSettings({ handOver, replies: { by: 'directory', folder: join(root, 'replies') } });
  const snapshot = {
    tenants: [{ slug: 'musterstadt', targets: [{ id: 'eakte', kind: 'xdomea' }] }],
    target: () => ({ settings }),
  };
  const connection = async () => ({ settings: { ...settings, handOver: { ...settings.handOver, password } } });
  const directory = { current: () => snapshot, connection } as unknown as Directory;
  connections = new DmsConnections(directory);
  return new Housekeeping({ store, directory, connections, logger: silentLogger, keepDays: 30 });
}

async function delivery(state: string, age = '0 days'): Promise<{ id: string; exchangeId: string }> {
  const submissionId = newId();
  const wanted = { submissionId, tenant: 'musterstadt', purpose: 'dms', target: 'eakte', lane: submissionId };
  const [queued] = await store.tx((tx) =>
    new Deliveries({ service: 'dms-export' }).queue(tx, [{ ...wanted, reference: {} }]),
  );
  await store.query(`UPDATE delivery SET state = $2, updated_at = now() - $3::interval WHERE id = $1`, [
    queued!.id,
    state,
    age,
  ]);
  return queued!;
}

test('packages of deliveries that will never be handed over go, others stay', async () => {
  const folder = stagingFolder(join(root, 'inbox'));
  await mkdir(folder);
  const put = async (exchangeId: string) => {
    const name = stagedName({ exchangeId, fence: 1 });
    await writeFile(join(folder, name), 'package');
    return name;
  };
  for (const state of ['CANCELLED', 'CONFIRMED', 'REJECTED', 'SUPERSEDED'])
    await put((await delivery(state)).exchangeId);
  const kept = [await put(newId()), 'readme.txt'];
  for (const state of ['IN_FLIGHT', 'RETRY_WAIT', 'PARKED', 'IN_DOUBT'])
    kept.push(await put((await delivery(state)).exchangeId));
  await writeFile(join(folder, 'readme.txt'), '');
  const older = await delivery('QUEUED');
  await put(older.exchangeId);
  await store.query(`UPDATE delivery SET exchange_id = $2 WHERE id = $1`, [older.id, newId()]);

  await housekeeping.tidy();
  expect((await readdir(folder)).toSorted()).toEqual(kept.toSorted());
});

test('the same at an SFTP server, unfinished packages and markers too', async () => {
  const server = new FakeSftp({ root });
  await server.start();
  const { port, user, hostKey, password } = server;
  const place = {
    by: 'sftp',
    host: '127.0.0.1',
    port,
    user,
    hostKey,
    password: 'env:PASSWORD',
    inbox: 'inbox',
  } as const;
  const folder = join(root, '.ozg-hub-staging');
  await mkdir(folder);
  const namesOf = (id: string) => [`${id}.1.zip`, `${id}.1.marker`, `${id}.${'a'.repeat(32)}.part`];
  const settled = namesOf((await delivery('CANCELLED')).exchangeId);
  const waiting = namesOf((await delivery('RETRY_WAIT')).exchangeId);
  for (const name of [...settled, ...waiting]) await writeFile(join(folder, name), 'package');
  await housekeepingOf(place, password).tidy();
  expect((await readdir(folder)).toSorted()).toEqual(waiting.toSorted());
  await server.stop();
});

test('replies that were taken long ago go, what was set aside for a person stays', async () => {
  const put = async (name: string, days: number) => {
    const path = join(root, 'replies', name);
    const at = new Date(Date.now() - days * 86_400_000);
    await writeFile(path, 'reply');
    await utimes(path, at, at);
  };
  for (const folder of ['done', 'error']) await mkdir(join(root, 'replies', folder), { recursive: true });
  for (const name of ['0629.xml', 'done/0629.xml', 'done/0629.xml.reason.txt', 'error/0630.xml']) await put(name, 31);
  await put('done/0630.xml', 29);
  await housekeeping.tidy();
  const names = async (folder: string) => await readdir(join(root, 'replies', folder));
  expect([await names('done'), await names('error')]).toEqual([['0630.xml'], ['0630.xml']]);
  expect(await names('.')).toContain('0629.xml');
});

test('deliveries that came to an end long ago go, what is not at its end stays however old', async () => {
  const old = await delivery('CONFIRMED', '31 days');
  const young = await delivery('CONFIRMED', '29 days');
  const stuck = await delivery('PARKED', '900 days');
  await housekeeping.tidy();
  const rows = await store.query<{ id: string }>(`SELECT id FROM delivery WHERE id = ANY ($1::uuid[])`, [
    [old.id, young.id, stuck.id],
  ]);
  expect(rows.map(({ id }) => id).toSorted()).toEqual([young.id, stuck.id].toSorted());
  expect(await packagesIn(new LocalFiles(), join(root, 'missing'))).toEqual([]);
});
