import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import type { Store } from '@ozg-hub/store';
import { accessMigrations } from './access-migrations.ts';
import { ApiKeys, type NewApiKey, hasScope, requireTenant } from './api-keys.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const partner: NewApiKey = { name: 'civento', scopes: ['submit'], createdBy: 'test' };

let database: TestDatabase;
let store: Store;
let keys: ApiKeys;
let now: number;

beforeAll(async () => {
  database = await testDatabase([accessMigrations]);
  store = database.database.open('access');
});
afterAll(() => database.drop());
beforeEach(async () => {
  await store.query('TRUNCATE access.api_key');
  now = 0;
  keys = new ApiKeys(store, () => now);
});

describe('an API key', () => {
  test('is shown once and stored only as a hash', async () => {
    const { id, key } = await keys.create(partner);
    expect(key).toMatch(new RegExp(`^ozg_${id}_[0-9a-f]{64}$`));
    const rows = await store.query('SELECT * FROM access.api_key');
    expect(JSON.stringify([rows, await keys.list()])).not.toContain(key.slice(-64));
    expect(Object.keys((await keys.list())[0]!)).not.toContain('secret_hash');
  });

  test('opens with and without "Bearer", to what it was made for', async () => {
    const { id, key } = await keys.create({ ...partner, tenants: ['musterstadt'] });
    for (const header of [`Bearer ${key}`, `bearer  ${key}`, key]) {
      const principal = await keys.authenticate(header);
      expect(principal).toMatchObject({ keyId: id, name: 'civento' });
      expect([...principal.tenants!]).toEqual(['musterstadt']);
      expect([...principal.scopes]).toEqual(['submit']);
    }
  });

  test.each([
    [undefined, 'HUB_KEY_MISSING'],
    ['', 'HUB_KEY_MISSING'],
    ['Basic dXNlcjpwYXNz', 'HUB_KEY_UNKNOWN'],
    [`Bearer ozg_aaaaaaaaaaaa_${'0'.repeat(64)}`, 'HUB_KEY_UNKNOWN'],
    [`Bearer ozg_aaaaaaaaaaaa_${'0'.repeat(63)}`, 'HUB_KEY_UNKNOWN'],
    [`Bearer ozg_';DROP TABLE--_${'0'.repeat(64)}`, 'HUB_KEY_UNKNOWN'],
  ])('%s does not open anything', async (header, expected) => {
    await expect(keys.authenticate(header)).rejects.toEqual(code(expected));
  });

  test('with one letter of the secret changed does not open', async () => {
    const { key } = await keys.create(partner);
    for (const at of [key.length - 1, key.length - 64]) {
      const other = key[at] === '0' ? '1' : '0';
      const changed = key.slice(0, at) + other + key.slice(at + 1);
      await expect(keys.authenticate(changed)).rejects.toEqual(code('HUB_KEY_UNKNOWN'));
    }
  });

  test('is revoked at once here, and within two seconds in another process', async () => {
    const { id, key } = await keys.create(partner);
    const elsewhere = new ApiKeys(store, () => now);
    await keys.authenticate(key);
    await elsewhere.authenticate(key);

    await keys.revoke(id, 'operator');
    await expect(keys.authenticate(key)).rejects.toEqual(code('HUB_KEY_REVOKED'));
    now = 1_999;
    await expect(elsewhere.authenticate(key)).resolves.toMatchObject({ keyId: id });
    now = 2_000;
    await expect(elsewhere.authenticate(key)).rejects.toEqual(code('HUB_KEY_REVOKED'));
  });

  test('stays revoked as it was first, and an unknown one cannot be revoked', async () => {
    const { id } = await keys.create(partner);
    await keys.revoke(id, 'first');
    const [before] = await keys.list();
    await keys.revoke(id, 'second');
    expect((await keys.list())[0]).toEqual(before);
    await expect(keys.revoke('aaaaaaaaaaaa', 'x')).rejects.toEqual(code('HUB_KEY_UNKNOWN'));
  });

  test('is not remembered where it does not exist', async () => {
    const elsewhere = new ApiKeys(store, () => now);
    const { key } = await keys.create(partner);
    const unknown = key.replace(/_[a-z0-9]{12}_/, '_zzzzzzzzzzzz_');
    await expect(elsewhere.authenticate(unknown)).rejects.toEqual(code('HUB_KEY_UNKNOWN'));
    await expect(elsewhere.authenticate(key)).resolves.toBeDefined();
  });
});

describe('what a key may do', () => {
  const principal = (scopes: NewApiKey['scopes'], tenants?: string[]) => ({
    keyId: 'x',
    name: 'x',
    scopes: new Set(scopes),
    tenants: tenants && new Set(tenants),
  });

  test('follows from its scopes: admin has all, operate includes read, no other includes another', () => {
    const opens = (scopes: NewApiKey['scopes']) =>
      (['submit', 'reply', 'read', 'operate', 'admin'] as const).filter((scope) => hasScope(principal(scopes), scope));
    expect(opens(['submit'])).toEqual(['submit']);
    expect(opens(['read'])).toEqual(['read']);
    expect(opens(['operate'])).toEqual(['read', 'operate']);
    expect(opens(['reply'])).toEqual(['reply']);
    expect(opens(['admin'])).toEqual(['submit', 'reply', 'read', 'operate', 'admin']);
  });

  test('is bound to its municipalities', () => {
    expect(() => requireTenant(principal(['submit'], ['a']), 'a')).not.toThrow();
    expect(() => requireTenant(principal(['submit']), 'a')).not.toThrow();
    expect(() => requireTenant(principal(['admin'], ['a']), 'b')).toThrow(code('HUB_KEY_TENANT'));
  });
});
