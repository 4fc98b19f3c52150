import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Failpoints, newId, noFailpoints, silentLogger } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { Keyring } from './keyring.ts';
import { vaultMigrations } from './vault-migrations.ts';
import { Vault } from './vault.ts';

const META = { kind: 'document' } as const;
const SCOPE = { tenant: 'musterstadt' };
const LIMIT = { maxBytes: 1e9 };
const code = (name: string) => expect.objectContaining({ code: name });

interface Kept {
  readonly submissionId: string;
  readonly small: string;
  readonly large: string;
}

let databases: readonly [TestDatabase, TestDatabase];
let store: Store;
let copy: Store;
let folder: string;

beforeAll(async () => {
  databases = [await testDatabase([vaultMigrations]), await testDatabase([vaultMigrations])];
  [store, copy] = databases.map(({ database }) => database.open('vault')) as [Store, Store];
});
afterAll(async () => {
  for (const { drop } of databases) await drop();
});
beforeEach(async () => {
  for (const one of [store, copy]) {
    await one.query('TRUNCATE vault.object, vault.data_key, vault.tenant_key, vault.erasure');
  }
  folder = await mkdtemp(join(tmpdir(), 'vault-erasure-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function openVault(name = 'data', on = store, failpoints: Failpoints = noFailpoints): Promise<Vault> {
  const keyring = await Keyring.open({ reference: `file:${folder}/keys/keyring.json`, create: true });
  return new Vault({ store: on, dataDir: join(folder, name), keyring, logger: silentLogger, failpoints });
}

async function keep(vault: Vault): Promise<Kept> {
  const submission = await vault.newSubmission('musterstadt', newId());
  const small = submission.seal(Buffer.from('small'), META).objectId;
  const large = submission.seal(randomBytes(100_000), META).objectId;
  await vault.synced(submission);
  await store.tx(async (tx) => await vault.store(tx, [submission]));
  return { submissionId: submission.submissionId, small, large };
}

const erase = async (vault: Vault, ...kept: Kept[]) =>
  await store.tx(
    async (tx) =>
      await vault.erase(
        tx,
        kept.map(({ submissionId }) => submissionId),
      ),
  );

/** Database and files as they are now, in a second database and the folder `copy`. */
async function copyAll(): Promise<void> {
  for (const table of ['tenant_key', 'data_key', 'object']) {
    const [row] = await store.query<{ rows: string | null }>(`SELECT jsonb_agg(t)::text AS rows FROM vault.${table} t`);
    await copy.query(
      `INSERT INTO vault.${table} SELECT * FROM jsonb_populate_recordset(NULL::vault.${table}, $1::jsonb)`,
      [row!.rows ?? '[]'],
    );
  }
  await cp(join(folder, 'data'), join(folder, 'copy'), { recursive: true });
}

describe('erasure', () => {
  test('makes content unreadable here and in a copy taken before, and nothing else', async () => {
    const vault = await openVault();
    const [before, erased, after] = [await keep(vault), await keep(vault), await keep(vault)];
    await copyAll();
    const inCopy = await openVault('copy', copy);
    expect((await inCopy.read(erased.small, SCOPE, LIMIT)).toString()).toBe('small');

    expect(await erase(vault, erased)).toBe(1);
    expect(await vault.finishErasures()).toMatchObject({ pending: 0, puncturedCopies: true });
    await vault.close();

    for (const [there, gone] of [
      [vault, 'HUB_VAULT_NOT_FOUND'],
      [await openVault('copy', copy), 'HUB_VAULT_ERASED'],
    ] as const) {
      for (const objectId of [erased.small, erased.large]) {
        await expect(there.open(objectId, SCOPE)).rejects.toEqual(code(gone));
      }
      for (const other of [before, after]) {
        expect((await there.read(other.small, SCOPE, LIMIT)).toString()).toBe('small');
        expect(await there.read(other.large, SCOPE, LIMIT)).toHaveLength(100_000);
      }
    }
    const files = (await readdir(join(folder, 'data'), { recursive: true })).filter((name) =>
      name.includes(erased.large),
    );
    expect(files).toEqual([]);
  });

  test('interrupted between the commit and the keyring is finished at the next start', async () => {
    const dies: Failpoints = {
      hit: () => {
        throw new Error('the process ends here');
      },
    };
    const vault = await openVault('data', store, dies);
    const [erased, other] = [await keep(vault), await keep(vault)];
    await copyAll();
    await erase(vault, erased);
    expect((await vault.status()).pendingErasures).toBe(1);
    expect(await (await openVault('copy', copy)).read(erased.small, SCOPE, LIMIT)).toHaveLength(5);

    const next = await openVault();
    await next.start();
    expect((await next.status()).pendingErasures).toBe(0);
    const inCopy = await openVault('copy', copy);
    await expect(inCopy.open(erased.small, SCOPE)).rejects.toEqual(code('HUB_VAULT_ERASED'));
    expect(await inCopy.read(other.small, SCOPE, LIMIT)).toHaveLength(5);
  });

  test('that is rolled back changes nothing', async () => {
    const vault = await openVault();
    const kept = await keep(vault);
    const keyring = await readFile(join(folder, 'keys/keyring.json'), 'utf8');
    const rolledBack = store.tx(async (tx) => {
      await vault.erase(tx, [kept.submissionId]);
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    await vault.finishErasures();
    expect(await readFile(join(folder, 'keys/keyring.json'), 'utf8')).toBe(keyring);
    expect(await vault.read(kept.large, SCOPE, LIMIT)).toHaveLength(100_000);
  });

  test('changes the keyring, intake does not', async () => {
    const vault = await openVault();
    const keyring = await readFile(join(folder, 'keys/keyring.json'), 'utf8');
    const kept = [await keep(vault), await keep(vault), await keep(vault)];
    expect(await readFile(join(folder, 'keys/keyring.json'), 'utf8')).toBe(keyring);
    expect(await erase(vault, ...kept)).toBe(3);
    expect(await erase(vault, ...kept)).toBe(0);
    await vault.finishErasures();
    expect(await readFile(join(folder, 'keys/keyring.json'), 'utf8')).not.toBe(keyring);
  });

  test('is repeated where an older copy of the keyring was put back', async () => {
    const vault = await openVault();
    const [erased, other] = [await keep(vault), await keep(vault)];
    await copyAll();
    const path = join(folder, 'keys/keyring.json');
    const older = await readFile(path);
    await erase(vault, erased);
    await vault.finishErasures();
    await writeFile(path, older);
    expect(await (await openVault('copy', copy)).read(erased.small, SCOPE, LIMIT)).toHaveLength(5);
    await (await openVault()).start();
    const inCopy = await openVault('copy', copy);
    await expect(inCopy.open(erased.small, SCOPE)).rejects.toEqual(code('HUB_VAULT_ERASED'));
    expect(await inCopy.read(other.small, SCOPE, LIMIT)).toHaveLength(5);
  });

  test('lets no object of the submission in afterwards', async () => {
    const vault = await openVault();
    const kept = await keep(vault);
    const late = await vault.add('musterstadt', kept.submissionId);
    late.seal(Buffer.from('late'), META);
    await erase(vault, kept);
    await vault.finishErasures();
    await expect(store.tx(async (tx) => await vault.store(tx, [late]))).rejects.toEqual(code('HUB_VAULT_ERASED'));
    expect(await store.query('SELECT 1 AS one FROM vault.object')).toEqual([]);
  });

  test('with a keyring that cannot be changed deletes the key and says that copies stay readable', async () => {
    await openVault();
    const text = await readFile(join(folder, 'keys/keyring.json'), 'utf8');
    const keyring = await Keyring.open({ reference: 'env:KEYRING', environment: { KEYRING: text } });
    const vault = new Vault({ store, dataDir: join(folder, 'data'), keyring, logger: silentLogger });
    await vault.start();
    const kept = await keep(vault);
    expect(await erase(vault, kept)).toBe(1);
    expect(await vault.finishErasures()).toEqual({ punctured: 0, pending: 1, puncturedCopies: false });
    expect(await vault.status()).toMatchObject({ puncturesCopies: false, pendingErasures: 1 });
    await expect(vault.open(kept.small, SCOPE)).rejects.toEqual(code('HUB_VAULT_NOT_FOUND'));
    await vault.close();
  });

  test('in an abandoned future leaves a restored database able to accept new submissions', async () => {
    const vault = await openVault();
    const kept = await Promise.all(Array.from({ length: 70 }, async () => await keep(vault)));
    await erase(vault, ...kept);
    await vault.finishErasures();
    await store.query(`SELECT setval('vault.leaf_block', 0)`);
    const restored = await openVault();
    const fresh = await keep(restored);
    expect(await restored.read(fresh.small, SCOPE, LIMIT)).toHaveLength(5);
  });
});
