import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId, silentLogger } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { Keyring } from './keyring.ts';
import type { RotationProgress } from './key-rotation.ts';
import { vaultMigrations } from './vault-migrations.ts';
import { Vault } from './vault.ts';

const HOUR = 3_600_000;
const code = (name: string) => expect.objectContaining({ code: name });

let database: TestDatabase;
let store: Store;
let folder: string;
let keyring: Keyring;
let vault: Vault;
let time: number;
const clock = { now: () => new Date(time) };

beforeAll(async () => {
  database = await testDatabase([vaultMigrations]);
  store = database.database.open('vault');
});
afterAll(async () => await database.drop());
beforeEach(async () => {
  await store.query('TRUNCATE vault.object, vault.data_key, vault.tenant_key, vault.erasure');
  folder = await mkdtemp(join(tmpdir(), 'vault-rotation-'));
  time = Date.parse('2026-08-21T10:15:00Z');
  keyring = await openKeyring();
  vault = openVault(keyring);
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const openKeyring = async () =>
  await Keyring.open({ reference: `file:${folder}/keys/keyring.json`, create: true, clock });
const openVault = (with_: Keyring) =>
  new Vault({ store, dataDir: join(folder, 'data'), keyring: with_, logger: silentLogger, clock });

async function keep(tenant: string, on = vault): Promise<{ tenant: string; submissionId: string; objectId: string }> {
  const submission = await on.newSubmission(tenant, newId());
  const { objectId } = submission.seal(Buffer.from(`for ${tenant}`), { kind: 'envelope' });
  await store.tx(async (tx) => await on.store(tx, [submission]));
  return { tenant, submissionId: submission.submissionId, objectId };
}

async function expectReadable(kept: readonly { tenant: string; objectId: string }[], on = vault): Promise<void> {
  for (const { tenant, objectId } of kept) {
    expect((await on.read(objectId, { tenant }, { maxBytes: 100 })).toString()).toBe(`for ${tenant}`);
  }
}

const keyRows = async () =>
  await store.query<{ master: string; version: number }>(
    'SELECT DISTINCT master_id AS master, tenant_key_version AS version FROM vault.data_key',
  );

describe('rotation', () => {
  test('wraps all keys anew, leaves the contents and keeps everything readable', async () => {
    const kept = [await keep('musterstadt'), await keep('nachbarstadt'), await keep('musterstadt')];
    const contents = await store.query('SELECT object_id, content FROM vault.object ORDER BY 1');
    const before = keyring.current.id;
    const progress: RotationProgress[] = [];
    const report = await vault.rotate({ batchSize: 2, onProgress: (step) => progress.push(step) });
    expect(report).toEqual({ masterId: keyring.current.id, tenantKeys: 2, dataKeys: 3, unreadable: 0 });
    expect(progress).toEqual([
      { done: 2, total: 3 },
      { done: 3, total: 3 },
    ]);
    expect(keyring.current.id).not.toBe(before);
    expect(keyring.master(before).state).toBe('retired');
    expect(await keyRows()).toEqual([{ master: keyring.current.id, version: 1 }]);
    expect(await store.query('SELECT object_id, content FROM vault.object ORDER BY 1')).toEqual(contents);
    await expectReadable([...kept, await keep('musterstadt')]);
    await expectReadable(kept, openVault(await openKeyring()));
  });

  test('gives tenants new keys where asked', async () => {
    const kept = [await keep('musterstadt'), await keep('nachbarstadt')];
    await vault.rotate({ newTenantKeys: true });
    expect(await keyRows()).toEqual([{ master: keyring.current.id, version: 2 }]);
    await expectReadable([...kept, await keep('musterstadt')]);
  });

  test('goes on where it was interrupted, without another master key', async () => {
    const kept = await Promise.all(Array.from({ length: 5 }, async () => await keep('musterstadt')));
    const interrupted = vault.rotate({
      batchSize: 2,
      newTenantKeys: true,
      onProgress: () => {
        throw new Error('the process ends here');
      },
    });
    await expect(interrupted).rejects.toThrow('ends here');
    const begun = keyring.current.id;
    expect(await keyRows()).toHaveLength(2);
    await expectReadable(kept);
    const next = openVault(await openKeyring());
    expect(await next.rotate({ newTenantKeys: true })).toMatchObject({ masterId: begun, dataKeys: 3 });
    expect(await keyRows()).toEqual([{ master: begun, version: 2 }]);
    await expectReadable(kept, next);
  });

  test('is seen by other processes, whose submissions stay readable', async () => {
    const other = openVault(await openKeyring());
    const kept = [await keep('musterstadt', other)];
    const [tenant, submissionId] = ['musterstadt', newId()];
    const open = await other.newSubmission(tenant, submissionId);
    const { objectId } = open.seal(Buffer.from(`for ${tenant}`), { kind: 'envelope' });
    await vault.rotate({ newTenantKeys: true });
    await store.tx(async (tx) => await other.store(tx, [open]));
    time += 2_000;
    kept.push({ tenant, submissionId, objectId }, await keep('musterstadt', other));
    await expectReadable(kept, other);
    await expectReadable(kept);
    await vault.rotate();
    await expectReadable(kept);
  });

  test('keeps what was erased unreadable, and erases under retired master keys too', async () => {
    const [first, second] = [await keep('musterstadt'), await keep('musterstadt')];
    const [row] = await store.query<{ leaf: number }>('SELECT leaf FROM vault.data_key WHERE submission_id = $1', [
      second.submissionId,
    ]);
    await store.tx(async (tx) => await vault.erase(tx, [first.submissionId]));
    await vault.finishErasures();
    await vault.rotate();
    await store.tx(async (tx) => await vault.erase(tx, [second.submissionId]));
    await vault.finishErasures();
    expect(keyring.masters.map(({ tree }) => tree.has(row!.leaf))).toEqual([false, false]);
  });

  test('drops retired master keys late, and never one that is needed', async () => {
    const kept = [await keep('musterstadt')];
    const [wrapped] = await store.query<{ wrapped: Buffer; master: string }>(
      'SELECT wrapped, master_id AS master FROM vault.data_key',
    );
    await vault.rotate({ newTenantKeys: true });
    expect(await vault.dropRetired({ olderThanMs: 0 })).toEqual([]);
    time += 2 * HOUR;
    await store.query('UPDATE vault.data_key SET master_id = $1', [wrapped!.master]);
    await expect(vault.dropRetired({ olderThanMs: HOUR })).rejects.toEqual(code('HUB_VAULT_KEY_IN_USE'));
    await store.query('UPDATE vault.data_key SET master_id = $1', [keyring.current.id]);
    expect(await vault.dropRetired({ olderThanMs: HOUR })).toEqual([wrapped!.master]);
    expect(keyring.masters).toHaveLength(1);
    await expectReadable(kept, openVault(await openKeyring()));
  });

  test('refuses to start with a keyring of another database', async () => {
    await keep('musterstadt');
    const strange = await Keyring.open({ reference: `file:${folder}/strange/keyring.json`, create: true });
    await expect(openVault(strange).start()).rejects.toEqual(code('HUB_VAULT_KEY_MISSING'));
  });
});
