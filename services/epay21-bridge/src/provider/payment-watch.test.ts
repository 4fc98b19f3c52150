import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, silentLogger } from '@ozg-hub/core';
import { trailMigrations } from '@ozg-hub/delivery';
import { money } from '@ozg-hub/money';
import { type Store, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { LOOKS } from '../payment-recorder.ts';
import { PaymentWatch, type PaymentWatchOptions } from './payment-watch.ts';
import { insertPayment } from '../payment.repository.ts';
import type { Pace } from './payment-provider.port.ts';
import type { Advance } from './provider-calls.ts';
import { sampleItem } from '../receipt/sample-quittung.ts';

const own = { owner: 'epay21-bridge', folder: new URL('../../migrations/', import.meta.url) };
const sets = [outboxMigrations, inboxMigrations, trailMigrations, own];
const [ONE, OTHER] = ['one.example', 'other.example'];

let database: TestDatabase;
let store: Store;
const watches: PaymentWatch[] = [];

beforeAll(async () => {
  database = await testDatabase([{ schema: 'epay21_bridge', sets }]);
  store = database.database.open('epay21_bridge', { maxConnections: 12 });
}, 60_000);
afterEach(async () => {
  await Promise.all(watches.splice(0).map((watch) => watch.stop(0)));
  await store.query('TRUNCATE payment, outbox CASCADE');
});
afterAll(() => database.drop());

type Outcome = Pick<Advance, 'outcome' | 'ofThePayee' | 'retryAfterSeconds'>;

/** Payments that are due, all of one payment service. */
async function due(count: number, endpoint = ONE, tenant = 'musterstadt'): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId());
  await store.tx(async (tx) => {
    for (const id of ids) {
      const payment = {
        ...{ id, tenant, endpoint, provider: 'epay', finance: undefined, directoryVersion: 'sha256-pinned' },
        ...{ submissionId: undefined, leistung: undefined, vorgang: undefined, blueprint: undefined },
        ...{ keyId: undefined, headerKey: undefined, contentHash: undefined, serviceUrl: undefined },
        ...{ kassenzeichen: id.slice(-12), purpose: id.slice(-12), description: 'Gästekarte' },
        ...{ gross: money(3070, 'EUR'), items: [sampleItem(1)], returnToken: id },
        ...{ timeoutMinutes: 30, traceparent: undefined },
      };
      await insertPayment(tx, payment, 0);
    }
  });
  return ids;
}

/** Whatever was waited for in the middle of a test is seen at once. */
const wake = () => store.tx(async (tx) => tx.notify(LOOKS));

async function until(holds: () => boolean): Promise<void> {
  while (!holds() && watches.length > 0) await new Promise((resume) => setTimeout(resume, 5));
}

interface Watched {
  /** Ids in the order of the calls. */
  readonly called: string[];
  readonly answered: string[];
  /** Ids of calls that were ended from outside. */
  readonly ended: string[];
  readonly watch: PaymentWatch;
  /** Moves the clock of the rate. */
  later(milliseconds: number): void;
  /** Resolves after so many more whole looks at what is due. */
  rounds(count: number): Promise<void>;
}

/** A watch whose calls are counted; after its call a payment is not due again. Its clock stands still. */
function watching(
  answer: (id: string) => Outcome | 'hangs' = () => ({ outcome: 'KNOWN' }),
  changes: Partial<PaymentWatchOptions> = {},
): Watched {
  const [called, answered, ended]: [string[], string[], string[]] = [[], [], []];
  let [now, rounds] = [0, 0];
  const seen: Pick<Store, 'query' | 'listen' | 'lock'> = {
    query: (sql, values) => {
      if (sql.includes('DISTINCT endpoint')) rounds += 1;
      return store.query(sql, values);
    },
    listen: (channel, onNotify) => store.listen(channel, onNotify),
    lock: (name) => store.lock(name),
  };
  const advance = async (id: string, signal: AbortSignal): Promise<Advance> => {
    called.push(id);
    const outcome = answer(id);
    if (outcome === 'hangs') {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      ended.push(id);
      throw signal.reason as Error;
    }
    await store.query('UPDATE payment SET next_look_at = NULL WHERE id = $1', [id]);
    answered.push(id);
    return { ...outcome, payment: undefined as never };
  };
  const watch = new PaymentWatch({
    ...{ store: seen as Store, calls: { advance }, logger: silentLogger },
    ...{ rate: 100, concurrency: 50, now: () => now },
    ...changes,
  });
  watches.push(watch);
  watch.start();
  return {
    ...{ called, answered, ended, watch },
    later: (milliseconds) => void (now += milliseconds),
    rounds: async (count) => {
      // One that has begun may have passed what a test changed just now.
      const wanted = rounds + count + 1;
      while (rounds < wanted && watches.includes(watch)) {
        await wake();
        await new Promise((resume) => setTimeout(resume, 5));
      }
    },
  };
}

describe('the calls to one payment service', () => {
  test('are in no second more than its rate allows, also where a payment takes two', async () => {
    const times: number[] = [];
    const advance = async (id: string, signal: AbortSignal, pace?: Pace): Promise<Advance> => {
      for (let call = 0; call < 2; call += 1) {
        await pace!.leave(signal);
        times.push(performance.now());
        await new Promise((resume) => setTimeout(resume, 20));
      }
      await store.query('UPDATE payment SET next_look_at = NULL WHERE id = $1', [id]);
      return { outcome: 'KNOWN', payment: undefined as never };
    };
    watching(undefined, { calls: { advance }, rate: 40, concurrency: 8, now: undefined });
    await due(25);
    await until(() => times.length === 50);
    await new Promise((resume) => setTimeout(resume, 300));
    await due(25);
    await until(() => times.length === 100);
    const inSecondFrom = times.map((from) => times.filter((at) => at >= from && at < from + 1000).length);
    expect(Math.max(...inSecondFrom)).toBeLessThanOrEqual(40);
    expect(Math.max(...inSecondFrom)).toBeGreaterThan(20);
  }, 20_000);

  test('begin for no more payments than its rate allows, however many wait', async () => {
    await due(12);
    const { called, later, rounds } = watching(undefined, { rate: 20 });
    await rounds(5);
    expect(called).toHaveLength(1);
    later(110);
    await rounds(5);
    expect(called).toHaveLength(3);
    // What was not used up in an hour is not made up for at once.
    later(3_600_000);
    await rounds(5);
    expect(called).toHaveLength(8);
    expect(new Set(called).size).toBe(8);
  });

  test('are never more at a time than allowed, and one payment has one', async () => {
    await due(10);
    const { called, later, rounds } = watching(() => 'hangs', { concurrency: 3 });
    await rounds(1);
    later(10_000);
    await rounds(5);
    expect(called).toHaveLength(3);
    expect(new Set(called).size).toBe(3);
  });

  test('that fails as a whole become fewer, and go on as it asked for', async () => {
    await due(4);
    let outcome: Outcome = { outcome: 'UNAVAILABLE', retryAfterSeconds: 30 };
    const { called, answered, later, rounds } = watching(() => outcome);
    await until(() => answered.length === 1);
    outcome = { outcome: 'KNOWN' };
    later(29_000);
    await rounds(5);
    expect(called).toHaveLength(1);
    later(2_000);
    await rounds(5);
    expect(called).toHaveLength(4);
  });

  test('that came to nothing before they were made end no pause that it asked for', async () => {
    await due(3);
    const begun: string[] = [];
    let secondBegins: () => void = () => undefined;
    const second = new Promise<void>((resolve) => (secondBegins = resolve));
    const advance = async (id: string): Promise<Advance> => {
      const isFirst = begun.push(id) === 1;
      await store.query('UPDATE payment SET next_look_at = NULL WHERE id = $1', [id]);
      if (!isFirst) secondBegins();
      await second;
      // The answer of the first one is seen before.
      if (!isFirst) await new Promise((resume) => setImmediate(resume));
      const outcome = isFirst
        ? ({ outcome: 'UNAVAILABLE', retryAfterSeconds: 30 } as const)
        : { outcome: 'WAITING' as const };
      return { ...outcome, payment: undefined as never };
    };
    const { later, rounds } = watching(undefined, { calls: { advance }, concurrency: 2 });
    await until(() => begun.length === 1);
    later(20);
    await until(() => begun.length === 2);
    await rounds(2);
    later(10_000);
    await rounds(5);
    expect(begun).toHaveLength(2);
    later(21_000);
    await until(() => begun.length === 3);
  });

  test('go on where one payment fails for a reason of its own', async () => {
    const [broken, ...others] = await due(4);
    await store.query(`UPDATE payment SET next_look_at = now() - interval '1 day' WHERE id = $1`, [broken]);
    const called: string[] = [];
    const advance = async (id: string): Promise<Advance> => {
      called.push(id);
      if (id === broken) throw new Error('its key is gone');
      await store.query('UPDATE payment SET next_look_at = NULL WHERE id = $1', [id]);
      return { outcome: 'KNOWN', payment: undefined as never };
    };
    const { later } = watching(undefined, { calls: { advance } });
    await until(() => (later(10), called.length === 4));
    expect(called.toSorted()).toEqual([broken, ...others].toSorted());
  });

  test('that it refuses for the credentials of one municipality slow down no other', async () => {
    const [refused] = await due(1, ONE, 'beispielhausen');
    const others = await due(9);
    const { called, answered, later, rounds } = watching((id) =>
      id === refused ? { outcome: 'UNAVAILABLE', ofThePayee: true } : { outcome: 'KNOWN' },
    );
    await until(() => answered.length === 1);
    expect(called).toEqual([refused]);
    await rounds(1);
    later(100);
    await rounds(5);
    expect(called.toSorted()).toEqual([refused, ...others].toSorted());
  });
});

test('a payment service that hangs holds up no other, and its calls end when the bridge stops', async () => {
  const hanging = new Set(await due(3));
  const others = await due(6, OTHER);
  const answer = (id: string) => (hanging.has(id) ? 'hangs' : ({ outcome: 'KNOWN' } as const));
  const { called, ended, watch, later } = watching(answer, { concurrency: 2 });
  await until(() => {
    later(1_000);
    return called.length === 2 + others.length;
  });
  expect(called.filter((id) => hanging.has(id))).toHaveLength(2);
  await watch.stop(0);
  expect(ended.toSorted()).toEqual(called.filter((id) => hanging.has(id)).toSorted());
});

test('one instance looks at a time; when it stops the other goes on', async () => {
  const [first, second] = [watching(), watching()];
  const calls = (count: number) =>
    until(() => {
      for (const one of [first, second]) one.later(1_000);
      return first.called.length + second.called.length === count;
    });
  await due(10);
  await wake();
  await calls(10);
  const [leader, follower] = first.called.length > 0 ? [first, second] : [second, first];
  expect([leader.called.length, follower.called.length]).toEqual([10, 0]);
  await leader.watch.stop(0);
  await due(5);
  await calls(15);
  expect([leader.called.length, follower.called.length]).toEqual([10, 5]);
});

test('a payment is closed only once the event of its money is on the bus', async () => {
  const [closing, looked] = await due(2);
  const event = newId();
  await store.query(
    `INSERT INTO outbox (id, topic, key, headers, value) VALUES ($1, 'payment.settled.v1', 'k', '{}', '')`,
    [event],
  );
  await store.query(`UPDATE payment SET closing = 'WAITING', settled_event = $2 WHERE id = $1`, [closing, event]);
  const { called, later, rounds } = watching();
  await rounds(1);
  later(1_000);
  await rounds(3);
  expect(called).toEqual([looked]);
  await store.query('UPDATE outbox SET published_at = now() WHERE id = $1', [event]);
  later(1_000);
  await rounds(3);
  expect(called).toEqual([looked, closing]);
});
