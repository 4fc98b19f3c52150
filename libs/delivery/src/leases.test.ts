import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { DeliveryFailure, deliveryErrors } from './errors.ts';
import { SampleService, sampleMigrations } from './sample-service.ts';
import type { DeliveryWork, Outcome } from './target-adapter.port.ts';

let database: TestDatabase;
let sample: SampleService;

beforeAll(async () => {
  database = await testDatabase(sampleMigrations);
  sample = new SampleService(database.database.open('sample', { maxConnections: 8 }));
}, 60_000);
afterEach(async () => await sample.clear());
afterAll(async () => await database.drop());

test('a worker silent past its lease loses the delivery: probed by another, its late result recorded as fenced', async () => {
  let release = (_: Outcome): void => undefined;
  sample.send = () => new Promise((resolve) => (release = resolve));
  sample.ask = () => Promise.resolve({ verdict: 'EFFECTIVE', outcome: { state: 'AWAITING_RECEIPT' } });
  const [id] = await sample.queue({});
  sample.engine();
  await sample.until(() => sample.sent.length === 1);
  await sample.leasesExpire();
  await sample.untilState(id!, 'AWAITING_RECEIPT');
  release({ state: 'DELIVERED' });
  await sample.until(() => sample.attempts.some(({ fenced }) => fenced));
  expect((await sample.find(id!)).state).toBe('AWAITING_RECEIPT');
  expect(sample.sent).toHaveLength(1);
  const { attempts } = await sample.operations.get(id!);
  const seen = attempts.map((attempt) => `${attempt.class} ${attempt.fenced}`);
  expect(seen.toSorted()).toEqual(['IN_DOUBT false', 'OK true', 'PROBED_EFFECTIVE false']);
});

test('what is under way is given up when its lease is over, though nobody says so: another may do it by now', async () => {
  const givenUp = new Promise<unknown>((tell) => {
    sample.send = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => (tell(signal.reason), reject(signal.reason as Error)));
      });
  });
  const [id] = await sample.queue({});
  sample.engine({ leaseMs: 300 });
  await sample.until(() => sample.sent.length === 1);
  await sample.store.tx(async (tx) => {
    // Nobody can prolong it, and nobody can take it over.
    await tx.query('SELECT 1 FROM delivery WHERE id = $1 FOR UPDATE', [id]);
    expect(await givenUp).toMatchObject({ code: 'HUB_DELIVERY_FENCED' });
  });
  await sample.until(() => sample.asked.length === 1);
});

test('a process that slept past its lease has no further effect when it wakes', async () => {
  const effects: string[] = [];
  const refused: unknown[] = [];
  sample.send = async (work) => {
    const lastByte = () => {
      // All of it sleeps, timers too.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
      work.requireLease();
      effects.push('last byte');
    };
    try {
      lastByte();
    } catch (error) {
      refused.push(error);
    }
    await work.step('hand-over', async () => (effects.push('hand-over'), null));
    return { state: 'DELIVERED' };
  };
  await sample.queue({});
  sample.engine({ leaseMs: 300 });
  await sample.until(() => sample.asked.length === 1);
  expect(refused).toMatchObject([{ code: 'HUB_DELIVERY_FENCED' }]);
  expect(effects).toEqual([]);
});

test('probes that were lost with their workers are repeated within seconds, however many', async () => {
  sample.send = () => Promise.reject(new Error('cut'));
  sample.ask = () => new Promise(() => undefined);
  const [id] = await sample.queue({});
  const engine = sample.engine({ pollMs: 3_600_000 });
  for (let lost = 1; lost <= 5; lost += 1) {
    await sample.until(() => sample.asked.length === lost);
    await sample.leasesExpire();
    await engine.sweep();
    const { state, failures, nextAt, updatedAt } = await sample.find(id!);
    expect({ state, failures }).toEqual({ state: 'IN_DOUBT', failures: 0 });
    expect(nextAt!.getTime() - updatedAt.getTime()).toBeLessThan(15_000);
    await sample.timePasses();
    engine.wake();
  }
});

test('what a worker says of its target after it lost its lease changes nothing there', async () => {
  sample.send = ({ signal }) =>
    new Promise((_, reject) => {
      const refused = () => reject(new DeliveryFailure('AUTH', { code: 'LOGIN_REFUSED' }));
      signal.addEventListener('abort', refused);
    });
  const [id] = await sample.queue({});
  const engine = sample.engine({ leaseMs: 1_000 });
  await sample.until(() => sample.sent.length === 1);
  while ((await sample.find(id!)).state === 'IN_FLIGHT') {
    await sample.leasesExpire();
    await engine.sweep();
  }
  await sample.until(() => sample.attempts.some(({ fenced }) => fenced));
  expect(await sample.operations.targets()).toMatchObject([{ paused: false, breaker: { failures: 0 } }]);
});

test('a worker that lost its lease begins no further step, and what a step gave under an old fence is not stored', async () => {
  let lost = (): void => undefined;
  const paused = new Promise<void>((resolve) => (lost = resolve));
  const ran: string[] = [];
  let refused: unknown;
  sample.send = async (work: DeliveryWork) => {
    try {
      await work.step('package', async () => (ran.push('package'), await paused, null));
      await work.step('hand-over', async () => (ran.push('hand-over'), null));
    } catch (error) {
      refused = error;
      throw error;
    }
    return { state: 'DELIVERED' };
  };
  const [id] = await sample.queue({});
  sample.engine();
  await sample.until(() => sample.sent.length === 1);
  await sample.leasesExpire();
  await sample.untilState(id!, 'IN_DOUBT');
  lost();
  await sample.until(() => sample.attempts.some(({ fenced }) => fenced));
  expect(refused).toMatchObject({ code: deliveryErrors.HUB_DELIVERY_FENCED().code });
  expect(ran).toEqual(['package']);
  expect((await sample.operations.get(id!)).exchanges[0]!.steps).toEqual([]);
});
