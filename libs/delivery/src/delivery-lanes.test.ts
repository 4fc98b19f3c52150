import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { DeliveryFailure } from './errors.ts';
import { SampleService, sampleMigrations } from './sample-service.ts';
import type { Outcome } from './target-adapter.port.ts';

let database: TestDatabase;
let sample: SampleService;

beforeAll(async () => {
  database = await testDatabase(sampleMigrations);
  sample = new SampleService(database.database.open('sample', { maxConnections: 12 }));
}, 60_000);
afterEach(async () => await sample.clear());
afterAll(async () => await database.drop());

const lane = 'case-1';

describe('lanes', () => {
  test('deliveries of one case go one after the other, others pass them', async () => {
    const order: string[] = [];
    let underWay = 0;
    sample.send = async ({ delivery }) => {
      if (delivery.lane === lane) {
        underWay += 1;
        expect(underWay).toBe(1);
        order.push(delivery.id);
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
      }
      return { state: 'AWAITING_RESULT' };
    };
    const ids = await sample.queue({ lane }, {}, { lane }, { lane }, {}, { lane });
    sample.engine();
    sample.engine();
    await sample.until(() => sample.attempts.length === 6);
    expect(order).toEqual([ids[0], ids[2], ids[3], ids[5]]);
  });

  test('a parked delivery holds its lane until it is cancelled', async () => {
    sample.send = ({ delivery }) =>
      delivery.id === first
        ? Promise.reject(new DeliveryFailure('PERMANENT', { code: 'NO' }))
        : Promise.resolve({ state: 'DELIVERED' });
    const [first, second] = await sample.queue({ lane }, { lane });
    const [other] = await sample.queue({});
    sample.engine();
    await sample.untilState(first!, 'PARKED');
    await sample.untilState(other!, 'DELIVERED');
    expect((await sample.find(second!)).state).toBe('QUEUED');
    await sample.operations.cancel(first!, { actor: 'anna' });
    await sample.untilState(second!, 'DELIVERED');
  });

  test('what opens a case and came late goes ahead of those that waited or failed for want of it', async () => {
    const first = randomUUID();
    let isOpen = false;
    sample.send = async ({ delivery }) => {
      isOpen ||= delivery.id === first;
      if (!isOpen) throw new DeliveryFailure('PERMANENT', { code: 'NO_CASE' });
      return { state: 'DELIVERED' };
    };
    const [second, third] = await sample.queue({ lane }, { lane });
    sample.engine();
    await sample.untilState(second!, 'PARKED');
    await sample.queue({ id: first, lane, opensLane: true });
    await sample.untilState(first, 'DELIVERED');
    expect((await sample.find(third!)).state).toBe('QUEUED');
    await sample.operations.replay(second!, { actor: 'anna' });
    await sample.untilState(third!, 'DELIVERED');
    expect(sample.sent).toEqual([second, first, second, third]);
  });

  test('what opens a case and comes first has its place in the order of all', async () => {
    const [first, other] = await sample.queue({ lane, opensLane: true }, { lane, opensLane: true });
    const places = `SELECT position FROM delivery WHERE id = ANY ($1::uuid[]) ORDER BY id`;
    const rows = await sample.store.query<{ position: number }>(places, [[first, other]]);
    expect(rows.every(({ position }) => position > 0)).toBe(true);
  });

  test('where the target says so, a parked delivery is passed', async () => {
    sample.settings.set('dms', { kind: 'sample', parkedLane: 'skip' });
    sample.send = ({ delivery }) =>
      delivery.id === first
        ? Promise.reject(new DeliveryFailure('PERMANENT', { code: 'NO' }))
        : Promise.resolve({ state: 'DELIVERED' });
    const [first, second] = await sample.queue({ lane }, { lane });
    sample.engine();
    await sample.untilState(second!, 'DELIVERED');
    expect((await sample.find(first!)).state).toBe('PARKED');
  });

  test('the next waits for the receipt of the one before', async () => {
    sample.send = () => Promise.resolve({ state: 'AWAITING_RECEIPT' });
    const [first, second] = await sample.queue({ lane }, { lane });
    const engine = sample.engine();
    const { exchangeId } = await sample.untilState(first!, 'AWAITING_RECEIPT');
    await engine.sweep();
    expect(sample.sent).toEqual([first]);
    const reply = { exchangeId, tenant: 'musterstadt', target: 'dms', kind: 'receipt' } as const;
    await sample.store.tx((tx) => sample.replies.apply(tx, reply));
    await sample.untilState(second!, 'AWAITING_RECEIPT');
    expect(sample.sent).toEqual([first, second]);
  });

  const answered = async (id: string, kind: 'receipt' | 'result' | 'rejection') => {
    const { exchangeId } = await sample.find(id);
    const reply = { exchangeId, tenant: 'musterstadt', target: 'dms', code: 'NO', kind };
    await sample.store.tx((tx) => sample.replies.apply(tx, reply));
  };

  test('one that needs a result waits for it, while others of its lane pass at the receipt', async () => {
    sample.send = () => Promise.resolve({ state: 'AWAITING_RECEIPT' });
    const [first, needing] = await sample.queue({ lane }, { lane, awaitsResult: true });
    const engine = sample.engine();
    await sample.untilState(first!, 'AWAITING_RECEIPT');
    await answered(first!, 'receipt');
    await engine.sweep();
    expect((await sample.find(needing!)).state).toBe('QUEUED');
    await answered(first!, 'result');
    await sample.untilState(needing!, 'AWAITING_RECEIPT');
    expect(sample.sent).toEqual([first, needing]);
  });

  test('one that needs a result waits for none where the lane has none to come', async () => {
    const [alone] = await sample.queue({ lane, awaitsResult: true });
    sample.engine();
    await sample.untilState(alone!, 'AWAITING_RESULT');
  });

  test('one that needs a result goes on when the one before it is cancelled, and stays while it is refused', async () => {
    const [first, needing] = await sample.queue({ lane }, { lane, awaitsResult: true });
    const engine = sample.engine();
    await sample.untilState(first!, 'AWAITING_RESULT');
    await answered(first!, 'rejection');
    await engine.sweep();
    expect((await sample.find(needing!)).state).toBe('QUEUED');
    await sample.operations.cancel(first!, { actor: 'anna' });
    await sample.untilState(needing!, 'AWAITING_RESULT');
  });

  test('one that is sent again keeps its place: what needs its result waits for the new one', async () => {
    const [first, needing] = await sample.queue({ lane }, { lane, awaitsResult: true });
    sample.engine();
    await sample.untilState(first!, 'AWAITING_RESULT');
    const again = await sample.operations.sendAgain(first!, { actor: 'anna', reason: 'restored from a backup' });
    await sample.untilState(again.id, 'AWAITING_RESULT');
    await answered(again.id, 'result');
    await sample.untilState(needing!, 'AWAITING_RESULT');
    expect(sample.sent).toEqual([first, again.id, needing]);
  });

  test('many engines never send one that needs a result before that result', async () => {
    const states: string[] = [];
    sample.send = async ({ delivery }) => {
      const before = ids.slice(0, ids.indexOf(delivery.id));
      for (const id of before) states.push((await sample.find(id)).state);
      return { state: 'AWAITING_RESULT' };
    };
    const ids = await sample.queue(...Array.from({ length: 5 }, () => ({ lane, awaitsResult: true })));
    const engines = [sample.engine(), sample.engine(), sample.engine()];
    for (const id of ids) {
      await sample.untilState(id, 'AWAITING_RESULT');
      for (const engine of engines) await engine.sweep();
      await answered(id, 'result');
    }
    expect(states).toEqual(Array.from({ length: 10 }, () => 'CONFIRMED'));
  });
});

describe('targets', () => {
  test('a dead target keeps no other from being served', async () => {
    const hanging: ((outcome: Outcome) => void)[] = [];
    sample.send = ({ delivery }) =>
      delivery.target === 'dead'
        ? new Promise((resolve) => hanging.push(resolve))
        : Promise.resolve({ state: 'DELIVERED' });
    await sample.queue(...Array.from({ length: 40 }, () => ({ target: 'dead' })));
    const healthy = await sample.queue(...Array.from({ length: 40 }, () => ({ target: 'healthy' })));
    sample.engine();
    await sample.until(() => sample.attempts.length === 40);
    expect(sample.attempts.map(({ deliveryId }) => deliveryId).toSorted()).toEqual([...healthy].toSorted());
    expect(hanging.length).toBeLessThanOrEqual(4);
    hanging.forEach((resolve) => resolve({ state: 'DELIVERED' }));
  });

  test('concurrency of a target holds over all processes', async () => {
    sample.settings.set('dms', { kind: 'sample', concurrency: 3 });
    let underWay = 0;
    let most = 0;
    sample.send = async () => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return { state: 'DELIVERED' };
    };
    await sample.queue(...Array.from({ length: 60 }, () => ({})));
    for (let engines = 0; engines < 3; engines += 1) sample.engine();
    await sample.until(() => sample.attempts.length === 60);
    expect(most).toBeLessThanOrEqual(3);
    expect(new Set(sample.sent).size).toBe(60);
    expect(sample.sent).toHaveLength(60);
  });

  test('a rate is not exceeded', async () => {
    sample.settings.set('dms', { kind: 'sample', rate: { count: 5, perSeconds: 3_600 } });
    await sample.queue(...Array.from({ length: 20 }, () => ({})));
    await sample.queue({ target: 'other' });
    const engine = sample.engine();
    await sample.until(() => sample.attempts.length === 6);
    await engine.sweep();
    await engine.stop();
    expect(sample.sent).toHaveLength(6);
  });

  test('the breaker of a failing target opens, and one delivery tries whether it is back', async () => {
    let down = true;
    sample.send = () =>
      down
        ? Promise.reject(new DeliveryFailure('TRANSIENT', { code: 'DOWN' }))
        : Promise.resolve({ state: 'DELIVERED' });
    sample.settings.set('dms', { kind: 'sample', concurrency: 1 });
    const ids = await sample.queue(...Array.from({ length: 10 }, () => ({})));
    const engine = sample.engine();
    await sample.until(() => sample.attempts.length === 5);
    expect(await sample.operations.targets()).toMatchObject([{ breaker: { state: 'OPEN' } }]);
    await sample.store.query(`UPDATE target_state SET breaker_until = now()`);
    await sample.timePasses();
    await sample.until(() => sample.attempts.length === 6);
    await engine.sweep();
    expect(sample.attempts).toHaveLength(6);
    expect(await sample.operations.targets()).toMatchObject([{ breaker: { state: 'OPEN', openings: 2 } }]);
    down = false;
    await sample.store.query(`UPDATE target_state SET breaker_until = now()`);
    await sample.timePasses();
    await sample.until(() => sample.attempts.length === 16);
    for (const id of ids) expect((await sample.find(id)).state).toBe('DELIVERED');
    expect(await sample.operations.targets()).toMatchObject([{ breaker: { state: 'CLOSED', failures: 0 } }]);
  });

  test('time with the breaker open burns no budget', async () => {
    sample.send = () => Promise.reject(new DeliveryFailure('TRANSIENT', { code: 'DOWN' }));
    const [id] = await sample.queue({});
    sample.engine();
    for (let tries = 3; tries <= 5; tries += 1) {
      await sample.until(() => sample.attempts.length === tries);
      await sample.timePasses();
    }
    const { budgetUsedMs } = await sample.find(id!);
    await sample.store.query(
      `UPDATE target_state SET breaker_until = now(), closed_since = closed_since - interval '100 hours'`,
    );
    await sample.store.query(`UPDATE delivery SET budget_mark = budget_mark - 100 * 3600000.0, next_at = now()`);
    await sample.until(() => sample.attempts.length === 6);
    const after = await sample.find(id!);
    expect(after.state).toBe('RETRY_WAIT');
    expect(after.budgetUsedMs).toBeLessThan(budgetUsedMs + 60_000);
  });
});
