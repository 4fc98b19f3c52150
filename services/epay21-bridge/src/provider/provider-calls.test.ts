import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId, noFailpoints, silentLogger } from '@ozg-hub/core';
import { trailMigrations } from '@ozg-hub/delivery';
import { type Directory, type Target, directoryErrors } from '@ozg-hub/directory';
import { type Store, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { type FakeEpay21, startFakeEpay21 } from '@ozg-hub/testing';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import type { AnswerArchive } from './answer-archive.ts';
import { PaymentRecorder } from '../payment-recorder.ts';
import { insertPayment } from '../payment.repository.ts';
import { ProviderCalls, type ProviderCallsOptions } from './provider-calls.ts';
import { Epay21SoapAdapter } from './epay21-soap.adapter.ts';
import type { PaymentProvider, ProviderAnswer } from './payment-provider.port.ts';
import { sampleNewPayment, sampleSoapTarget } from './sample-order.ts';

const own = { owner: 'epay21-bridge', folder: new URL('../../migrations/', import.meta.url) };
const sets = [outboxMigrations, inboxMigrations, trailMigrations, own];
const raw = { status: 200, mediaType: undefined, body: Buffer.alloc(0) };
const UNKNOWN: ProviderAnswer = { raw, outcome: 'UNKNOWN', code: 'HUB_EPAY_OUTCOME_UNKNOWN' };
const open = (): ProviderAnswer => ({
  raw,
  outcome: 'KNOWN',
  payment: { status: 'OPEN', transactionId: 'T-1', payPageUrl: 'https://pay.example/T-1' } as never,
});

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await testDatabase([{ schema: 'epay21_bridge', sets }]);
  store = database.database.open('epay21_bridge', { maxConnections: 4 });
}, 60_000);
afterEach(() => store.query('TRUNCATE payment, outbox CASCADE'));
afterAll(() => database.drop());

async function payment(): Promise<string> {
  const id = newId();
  const asked = sampleNewPayment(id);
  await store.tx((tx) => insertPayment(tx, asked, 0));
  return id;
}

/** Calls whose payment service places as it is told. */
function callsWith(
  initiate: (signal: AbortSignal) => Promise<ProviderAnswer>,
  placeMs = 60_000,
  seen: Pick<Store, 'query' | 'tx'> = store,
  isGone = false,
): ProviderCalls {
  const provider = {
    kind: 'any',
    initiate: (_target, _order, { signal }) => initiate(signal),
  } as Partial<PaymentProvider>;
  const target = { kind: isGone ? 'gone' : 'any' } as Target;
  return callsTo(provider as PaymentProvider, target, { placeMs, store: seen as Store });
}

function callsTo(
  provider: PaymentProvider,
  target: Target,
  changes: Partial<ProviderCallsOptions> = {},
): ProviderCalls {
  const archive = { prepare: async () => undefined, keep: async () => undefined } as unknown as AnswerArchive;
  return new ProviderCalls({
    store,
    directory: { current: () => ({ target: () => target }) } as unknown as Directory,
    providers: new Map([[provider.kind, provider]]),
    payeeOf: () => undefined,
    archive,
    recorder: new PaymentRecorder({ source: '/test', closes: () => false }),
    returnUrl: (token) => `https://hub.example/${token}`,
    ...{ logger: silentLogger, failpoints: noFailpoints, placeMs: 60_000 },
    ...changes,
  });
}

const never = new AbortController().signal;

test('a payment is placed by one caller at a time: by no other instance, and not by an operator who looks', async () => {
  let places = 0;
  let answer: (answer: ProviderAnswer) => void = () => undefined;
  const calls = callsWith(() => {
    places += 1;
    return new Promise((resolve) => (answer = resolve));
  });
  const id = await payment();
  const placing = calls.advance(id, never);
  while (places === 0) await new Promise((resume) => setTimeout(resume, 1));
  expect(await calls.advance(id, never)).toMatchObject({ outcome: 'WAITING', payment: { state: 'CREATED' } });
  answer(open());
  expect(await placing).toMatchObject({ outcome: 'KNOWN', payment: { state: 'INITIATED' } });
  expect(places).toBe(1);
});

test('whoever was killed while he placed it may still have his request under way: no other places it before that is over', async () => {
  const killed = callsWith(() => new Promise(() => undefined));
  const id = await payment();
  void killed.advance(id, never);
  const isClaimed = `SELECT placing_until > now() + interval '70 s' AND next_look_at >= placing_until AS claimed
    FROM payment WHERE placing_until IS NOT NULL`;
  let rows: { claimed: boolean }[] = [];
  while (rows.length === 0) rows = await store.query<{ claimed: boolean }>(isClaimed);
  expect(rows).toEqual([{ claimed: true }]);
  await store.query('UPDATE payment SET placing_until = now()');
  const next = callsWith(async () => open());
  expect(await next.advance(id, never)).toMatchObject({ outcome: 'KNOWN', payment: { state: 'INITIATED' } });
});

test('a service that hangs is given up in time, and what got an answer may be placed again at once', async () => {
  const id = await payment();
  const hanging = callsWith(
    (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(UNKNOWN), { once: true })),
    200,
  );
  expect(await hanging.advance(id, never)).toMatchObject({ outcome: 'UNKNOWN', payment: { state: 'UNKNOWN' } });
  const next = callsWith(async () => open());
  expect(await next.advance(id, never)).toMatchObject({ outcome: 'KNOWN', payment: { state: 'INITIATED' } });
});

test('who slept for longer than his claim places nothing when he wakes, and leaves the claim of another alone', async () => {
  const id = await payment();
  let places = 0;
  const provider = { kind: 'any', initiate: async () => ((places += 1), open()) } as Partial<PaymentProvider>;
  const placeMs = 200;
  const asleep = callsTo(provider as PaymentProvider, { kind: 'any' } as Target, {
    placeMs,
    // All of it sleeps, timers too.
    failpoints: { hit: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, placeMs) },
    archive: {
      prepare: async () => void (await store.query(`UPDATE payment SET placing_until = now() + interval '1 h'`)),
      keep: async () => undefined,
    } as unknown as AnswerArchive,
  });
  expect(await asleep.advance(id, never)).toMatchObject({ outcome: 'UNAVAILABLE' });
  expect(places).toBe(0);
  const isClaimed = `SELECT placing_until > now() + interval '30 min' AS claimed FROM payment`;
  expect(await store.query(isClaimed)).toEqual([{ claimed: true }]);
});

describe('a payment at a service that places twice, after a lost answer', () => {
  let service: FakeEpay21;
  let soap: Epay21SoapAdapter;
  let calls: ProviderCalls;

  beforeEach(async () => {
    service = await startFakeEpay21();
    const { target, directory } = sampleSoapTarget(service);
    soap = new Epay21SoapAdapter(directory);
    calls = callsTo(soap, target);
  });
  afterEach(async () => {
    await soap.stop();
    await service.stop();
  });

  test('is only looked for, so that a request that takes effect late stays the only one', async () => {
    service.inject({ operation: 'initiate', answer: 'reset', effect: 'late' });
    const id = await payment();
    expect(await calls.advance(id, never)).toMatchObject({ outcome: 'UNKNOWN', payment: { state: 'UNKNOWN' } });
    for (const _ of [1, 2, 3]) {
      expect(await calls.advance(id, never)).toMatchObject({ outcome: 'NOT_FOUND', payment: { state: 'UNKNOWN' } });
    }
    await service.takeLateEffects();
    const { payId } = service.payment(id);
    expect(await calls.advance(id, never)).toMatchObject({
      payment: { state: 'INITIATED', transactionId: payId, payPageUrl: `${service.origin}/pay/${payId}` },
    });
    expect([service.count('initiate'), service.books.payments.length]).toEqual([1, 1]);
  });

  test('is placed again once no service works on a request any more, five minutes later, and no later', async () => {
    service.inject({ operation: 'initiate', answer: 'reset' });
    const id = await payment();
    await calls.advance(id, never);
    // So many that the next one would come a day later.
    await store.query('UPDATE payment SET looks = 50');
    await calls.advance(id, never);
    const [row] = await store.query(
      `SELECT placing_until BETWEEN now() + interval '4 minutes' AND now() + interval '5 minutes' AS held,
         next_look_at = placing_until AS due FROM payment`,
    );
    expect(row).toEqual({ held: true, due: true });
    await store.query('UPDATE payment SET placing_until = now()');
    expect(await calls.advance(id, never)).toMatchObject({ payment: { state: 'INITIATED' } });
    expect([service.count('initiate'), service.books.payments.length]).toEqual([2, 1]);
  });
});

test('a secret that is missing fails its own payment by that code, and it is placed once the secret is there', async () => {
  const id = await payment();
  const missing = callsWith(() => Promise.reject(directoryErrors.HUB_DIRECTORY_SECRET_MISSING()));
  expect(await missing.advance(id, never)).toMatchObject({
    outcome: 'WAITING',
    payment: { state: 'CREATED', code: 'HUB_DIRECTORY_SECRET_MISSING', failures: 1 },
  });
  const next = callsWith(async () => open());
  expect(await next.advance(id, never)).toMatchObject({ outcome: 'KNOWN', payment: { state: 'INITIATED' } });
});

test('why a payment came to nothing stays, also where its target cannot be used any more', async () => {
  const id = await payment();
  await store.query(`UPDATE payment SET state = 'FAILED', code = 'HUB_EPAY_REFUSED', transaction_id = 'T-1'`);
  const gone = callsWith(async () => open(), 60_000, store, true);
  expect(await gone.advance(id, never)).toMatchObject({
    outcome: 'WAITING',
    payment: { state: 'FAILED', code: 'HUB_EPAY_REFUSED', failures: 1 },
  });
});

test('who looked before another placed it does not place it again', async () => {
  const id = await payment();
  let places = 0;
  const place = async () => ((places += 1), open());
  const other = callsWith(place);
  const late: Pick<Store, 'query' | 'tx'> = {
    query: async (sql, values) => {
      // Between the look and the claim of the one, the other has done all of it.
      if (sql.includes('SET placing_until = now()') && places === 0) await other.advance(id, never);
      return await store.query(sql, values);
    },
    tx: (work) => store.tx(work),
  };
  expect(await callsWith(place, 60_000, late).advance(id, never)).toMatchObject({ outcome: 'WAITING' });
  expect(places).toBe(1);
});

test('placing that was given up before anything left is a failure that counts, so that the payment may end', async () => {
  const id = await payment();
  const slow = (signal: AbortSignal) =>
    new Promise<ProviderAnswer>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    );
  expect(await callsWith(slow, 20).advance(id, never)).toMatchObject({
    outcome: 'UNAVAILABLE',
    payment: { state: 'CREATED', code: 'HUB_EPAY_INTERRUPTED', failures: 1 },
  });
  await store.query(`UPDATE payment SET expires_at = now() - interval '1 hour'`);
  expect(await callsWith(slow, 20).advance(id, never)).toMatchObject({ payment: { state: 'EXPIRED' } });
});
