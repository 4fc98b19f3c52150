import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@ozg-hub/core';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { DeliveryOperations } from './delivery-operations.ts';
import { DeliveryFailure } from './errors.ts';
import { pruneDeliveries } from './pruner.ts';
import { SampleService, sampleMigrations } from './sample-service.ts';

let database: TestDatabase;
let sample: SampleService;

beforeAll(async () => {
  database = await testDatabase(sampleMigrations);
  sample = new SampleService(database.database.open('sample', { maxConnections: 8 }));
}, 60_000);
afterEach(async () => await sample.clear());
afterAll(async () => await database.drop());

const anna = { actor: 'anna' };
const failing =
  (failure: ConstructorParameters<typeof DeliveryFailure>[0], code = 'NO') =>
  () =>
    Promise.reject(new DeliveryFailure(failure, { code }));

async function parked(count: number): Promise<readonly string[]> {
  sample.send = failing('PERMANENT');
  const ids = await sample.queue(...Array.from({ length: count }, () => ({})));
  const engine = sample.engine();
  await sample.until(() => sample.attempts.length === count);
  await engine.stop();
  sample.attempts.length = 0;
  return ids;
}

describe('replay', () => {
  test('from PARKED at once, in the same exchange, with actor in the trail', async () => {
    const [id] = await parked(1);
    const before = await sample.find(id!);
    expect(await sample.operations.replay(id!, anna)).toMatchObject({
      state: 'QUEUED',
      exchangeId: before.exchangeId,
      attempts: 1,
    });
    expect((await sample.trail()).at(-1)).toMatchObject({ kind: 'delivery.replayed', actor: 'anna', state: 'QUEUED' });
    sample.send = () => Promise.resolve({ state: 'DELIVERED' });
    sample.engine();
    const done = await sample.untilState(id!, 'DELIVERED');
    expect(done.code).toBeUndefined();
    expect(sample.attempts).toMatchObject([{ trigger: 'REPLAY' }]);
  });

  test('after REJECTED the next exchange is opened', async () => {
    sample.send = failing('REJECTED', 'R-1');
    const [id] = await sample.queue({});
    const engine = sample.engine();
    const before = await sample.untilState(id!, 'REJECTED');
    await engine.stop();
    const after = await sample.operations.replay(id!, anna);
    expect(after.exchangeNumber).toBe(2);
    expect(after.exchangeId).not.toBe(before.exchangeId);
    expect((await sample.operations.get(id!)).exchanges.map(({ number }) => number)).toEqual([1, 2]);
  });

  test('refused from DELIVERED and CONFIRMED', async () => {
    sample.send = ({ delivery }) => Promise.resolve({ state: delivery.purpose === 'a' ? 'DELIVERED' : 'CONFIRMED' });
    const ids = await sample.queue({ purpose: 'a' }, { purpose: 'b' });
    sample.engine();
    await sample.until(() => sample.attempts.length === 2);
    for (const id of ids) {
      const request = { actor: 'anna', reason: 'lost' };
      await expect(sample.operations.replay(id, request)).rejects.toMatchObject({ code: 'HUB_ALREADY_EFFECTIVE' });
    }
  });

  test('out of doubt needs a reason, and asks the target first', async () => {
    sample.send = failing('IN_DOUBT', 'CUT');
    const [id] = await sample.queue({});
    const engine = sample.engine();
    await sample.until(() => sample.attempts.length === 2);
    await engine.stop();
    await expect(sample.operations.replay(id!, anna)).rejects.toMatchObject({ code: 'HUB_DELIVERY_REASON_REQUIRED' });
    const because = { actor: 'anna', reason: 'DMS has no such package' };
    sample.ask = () => Promise.resolve({ verdict: 'EFFECTIVE', outcome: { state: 'AWAITING_RESULT' } });
    await expect(sample.operations.replay(id!, because)).rejects.toMatchObject({ code: 'HUB_ALREADY_EFFECTIVE' });
    expect((await sample.find(id!)).state).toBe('AWAITING_RESULT');
    sample.ask = () => Promise.reject(new Error('unreachable'));
    expect(await sample.operations.replay(id!, because)).toMatchObject({ state: 'QUEUED', exchangeNumber: 2 });
    const { attempts } = await sample.operations.get(id!);
    expect(attempts.map((attempt) => attempt.class)).toEqual([
      'IN_DOUBT',
      'PROBED_UNKNOWN',
      'PROBED_EFFECTIVE',
      'IN_DOUBT',
    ]);
    expect(attempts.at(-1)!.actor).toBe('anna');
  });

  test('is refused where a reply arrived while the target was asked: what it has is never sent again', async () => {
    sample.send = failing('IN_DOUBT', 'CUT');
    const [id] = await sample.queue({});
    const engine = sample.engine();
    await sample.until(() => sample.attempts.length === 2);
    await engine.stop();
    sample.ask = async ({ exchange }) => {
      const receipt = { exchangeId: exchange.id, tenant: 'musterstadt', target: 'dms', kind: 'receipt' } as const;
      await sample.store.tx((tx) => sample.replies.apply(tx, receipt));
      return { verdict: 'UNKNOWN' };
    };
    const because = { actor: 'anna', reason: 'DMS has no such package' };
    await expect(sample.operations.replay(id!, because)).rejects.toMatchObject({ code: 'HUB_DELIVERY_TRANSITION' });
    expect(await sample.find(id!)).toMatchObject({ state: 'AWAITING_RESULT', exchangeNumber: 1 });
  });

  test('that finds the delivery effective leaves it waiting with a due time, as any other hand-over', async () => {
    sample.send = failing('IN_DOUBT', 'CUT');
    const [id] = await sample.queue({});
    const engine = sample.engine();
    await sample.until(() => sample.attempts.length === 2);
    await engine.stop();
    sample.ask = () => Promise.resolve({ verdict: 'EFFECTIVE', outcome: { state: 'AWAITING_RECEIPT' } });
    const because = { actor: 'anna', reason: 'DMS has no such package' };
    await expect(sample.operations.replay(id!, because)).rejects.toMatchObject({ code: 'HUB_ALREADY_EFFECTIVE' });
    const found = await sample.find(id!);
    expect(found).toMatchObject({ state: 'AWAITING_RECEIPT', dueAt: expect.any(Date) });
    expect(found.code).toBeUndefined();
  });

  test('with the current directory re-pins and tells what differs', async () => {
    const [id] = await parked(1);
    await expect(sample.operations.replay(id!, { ...anna, directory: 'current' })).rejects.toMatchObject({
      code: 'HUB_DELIVERY_DIRECTORY_UNAVAILABLE',
    });
    const reference = { envelopeRef: 'e', directoryVersion: 'new' };
    const operations = new DeliveryOperations({
      ...sample,
      store: sample.store,
      service: 'sample',
      adapters: [sample],
      directory: sample.directory,
      logger: sample.logger,
      repin: () =>
        Promise.resolve({ reference, differences: [{ path: 'ablage.aktenplaneinheit', from: '1', to: '2' }] }),
    });
    expect(await operations.replay(id!, { ...anna, directory: 'current' })).toMatchObject({ reference });
    expect((await sample.trail()).at(-1)!.details).toMatchObject({ differences: ['ablage.aktenplaneinheit'] });
    // steps done by the former rules would be taken over by the same exchange
    expect(await sample.find(id!)).toMatchObject({ exchangeNumber: 2 });
  });
});

const replayOfNone = async () => (await sample.replays.begin({ code: 'NONE' }, { ...anna, reason: 'mended' })).id;

describe('other operations', () => {
  test('send-again makes a new delivery that supersedes', async () => {
    sample.send = () => Promise.resolve({ state: 'CONFIRMED', aktenzeichen: '1' });
    const [id] = await sample.queue({});
    sample.engine();
    await sample.untilState(id!, 'CONFIRMED');
    await expect(sample.operations.sendAgain(id!, anna)).rejects.toMatchObject({
      code: 'HUB_DELIVERY_REASON_REQUIRED',
    });
    const again = await sample.operations.sendAgain(id!, { actor: 'anna', reason: 'DMS lost it' });
    expect(again).toMatchObject({ supersedes: id });
    expect(await sample.find(id!)).toMatchObject({ state: 'SUPERSEDED', supersededBy: again.id });
    await sample.untilState(again.id, 'CONFIRMED');
  });

  test('what took effect cannot be cancelled, what waits can', async () => {
    sample.send = () => Promise.resolve({ state: 'DELIVERED' });
    const [id] = await sample.queue({});
    const engine = sample.engine();
    await sample.untilState(id!, 'DELIVERED');
    await engine.stop();
    const [waiting] = await sample.queue({});
    await expect(sample.operations.cancel(id!, anna)).rejects.toMatchObject({ code: 'HUB_ALREADY_EFFECTIVE' });
    expect((await sample.operations.cancel(waiting!, anna)).state).toBe('CANCELLED');
  });

  test('a person vouches for what nobody can probe', async () => {
    sample.send = failing('IN_DOUBT');
    const [id] = await sample.queue({});
    const engine = sample.engine();
    await sample.until(() => sample.attempts.length === 2);
    await engine.stop();
    const settled = await sample.operations.settle(id!, {
      actor: 'anna',
      reason: 'seen in the DMS',
      aktenzeichen: '3',
    });
    expect(settled).toMatchObject({ state: 'CONFIRMED', aktenzeichen: '3' });
  });

  test('an actor of one municipality neither sees nor touches those of another', async () => {
    const [id] = await parked(1);
    const stranger = { actor: 'key-2', tenants: ['anderswo'] };
    expect(await sample.operations.list({ tenants: stranger.tenants })).toEqual([]);
    await expect(sample.operations.get(id!, stranger.tenants)).rejects.toMatchObject({ code: 'HUB_DELIVERY_UNKNOWN' });
    await expect(sample.operations.replay(id!, stranger)).rejects.toMatchObject({ code: 'HUB_DELIVERY_UNKNOWN' });
    await expect(sample.operations.cancel(id!, stranger)).rejects.toMatchObject({ code: 'HUB_DELIVERY_UNKNOWN' });
    const key = { tenant: 'musterstadt', target: 'dms' };
    await expect(sample.operations.resumeTarget(key, stranger)).rejects.toMatchObject({
      code: 'HUB_DELIVERY_TARGET_UNKNOWN',
    });
  });

  test('a list is paged without gaps or doubles, newest first', async () => {
    const ids = await sample.queue(...Array.from({ length: 7 }, () => ({})));
    const seen: string[] = [];
    for (;;) {
      const page = await sample.operations.list({ states: ['QUEUED'] }, { after: seen.at(-1), limit: 3 });
      if (page.length === 0) break;
      seen.push(...page.map(({ id }) => id));
    }
    expect(seen).toEqual([...ids].toSorted().toReversed());
  });

  test('a paused target gets nothing until it is resumed', async () => {
    const key = { tenant: 'musterstadt', target: 'dms' };
    await sample.operations.pauseTarget(key, { actor: 'anna', reason: 'maintenance' });
    const [held] = await sample.queue({});
    await sample.queue({ target: 'other' });
    sample.engine();
    await sample.until(() => sample.attempts.length === 1);
    expect(sample.sent).not.toContain(held);
    await sample.operations.resumeTarget(key, anna);
    await sample.untilState(held!, 'AWAITING_RESULT');
  });

  test('the pruner takes what is terminal and old, and nothing else however old', async () => {
    const ids = await parked(2);
    await sample.operations.cancel(ids[0]!, anna);
    const fresh = await sample.queue({ id: newId() });
    await sample.operations.cancel(fresh[0]!, anna);
    await sample.store.query(`UPDATE delivery SET updated_at = now() - interval '400 days' WHERE id <> $1`, [fresh[0]]);
    const [old, young] = [await replayOfNone(), await replayOfNone()];
    await sample.store.query(`UPDATE replay_batch SET ended_at = now() - interval '400 days' WHERE id = $1`, [old]);
    expect(await pruneDeliveries(sample.store, 365)).toBe(1);
    expect((await sample.replays.list()).map(({ id }) => id)).toEqual([young]);
    expect((await sample.operations.list({})).map(({ id }) => id).toSorted()).toEqual([ids[1], fresh[0]].toSorted());
  });
});
