import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { Keyring, Vault, vaultMigrations } from '@ozg-hub/vault';
import { SigningKeys, identityKeyMigrations } from './index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const start = new Date('2026-11-22T10:00:00Z');

let db: TestDatabase;
let folder: string;
let vault: Vault;
let store: Store;
let now = start;

const clock = { now: () => now };
/** As another process has them. */
const processOf = (secrets = vault.secrets) => new SigningKeys({ store, secrets, clock });

beforeAll(async () => {
  db = await testDatabase([vaultMigrations, identityKeyMigrations]);
  store = db.database.open('identity_keys');
  folder = await mkdtemp(join(tmpdir(), 'signing-keys-'));
  const keyring = await Keyring.open({ reference: `file:${folder}/keys/keyring.json`, create: true, clock });
  const data = { dataDir: join(folder, 'vault'), keyring, logger: silentLogger, clock };
  vault = new Vault({ store: db.database.open('vault'), ...data });
});
beforeEach(async () => {
  now = start;
  await store.query('TRUNCATE signing_key CASCADE');
});
afterAll(async () => {
  await db.drop();
  await rm(folder, { recursive: true });
});

/** Lets time pass for every key in the database, and for the processes. */
async function pass(ms: number): Promise<void> {
  now = new Date(now.getTime() + ms);
  await store.query(
    `UPDATE signing_key SET created_at = created_at - $1 * interval '1 ms', retires_at = retires_at - $1 * interval '1 ms'`,
    [ms],
  );
}

const kids = (keys: readonly { readonly kid: string }[]) => keys.map(({ kid }) => kid);

describe('signing keys', () => {
  test('begin with one that all processes make together', async () => {
    const currents = await Promise.all(Array.from({ length: 4 }, () => processOf().current('proof')));
    expect(new Set(kids(currents)).size).toBe(1);
    expect(await store.query('SELECT kid FROM signing_key')).toHaveLength(1);
  });

  test('are of one purpose each', async () => {
    const keys = processOf();
    const [proof, oidc] = [await keys.current('proof'), await keys.current('oidc')];
    expect(proof.kid).not.toBe(oidc.kid);
    expect(kids(await keys.publicKeys('oidc'))).toEqual([oidc.kid]);
    expect(await keys.publicKey('proof', oidc.kid)).toBeUndefined();
  });

  test('lie in the database by public part; the private part is sealed', async () => {
    const { kid, privateJwk, publicJwk } = await processOf().current('proof');
    expect(publicJwk).toEqual({
      kty: 'EC',
      crv: 'P-256',
      x: expect.any(String),
      y: expect.any(String),
      kid,
      alg: 'ES256',
      use: 'sig',
    });
    const rows = await store.query('SELECT * FROM signing_key k JOIN signing_secret s USING (kid)');
    const written = JSON.stringify(rows, (_, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
    );
    expect(written).toContain(publicJwk.x);
    expect(written).not.toContain(privateJwk.d);
  });

  test('change hands without a gap: the new one is shown first, signs later, and the old one verifies for days', async () => {
    const [here, there] = [processOf(), processOf()];
    const former = await here.current('proof');
    await there.current('proof');
    await pass(HOUR);
    const next = await here.rotate('proof');
    expect(next.kid).not.toBe(former.kid);
    expect(next.retiresAt).toBeUndefined();
    for (const keys of [here, there]) expect((await keys.current('proof')).kid).toBe(former.kid);
    expect(await there.publicKey('proof', next.kid)).toMatchObject({ kid: next.kid });

    await pass(3 * MINUTE);
    for (const keys of [here, there]) {
      expect((await keys.current('proof')).kid).toBe(next.kid);
      expect(await keys.publicKey('proof', former.kid)).toMatchObject({ kid: former.kid });
    }
    await pass(8 * 24 * HOUR);
    for (const keys of [here, there]) expect(await keys.publicKey('proof', former.kid)).toBeUndefined();
    await here.rotate('proof');
    expect(await store.query('SELECT kid FROM signing_key WHERE kid = $1', [former.kid])).toEqual([]);
    expect(await store.query('SELECT kid FROM signing_secret WHERE kid = $1', [former.kid])).toEqual([]);
  });

  test('can be rotated by two at once', async () => {
    await processOf().current('oidc');
    await Promise.all([processOf().rotate('oidc'), processOf().rotate('oidc')]);
    expect(await store.query('SELECT kid FROM signing_key WHERE retires_at IS NULL')).toHaveLength(1);
    expect(await store.query('SELECT kid FROM signing_key')).toHaveLength(3);
  });

  test('are withdrawn at once where one got into other hands; other processes refuse it within a minute', async () => {
    const [here, there] = [processOf(), processOf()];
    const stolen = await here.current('proof');
    await there.current('proof');
    const next = await here.rotate('proof', { withdraw: true });
    expect((await here.current('proof')).kid).toBe(next.kid);
    expect(await here.publicKey('proof', stolen.kid)).toBeUndefined();
    now = new Date(now.getTime() + MINUTE);
    expect(await there.publicKey('proof', stolen.kid)).toBeUndefined();
    expect((await there.current('proof')).kid).toBe(next.kid);
  });

  test('are read anew by a process that shows withdrawn ones and has not signed with them', async () => {
    const [here, there] = [processOf(), processOf()];
    await here.current('proof');
    await there.publicKeys('proof');
    const next = await here.rotate('proof', { withdraw: true });
    expect((await there.current('proof')).kid).toBe(next.kid);
  });

  test('stay readable when the master key changes, and when the one before is given up', async () => {
    const { kid, privateJwk } = await processOf().current('proof');
    await vault.rotate({ newTenantKeys: true });
    await pass(2 * HOUR);
    await vault.rotate({ newTenantKeys: true });
    await pass(2 * HOUR);
    await store.query(`UPDATE vault.tenant_key SET created_at = '2020-01-01'`);
    expect(await vault.dropRetired({ olderThanMs: HOUR })).toHaveLength(2);
    const keyring = await Keyring.open({ reference: `file:${folder}/keys/keyring.json`, clock });
    const other = { dataDir: join(folder, 'vault'), keyring, logger: silentLogger, clock };
    const { secrets } = new Vault({ store: db.database.open('vault'), ...other });
    expect(await processOf(secrets).current('proof')).toMatchObject({ kid, privateJwk });
  });

  test('of another hub, or changed in the database, are no keys', async () => {
    const { kid } = await processOf().current('proof');
    await store.query(`UPDATE signing_secret SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)`);
    await expect(processOf().current('proof')).rejects.toMatchObject({ code: 'HUB_VAULT_CORRUPT' });
    await store.query('DELETE FROM signing_secret WHERE kid = $1', [kid]);
    await expect(processOf().current('proof')).rejects.toMatchObject({ code: 'HUB_IDENTITY_KEY_DAMAGED' });
  });
});
