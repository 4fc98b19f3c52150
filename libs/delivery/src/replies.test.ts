import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@ozg-hub/core';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { DeliveryFailure } from './errors.ts';
import type { DeliveryChange } from './delivery.ts';
import { Replies, type ReplyOutcome, type TargetReply } from './replies.ts';
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

type Said =
  | { kind: 'receipt' }
  | { kind: 'result'; aktenzeichen?: string }
  | { kind: 'rejection'; code: string; textKey?: string };

async function reply(
  exchangeId: string,
  said: Said,
  at = { tenant: 'musterstadt', target: 'dms' },
): Promise<ReplyOutcome> {
  return await sample.store.tx((tx) => sample.replies.apply(tx, { exchangeId, ...at, ...said } as TargetReply));
}

async function awaiting(state: 'AWAITING_RECEIPT' | 'AWAITING_RESULT') {
  sample.send = () => Promise.resolve({ state });
  const [id] = await sample.queue({});
  sample.engine();
  return await sample.untilState(id!, state);
}

describe('replies', () => {
  test('receipt, then result with Aktenzeichen: CONFIRMED', async () => {
    const { id, exchangeId } = await awaiting('AWAITING_RECEIPT');
    expect(await reply(exchangeId, { kind: 'receipt' })).toBe('applied');
    expect(await sample.find(id)).toMatchObject({ state: 'AWAITING_RESULT', dueAt: expect.any(Date) });
    expect(await reply(exchangeId, { kind: 'result', aktenzeichen: '12-34/5' })).toBe('applied');
    const done = await sample.find(id);
    expect(done).toMatchObject({ state: 'CONFIRMED', aktenzeichen: '12-34/5' });
    expect(done.dueAt).toBeUndefined();
  });

  test('a result without a receipt is enough, the receipt after it is late', async () => {
    const { id, exchangeId } = await awaiting('AWAITING_RECEIPT');
    expect(await reply(exchangeId, { kind: 'result' })).toBe('applied');
    expect(await reply(exchangeId, { kind: 'receipt' })).toBe('late');
    expect((await sample.find(id)).state).toBe('CONFIRMED');
  });

  test('a rejection says why, and a later result does not contradict it silently', async () => {
    const { id, exchangeId } = await awaiting('AWAITING_RESULT');
    expect(await reply(exchangeId, { kind: 'rejection', code: 'R-007', textKey: 'xdomea:RM:R-007' })).toBe('applied');
    expect(await sample.find(id)).toMatchObject({ state: 'REJECTED', code: 'R-007', textKey: 'xdomea:RM:R-007' });
    expect(await reply(exchangeId, { kind: 'result' })).toBe('late');
    expect((await sample.find(id)).state).toBe('REJECTED');
    expect((await sample.trail()).at(-1)!.kind).toBe('delivery.reply-contradicts');
  });

  test('what became of single objects is kept in the trail, and told to the service in the same transaction', async () => {
    const { id, exchangeId } = await awaiting('AWAITING_RESULT');
    const objects = [
      { number: 1, successful: true, objectId: 'doc-1' },
      { number: 2, successful: false, code: 'R-007' },
    ];
    const heard: DeliveryChange[] = [];
    const replies = new Replies({
      ...sample,
      directory: sample.directory,
      recorded: async (tx, changes) => {
        heard.push(...changes);
        expect(await tx.query(`SELECT state FROM delivery WHERE id = $1`, [id])).toEqual([{ state: 'REJECTED' }]);
      },
    });
    const said = {
      exchangeId,
      tenant: 'musterstadt',
      target: 'dms',
      kind: 'rejection',
      code: 'PART',
      objects,
    } as const;
    expect(await sample.store.tx((tx) => replies.apply(tx, said))).toBe('applied');
    expect(heard).toEqual([expect.objectContaining({ from: 'AWAITING_RESULT', answer: { exchangeId, objects } })]);
    const { details } = (await sample.trail()).at(-1)!;
    expect(details).toMatchObject({ accepted: [1], refused: [{ number: 2, code: 'R-007' }] });
    expect(await sample.store.tx((tx) => replies.apply(tx, said))).toBe('duplicate');
    expect(heard).toHaveLength(1);
  });

  test('duplicates change nothing and are recorded', async () => {
    const { id, exchangeId } = await awaiting('AWAITING_RESULT');
    await reply(exchangeId, { kind: 'result', aktenzeichen: '1' });
    const { sequence } = await sample.find(id);
    expect(await reply(exchangeId, { kind: 'result', aktenzeichen: '2' })).toBe('duplicate');
    expect(await sample.find(id)).toMatchObject({ sequence, aktenzeichen: '1' });
    const { exchanges } = await sample.operations.get(id);
    expect(exchanges[0]!.replies.map(({ outcome }) => outcome)).toEqual(['applied', 'duplicate']);
  });

  test('an exchange nobody opened is unknown, and so is one of another municipality or target', async () => {
    const { exchangeId } = await awaiting('AWAITING_RESULT');
    expect(await reply(newId(), { kind: 'result' })).toBe('unknown');
    expect(await reply(exchangeId, { kind: 'result' }, { tenant: 'anderswo', target: 'dms' })).toBe('unknown');
    expect(await reply(exchangeId, { kind: 'result' }, { tenant: 'musterstadt', target: 'other' })).toBe('unknown');
  });

  test('a target that answers before the hub has stored its hand-over wins over the stale result', async () => {
    let release = (_: Outcome): void => undefined;
    sample.send = () => new Promise((resolve) => (release = resolve));
    const [id] = await sample.queue({});
    sample.engine();
    await sample.until(() => sample.sent.length === 1);
    const { exchangeId } = await sample.find(id!);
    expect(await reply(exchangeId, { kind: 'result', aktenzeichen: '7' })).toBe('applied');
    release({ state: 'AWAITING_RECEIPT' });
    await sample.until(() => sample.attempts.length === 1);
    expect(sample.attempts[0]!.fenced).toBe(true);
    expect(await sample.find(id!)).toMatchObject({ state: 'CONFIRMED', aktenzeichen: '7' });
  });

  test('a reply resolves doubt', async () => {
    sample.send = () => Promise.reject(new DeliveryFailure('IN_DOUBT', { code: 'CUT' }));
    const [id] = await sample.queue({});
    sample.engine();
    await sample.until(() => sample.attempts.length === 2);
    const { exchangeId } = await sample.find(id!);
    expect(await reply(exchangeId, { kind: 'receipt' })).toBe('applied');
    expect((await sample.find(id!)).state).toBe('AWAITING_RESULT');
  });

  test('a late result of an older exchange keeps what was queued again from being sent twice', async () => {
    const { id, exchangeId } = await awaiting('AWAITING_RECEIPT');
    await sample.operations.pauseTarget(
      { tenant: 'musterstadt', target: 'dms' },
      { actor: 'anna', reason: 'maintenance' },
    );
    const replayed = await sample.operations.replay(id, { actor: 'anna', reason: 'DMS restored from backup' });
    expect(replayed).toMatchObject({ state: 'QUEUED', exchangeNumber: 2 });
    expect(await reply(exchangeId, { kind: 'receipt' })).toBe('late');
    expect(await reply(exchangeId, { kind: 'result', aktenzeichen: '9' })).toBe('applied');
    expect(await sample.find(id)).toMatchObject({ state: 'CONFIRMED', aktenzeichen: '9' });
    expect(sample.sent).toHaveLength(1);
  });

  test('a late rejection of an older exchange does not touch the newer one', async () => {
    const { id, exchangeId } = await awaiting('AWAITING_RESULT');
    await reply(exchangeId, { kind: 'rejection', code: 'R-1' });
    await sample.operations.replay(id, { actor: 'anna' });
    const { exchangeId: second } = await sample.untilState(id, 'AWAITING_RESULT');
    expect(second).not.toBe(exchangeId);
    expect(await reply(exchangeId, { kind: 'rejection', code: 'R-1' })).toBe('duplicate');
    expect(await reply(exchangeId, { kind: 'result' })).toBe('late');
    expect((await sample.find(id)).state).toBe('AWAITING_RESULT');
  });
});
