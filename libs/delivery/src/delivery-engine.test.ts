import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Store, storeErrors } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { DeliveryFailure } from './errors.ts';
import { SampleService, sampleMigrations } from './sample-service.ts';
import type { Outcome } from './target-adapter.port.ts';

let database: TestDatabase;
let sample: SampleService;

beforeAll(async () => {
  database = await testDatabase(sampleMigrations);
  sample = new SampleService(database.database.open('sample', { maxConnections: 8 }));
}, 60_000);
afterEach(async () => await sample.clear());
afterAll(async () => await database.drop());

const fail =
  (failure: ConstructorParameters<typeof DeliveryFailure>[0], code = 'TARGET_SAYS_NO', retryAfterSeconds?: number) =>
  () =>
    Promise.reject(new DeliveryFailure(failure, { code, ...(retryAfterSeconds ? { retryAfterSeconds } : {}) }));

describe('sending', () => {
  test('a queued delivery is sent once, and each change of state is told in order', async () => {
    const [id] = await sample.queue({});
    sample.engine();
    const delivery = await sample.untilState(id!, 'AWAITING_RESULT');
    expect(delivery.dueAt!.getTime()).toBeGreaterThan(Date.now() + 4 * 86_400_000);
    expect(sample.sent).toEqual([id]);
    expect((await sample.events()).map(({ state, sequence }) => [state, sequence])).toEqual([
      ['QUEUED', 0],
      ['IN_FLIGHT', 1],
      ['AWAITING_RESULT', 2],
    ]);
    expect((await sample.trail()).map(({ kind }) => kind)).toEqual([
      'delivery.queued',
      'delivery.claimed',
      'delivery.awaiting-result',
    ]);
    expect(sample.attempts).toMatchObject([{ class: 'OK', trigger: 'NEW', fenced: false }]);
  });

  test('how it was sent is kept in the trail where the adapter says so', async () => {
    sample.send = () => Promise.resolve({ state: 'DELIVERED', details: { replaced: 2, paths: ['/a[1]'] } });
    const [id] = await sample.queue({});
    sample.engine();
    await sample.untilState(id!, 'DELIVERED');
    expect((await sample.trail()).at(-1)).toMatchObject({
      kind: 'delivery.delivered',
      details: { target: 'dms', replaced: 2, paths: ['/a[1]'] },
    });
  });

  test('the same natural key is queued once', async () => {
    const submissionId = '0198f000-0000-7000-8000-000000000001';
    expect(await sample.queue({ submissionId })).toHaveLength(1);
    expect(await sample.queue({ submissionId })).toHaveLength(0);
  });

  test('a retry goes on where the last try stopped, in the same exchange', async () => {
    const runs: string[] = [];
    const exchanges = new Set<string>();
    sample.send = async (work) => {
      exchanges.add(work.exchange.id);
      const name = await work.step('package', async () => (runs.push('package'), 'package.zip'));
      if (runs.length < 2) {
        runs.push('down');
        throw new DeliveryFailure('TRANSIENT', { code: 'DOWN' });
      }
      await work.step('hand-over', async () => (runs.push(name), null));
      return { state: 'DELIVERED' };
    };
    const [id] = await sample.queue({});
    sample.engine();
    await sample.untilState(id!, 'DELIVERED');
    expect(runs).toEqual(['package', 'down', 'package.zip']);
    expect(exchanges.size).toBe(1);
  });

  test('tries twice at once, then waits', async () => {
    sample.send = fail('TRANSIENT');
    const [id] = await sample.queue({});
    sample.engine();
    await sample.until(() => sample.attempts.length === 3);
    const delivery = await sample.find(id!);
    expect(delivery).toMatchObject({ state: 'RETRY_WAIT', failures: 3, code: 'TARGET_SAYS_NO' });
    expect(delivery.nextAt!.getTime() - delivery.updatedAt.getTime()).toBe(10_000);
  });

  test('parks after 72 hours of open time, not before', async () => {
    sample.send = fail('TRANSIENT');
    const [id] = await sample.queue({});
    sample.engine();
    await sample.until(() => sample.attempts.length === 3);
    await sample.store.query(`UPDATE delivery SET budget_mark = budget_mark - 71.9 * 3600000`);
    await sample.timePasses();
    await sample.until(() => sample.attempts.length === 4);
    expect((await sample.find(id!)).state).toBe('RETRY_WAIT');
    await sample.store.query(`UPDATE delivery SET budget_mark = budget_mark - 0.2 * 3600000`);
    await sample.timePasses();
    await sample.untilState(id!, 'PARKED');
  });

  test('doubts that end without effect burn the budget too', async () => {
    sample.send = () => Promise.reject(new TypeError('undefined is not a function'));
    sample.ask = () => Promise.resolve({ verdict: 'NOT_EFFECTIVE' });
    const [id] = await sample.queue({});
    sample.engine();
    await sample.until(() => sample.attempts.length === 6);
    expect((await sample.find(id!)).state).toBe('RETRY_WAIT');
    await sample.store.query(`UPDATE delivery SET budget_mark = budget_mark - 72.1 * 3600000`);
    await sample.timePasses();
    const { code, fingerprint } = await sample.untilState(id!, 'PARKED');
    expect(code).toBe('HUB_DELIVERY_UNEXPECTED');
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(sample.sent).toHaveLength(4);
  });

  test('what only a change can help is parked at once, the same causes under one fingerprint', async () => {
    sample.send = fail('PERMANENT', 'TOO_LARGE');
    const [one, two] = await sample.queue({}, {});
    sample.engine();
    const parked = [await sample.untilState(one!, 'PARKED'), await sample.untilState(two!, 'PARKED')];
    expect(parked[0]!.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(parked[0]!.fingerprint).toBe(parked[1]!.fingerprint);
    expect(sample.sent).toHaveLength(2);
  });

  test('Retry-After of the target holds the whole target', async () => {
    sample.settings.set('dms', { kind: 'sample', concurrency: 1 });
    sample.send = fail('RATE_LIMITED', 'SLOW_DOWN', 3_600);
    const [one] = await sample.queue({}, {});
    const engine = sample.engine();
    const delivery = await sample.untilState(one!, 'RETRY_WAIT');
    expect(delivery.nextAt!.getTime() - delivery.updatedAt.getTime()).toBeGreaterThanOrEqual(3_600_000);
    await engine.stop();
    expect(sample.sent).toHaveLength(1);
  });

  test('wrong credentials pause the target and burn no budget; resuming goes on', async () => {
    sample.send = fail('AUTH', 'LOGIN_REFUSED');
    const [id] = await sample.queue({});
    sample.engine();
    const delivery = await sample.untilState(id!, 'RETRY_WAIT');
    expect(delivery).toMatchObject({ failures: 0, budgetUsedMs: 0 });
    expect(await sample.operations.targets()).toMatchObject([
      { target: 'dms', paused: true, pauseReason: 'LOGIN_REFUSED' },
    ]);
    sample.send = () => Promise.resolve({ state: 'DELIVERED' });
    await sample.operations.resumeTarget({ tenant: 'musterstadt', target: 'dms' }, { actor: 'anna' });
    await sample.untilState(id!, 'DELIVERED');
    expect((await sample.trail()).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['target.paused', 'target.resumed']),
    );
  });
});

test('an engine that cannot listen at first tries again', async () => {
  const { store } = sample;
  let tries = 0;
  const listening: Store = {
    schema: store.schema,
    query: (text, params) => store.query(text, params),
    tx: (work) => store.tx(work),
    lock: (name) => store.lock(name),
    close: () => store.close(),
    listen: async (channel, wake) => {
      tries += 1;
      if (tries === 1) throw storeErrors.HUB_STORE_UNREACHABLE();
      return await store.listen(channel, wake);
    },
  };
  const engine = sample.engine({ store: listening, pollMs: 10 });
  while (tries < 2) await pause(10);
  await engine.stop();
  expect(tries).toBe(2);
});

describe('doubt', () => {
  test('an error nobody foresaw is probed before anything is sent again', async () => {
    sample.send = () => Promise.reject(new TypeError('undefined is not a function'));
    const [id] = await sample.queue({});
    sample.engine();
    await sample.until(() => sample.attempts.length === 2);
    expect(sample.attempts.map((attempt) => attempt.class)).toEqual(['IN_DOUBT', 'PROBED_UNKNOWN']);
    const delivery = await sample.find(id!);
    expect(delivery.state).toBe('IN_DOUBT');
    expect(delivery.nextAt).toBeUndefined();
    expect(sample.sent).toHaveLength(1);
  });

  test('a probe that found no effect leads to another try, in the same exchange', async () => {
    const exchanges: string[] = [];
    sample.send = (work) => {
      exchanges.push(work.exchange.id);
      return exchanges.length === 1 ? Promise.reject(new Error('cut')) : Promise.resolve({ state: 'DELIVERED' });
    };
    sample.ask = () => Promise.resolve({ verdict: 'NOT_EFFECTIVE' });
    const [id] = await sample.queue({});
    sample.engine();
    await sample.untilState(id!, 'DELIVERED');
    expect(exchanges).toHaveLength(2);
    expect(new Set(exchanges).size).toBe(1);
  });

  test('a probe that only a change can help is not repeated: a person decides, and sees why', async () => {
    sample.send = () => Promise.reject(new Error('cut'));
    sample.ask = fail('PERMANENT', 'NOT_ALLOWED_TO_ASK');
    const [id] = await sample.queue({});
    sample.engine();
    await sample.until(() => sample.attempts.length === 2);
    const delivery = await sample.find(id!);
    expect(delivery).toMatchObject({ state: 'IN_DOUBT', code: 'NOT_ALLOWED_TO_ASK' });
    expect(delivery.nextAt).toBeUndefined();
    expect((await sample.trail()).map(({ kind }) => kind)).toContain('delivery.probed-unknown');
  });
});

describe('time', () => {
  test('an answer that does not come is told once, and nothing is sent again', async () => {
    const [id] = await sample.queue({});
    const engine = sample.engine();
    await sample.untilState(id!, 'AWAITING_RESULT');
    await sample.store.query(`UPDATE delivery SET due_at = now() - interval '1 second'`);
    await engine.sweep();
    await engine.sweep();
    expect(await sample.find(id!)).toMatchObject({ state: 'AWAITING_RESULT', overdue: true });
    expect((await sample.events()).map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3]);
    expect(await sample.operations.list({ overdue: true })).toHaveLength(1);
    expect(sample.sent).toHaveLength(1);
  });

  test('stopping waits for what is under way', async () => {
    let release = (_: Outcome): void => undefined;
    sample.send = () => new Promise((resolve) => (release = resolve));
    const [id] = await sample.queue({});
    const engine = sample.engine();
    await sample.until(() => sample.sent.length === 1);
    const stopped = engine.stop();
    release({ state: 'DELIVERED' });
    await stopped;
    expect((await sample.find(id!)).state).toBe('DELIVERED');
  });

  test('what is not done when the time to stop is over is given back in doubt, and another probes it at once', async () => {
    sample.send = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    sample.ask = () => Promise.resolve({ verdict: 'EFFECTIVE', outcome: { state: 'DELIVERED' } });
    const [id] = await sample.queue({});
    const engine = sample.engine();
    await sample.until(() => sample.sent.length === 1);
    await engine.stop(0);
    expect(await sample.operations.targets()).toMatchObject([{ breaker: { failures: 0 } }]);
    // The lease would hold for a minute.
    sample.engine();
    await sample.untilState(id!, 'DELIVERED');
    expect(sample.attempts.map(({ class: how, fenced }) => [how, fenced])).toEqual([
      ['IN_DOUBT', false],
      ['PROBED_EFFECTIVE', false],
    ]);
  });

  test('stopping waits as well for what a claim brings that was under way', async () => {
    let stopped: Promise<void> | undefined;
    let abandoned: boolean | undefined;
    sample.send = async ({ signal }) => {
      await sample.store.query('SELECT 1');
      abandoned = signal.aborted;
      return { state: 'DELIVERED' };
    };
    const [id] = await sample.queue({});
    const failpoints = { hit: (name: string) => void (name === 'delivery.after-claim' && (stopped = engine.stop())) };
    const engine = sample.engine({ failpoints });
    await sample.until(() => sample.sent.length === 1);
    await stopped;
    expect(abandoned).toBe(false);
    expect((await sample.find(id!)).state).toBe('DELIVERED');
  });
});
