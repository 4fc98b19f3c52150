import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { mostOpenBatches } from './replay-batch.ts';
import type { ReplayRunner } from './replay-runner.ts';
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

const anna = { actor: 'anna', reason: 'the DMS takes them now', rate: 1_000 };
/** So slow that a test never sees a second one. */
const oneOnly = { ...anna, rate: 0.01 };

async function workOff(id: string, runner: ReplayRunner = sample.runner()) {
  while ((await runner.advance()) !== undefined);
  return await sample.replays.get(id);
}

async function replayedOnce(ids: readonly string[]): Promise<void> {
  const rows = await sample.store.query<{ id: string; times: number }>(
    `SELECT subject ->> 'delivery' AS id, count(*)::integer AS times FROM audit WHERE kind = 'delivery.replayed' GROUP BY 1`,
  );
  expect(rows.map(({ id, times }) => `${id} ${times}`).toSorted()).toEqual(ids.map((id) => `${id} 1`).toSorted());
}

describe('a replay of many', () => {
  test('takes what matches when it begins, in portions, and nothing else', async () => {
    const ids = await sample.park(60);
    await sample.park(1, { tenant: 'anderswo' });
    await sample.queue({});
    const filter = {
      tenants: ['musterstadt'],
      code: 'NO',
      since: new Date(0),
      until: new Date(Date.now() + 3_600_000),
    };
    const begun = await sample.replays.begin(filter, anna);
    expect(begun).toMatchObject({
      state: 'RUNNING',
      total: 60,
      done: 0,
      remaining: 60,
      rate: 1_000,
      reason: anna.reason,
    });
    await sample.park(1);
    expect(await workOff(begun.id)).toMatchObject({ state: 'DONE', total: 60, done: 60, refused: 0, remaining: 0 });
    await replayedOnce(ids);
    expect(await sample.operations.list({ states: ['PARKED'] })).toHaveLength(2);
    expect(await sample.replays.begin({ code: 'OTHER' }, anna)).toMatchObject({ state: 'DONE', total: 0 });
  });

  test('leaves alone what may not be sent again by now, and says why', async () => {
    const [confirmed, doubtful, gone, left] = await sample.park(4);
    const { id } = await sample.replays.begin({}, anna);
    await sample.operations.settle(confirmed!, { actor: 'anna', reason: 'seen there' });
    await sample.store.query(`UPDATE delivery SET state = 'IN_DOUBT' WHERE id = $1`, [doubtful]);
    await sample.store.query(`DELETE FROM delivery WHERE id = $1`, [gone]);
    const done = await workOff(id);
    expect(done).toMatchObject({ state: 'DONE', done: 1, refused: 3, remaining: 0 });
    expect(done.targets).toEqual([
      { tenant: 'musterstadt', target: 'dms', total: 4, done: 1, refused: 3, remaining: 0 },
    ]);
    expect(done.refusals).toEqual([
      { code: 'HUB_ALREADY_EFFECTIVE', count: 1 },
      { code: 'HUB_DELIVERY_PROBE_REQUIRED', count: 1 },
      { code: 'HUB_DELIVERY_UNKNOWN', count: 1 },
    ]);
    const refused = await sample.replays.refused(id, {});
    expect(refused.map(({ deliveryId }) => deliveryId)).toEqual([confirmed, doubtful, gone].toSorted());
    await replayedOnce([left!]);
  });

  test('replays each once although its process dies before and after commits, and others work on it too', async () => {
    const ids = await sample.park(60);
    const { id } = await sample.replays.begin({}, anna);
    const dying = ['delivery.before-replay-commit', 'delivery.after-replay-commit'].map((at) =>
      sample.runner({
        hit: (name) => {
          if (name === at) throw new Error('killed');
        },
      }),
    );
    for (const runner of dying) await expect(runner.advance()).rejects.toThrow('killed');
    expect((await sample.replays.get(id)).done).toBeGreaterThan(0);
    await Promise.all([workOff(id), workOff(id)]);
    await replayedOnce(ids);
  });

  test('keeps to its rate, also where several processes work on it and it is paused in between', async () => {
    await sample.park(3);
    const { id } = await sample.replays.begin({}, oneOnly);
    for (const runner of [sample.runner(), sample.runner(), sample.runner()]) await runner.advance();
    expect(await sample.replays.get(id)).toMatchObject({ done: 1, remaining: 2 });
    await sample.replays.pause(id, { actor: 'anna' });
    await sample.replays.resume(id, { actor: 'anna' });
    expect(await sample.runner().advance()).toBeGreaterThan(1_000);
    await sample.replays.resume(id, { ...anna, rate: 1_000 });
    expect(await workOff(id)).toMatchObject({ done: 3, rate: 1_000 });
  });

  test('can be paused, resumed and cancelled until it ends; each step is in the trail of the municipality', async () => {
    await sample.park(2);
    const { id } = await sample.replays.begin({}, oneOnly);
    await sample.runner().advance();
    expect(await sample.replays.pause(id, { actor: 'ben', reason: 'the DMS is slow' })).toMatchObject({
      state: 'PAUSED',
    });
    expect(await sample.runner().advance()).toBeUndefined();
    expect(await sample.replays.resume(id, { actor: 'ben' })).toMatchObject({ state: 'RUNNING' });
    expect(await sample.replays.cancel(id, { actor: 'ben' })).toMatchObject({
      state: 'CANCELLED',
      done: 1,
      remaining: 1,
    });
    await expect(sample.replays.resume(id, anna)).rejects.toMatchObject({ code: 'HUB_REPLAY_ENDED' });
    expect(await sample.operations.list({ states: ['PARKED'] })).toHaveLength(1);
    const steps = (await sample.trail()).filter(({ kind }) => kind.startsWith('replay.'));
    expect(steps.map(({ kind, actor, details }) => [kind, actor, details['done']])).toEqual([
      ['replay.started', 'anna', 0],
      ['replay.paused', 'ben', 1],
      ['replay.resumed', 'ben', 1],
      ['replay.cancelled', 'ben', 1],
    ]);
    expect(steps[1]!.details).toMatchObject({ reason: 'the DMS is slow' });
  });

  test("neither shows nor takes deliveries of a municipality that is not the caller's", async () => {
    await sample.park(1);
    const stranger = { ...anna, tenants: ['anderswo'] };
    const { id } = await sample.replays.begin({}, anna);
    expect(await sample.replays.begin({ tenants: ['musterstadt'] }, stranger)).toMatchObject({ total: 0 });
    expect((await sample.replays.list(stranger.tenants)).map((replay) => replay.id)).not.toContain(id);
    for (const step of ['get', 'pause', 'resume', 'cancel'] as const) {
      const asked = step === 'get' ? sample.replays.get(id, stranger.tenants) : sample.replays[step](id, stranger);
      await expect(asked).rejects.toMatchObject({ code: 'HUB_REPLAY_UNKNOWN' });
    }
  });

  test('is refused where as many as allowed are open', async () => {
    await sample.park(1);
    const begin = () => sample.replays.begin({}, oneOnly);
    const outcomes = await Promise.allSettled(Array.from({ length: mostOpenBatches + 2 }, begin));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(mostOpenBatches);
    await expect(begin()).rejects.toMatchObject({ code: 'HUB_REPLAY_TOO_MANY' });
  });
});

describe('live deliveries', () => {
  test('go before what a replay of many has queued, at their target and at others', async () => {
    await sample.park(5);
    for (const target of ['a', 'b', 'c', 'd']) await sample.park(1, { target });
    await workOff((await sample.replays.begin({}, anna)).id);
    const live = await sample.queue({}, {}, {});
    sample.engine({ concurrency: 1 });
    await sample.until(() => sample.attempts.length === 12);
    expect(sample.sent.slice(0, 3)).toEqual(live);
    expect(sample.attempts.map(({ trigger }) => trigger)).toEqual([
      ...live.map(() => 'NEW'),
      ...Array.from({ length: 9 }, () => 'BATCH'),
    ]);
  });

  test('find places at their target and in the process while a replay of many is under way', async () => {
    const before = new Set(await sample.park(6));
    await workOff((await sample.replays.begin({}, anna)).id);
    const held: ((outcome: Outcome) => void)[] = [];
    sample.send = ({ delivery }) =>
      before.has(delivery.id)
        ? new Promise((resolve) => void held.push(resolve))
        : Promise.resolve({ state: 'AWAITING_RESULT' });
    sample.engine({ concurrency: 4 });
    await sample.until(() => held.length === 2);
    await sample.queue({}, {}, {});
    await sample.until(() => sample.attempts.length === 3);
    expect(sample.sent.filter((id) => before.has(id))).toHaveLength(2);
    before.clear();
    for (const release of held) release({ state: 'AWAITING_RESULT' });
    await sample.until(() => sample.attempts.length === 9);
  });

  test('wait behind no more of it than a hundred at a target that takes nothing; other targets go on', async () => {
    await sample.park(150);
    await sample.park(3, { target: 'other' });
    await sample.operations.pauseTarget({ tenant: 'musterstadt', target: 'dms' }, anna);
    const { id } = await sample.replays.begin({}, anna);
    const runner = sample.runner();
    while ((await sample.replays.get(id)).done < 103) await runner.advance();
    for (let look = 0; look < 5; look += 1) await runner.advance();
    expect(await sample.replays.get(id)).toMatchObject({ state: 'RUNNING', done: 103, remaining: 50 });
    sample.engine();
    await sample.until(() => sample.attempts.length === 3);
    await sample.operations.resumeTarget({ tenant: 'musterstadt', target: 'dms' }, anna);
    while ((await sample.replays.get(id)).done === 103) await runner.advance();
  });
});
