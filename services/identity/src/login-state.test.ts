import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Store } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import type { HubSecrets } from '@ozg-hub/vault';
import type { LoginDemand } from './demand.ts';
import { pruneExpired } from './expired-state.ts';
import { LoginAttemptRepository } from './login-attempt.repository.ts';
import { LoginRepository } from './login.repository.ts';
import { OidcStateAdapter } from './oidc/oidc-state.adapter.ts';
import type { OnlineServices } from './oidc/online-services.ts';
import { UsedAssertionsRepository } from './saml/used-assertions.repository.ts';
import { SealedRecords } from './sealed-records.ts';

let database: TestDatabase;
let store: Store;

/** Seals by writing the purpose before; enough to see that each row has its own. */
const secrets = {
  seal: (purpose: string, secret: Buffer) => Promise.resolve(Buffer.from(`${purpose}|${secret.toString('base64')}`)),
  open: (purpose: string, sealed: Buffer) => {
    const [place, text] = sealed.toString().split('|');
    if (place !== purpose) throw new Error('sealed for another place');
    return Promise.resolve(Buffer.from(text!, 'base64'));
  },
} as unknown as HubSecrets;
const records = new SealedRecords(secrets);
const services = { metadata: () => Promise.resolve(undefined) } as unknown as OnlineServices;
const adapter = (model: string, mostOpen = 100) => new OidcStateAdapter(model, { store, records, services, mostOpen });
const demand: LoginDemand = {
  client: 'formulare',
  tenant: 'musterstadt',
  leistung: '99999001060000',
  application: 'CIV-1',
  vertrauensniveau: 'basis',
  applicants: ['citizen'],
};
const left = Buffer.from('left');
const attempt = {
  browser: Buffer.alloc(32),
  interaction: 'uid',
  provider: 'bundid',
  requestId: '_1',
  begunAt: new Date(0),
  demand,
};

beforeAll(async () => {
  database = await testDatabase([
    { schema: 'identity', sets: [{ owner: 'identity', folder: new URL('../migrations/', import.meta.url) }] },
  ]);
  store = database.database.open('identity');
});
afterAll(() => database.drop());
beforeEach(() => store.query('TRUNCATE login_attempt, login, oidc_state, used_assertion'));

describe('what logins keep', () => {
  test('an attempt is answered once and taken once, whoever asks', async () => {
    const attempts = new LoginAttemptRepository(store);
    await attempts.add('state', attempt);
    const many = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 8 }, work));
    expect((await many(() => attempts.beginAnswer('state'))).filter(Boolean)).toHaveLength(1);
    expect((await many(() => attempts.take('state', left))).filter(Boolean)).toHaveLength(1);
    expect(await attempts.find('state')).toMatchObject({ taken: true, expired: false, outcome: left });
    expect(await attempts.find('other')).toBeUndefined();
  });

  test('an answer that could not be looked at may come again, at once or when whoever took it up is long gone', async () => {
    const attempts = new LoginAttemptRepository(store);
    await attempts.add('state', attempt);
    await attempts.beginAnswer('state');
    await attempts.takeBackAnswer('state');
    expect(await attempts.beginAnswer('state')).toBe(true);
    expect(await attempts.beginAnswer('state')).toBe(false);
    await store.query("UPDATE login_attempt SET answered_at = now() - interval '31 seconds'");
    expect(await attempts.beginAnswer('state')).toBe(true);
    await attempts.putOutcome('state', left);
    await store.query("UPDATE login_attempt SET answered_at = now() - interval '31 seconds'");
    await attempts.takeBackAnswer('state');
    expect(await attempts.beginAnswer('state')).toBe(false);
  });

  test('an attempt that took too long is neither answered nor taken', async () => {
    const attempts = new LoginAttemptRepository(store);
    await attempts.add('state', attempt);
    await store.query("UPDATE login_attempt SET expires_at = now() - interval '1 second'");
    expect(await attempts.beginAnswer('state')).toBe(false);
    expect(await attempts.take('state', left)).toBe(false);
    expect(await attempts.find('state')).toMatchObject({ expired: true });
    expect(await attempts.open()).toBe(0);
  });

  test('an assertion is used once, also by several at once', async () => {
    const used = new UsedAssertionsRepository(store);
    const until = new Date(Date.now() + 60_000);
    const claims = await Promise.all(Array.from({ length: 8 }, () => used.claim('assertion', until)));
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  test('the number of interactions is bounded; those under way are not hindered', async () => {
    const interactions = adapter('Interaction', 2);
    await interactions.upsert('one', { params: {} }, 900);
    await interactions.upsert('two', { params: {} }, 900);
    await expect(interactions.upsert('three', { params: {} }, 900)).rejects.toMatchObject({
      error: 'temporarily_unavailable',
      cause: { code: 'HUB_IDENTITY_BUSY' },
    });
    await interactions.upsert('one', { params: {}, result: { login: { accountId: 'a' } } }, 900);
    expect(await interactions.find('one')).toMatchObject({ result: { login: { accountId: 'a' } } });
    await interactions.destroy('two');
    await interactions.upsert('three', { params: {} }, 900);
  });

  test('a code is consumed once, also by several at once, and goes with its grant', async () => {
    const codes = adapter('AuthorizationCode');
    await codes.upsert('code', { grantId: 'grant', clientId: 'formulare' }, 60);
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => codes.consume('code')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await codes.find('code')).toMatchObject({ clientId: 'formulare', consumed: expect.any(Number) });
    await codes.revokeByGrantId('grant');
    expect(await codes.find('code')).toBeUndefined();
  });

  test('state is found by its id and uid, and its row is good for no other', async () => {
    const sessions = adapter('Session');
    await sessions.upsert('a', { uid: 'uid-a', accountId: 'x' }, 60);
    await sessions.upsert('b', { uid: 'uid-b', accountId: 'y' }, 60);
    expect(await sessions.findByUid('uid-a')).toMatchObject({ accountId: 'x' });
    await store.query('UPDATE oidc_state SET sealed = (SELECT sealed FROM oidc_state ORDER BY sealed LIMIT 1)');
    const read = await Promise.allSettled([sessions.find('a'), sessions.find('b')]);
    expect(read.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await adapter('AccessToken').find('a')).toBeUndefined();
  });

  test('what expired is not found, and is deleted', async () => {
    await adapter('Session').upsert('old', { uid: 'u' }, -1);
    await adapter('Session').upsert('new', { uid: 'v' }, 60);
    const logins = new LoginRepository(store, records);
    const login = { provider: 'bundid' } as Parameters<LoginRepository['add']>[1];
    await logins.add('01910000-0000-7000-8000-000000000001', login, -1);
    await new UsedAssertionsRepository(store).claim('a', new Date(0));
    expect(await adapter('Session').find('old')).toBeUndefined();
    expect(await logins.find('01910000-0000-7000-8000-000000000001')).toBeUndefined();
    expect(await pruneExpired(store)).toBe(3);
    expect(await adapter('Session').find('new')).toBeDefined();
  });
});
