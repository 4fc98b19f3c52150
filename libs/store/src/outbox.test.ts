import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId, silentLogger } from '@ozg-hub/core';
import { Database } from './database.ts';
import { inbox, inboxMigrations } from './inbox.ts';
import { type OutboxRecord, outbox, outboxChannel, outboxMigrations } from './outbox.ts';
import { parkedMessages } from './parked-messages.ts';
import type { Store } from './store.port.ts';
import { temporaryPostgres } from './temporary-postgres.ts';

let server: Awaited<ReturnType<typeof temporaryPostgres>>;
let database: Database;
let store: Store;

beforeAll(async () => {
  server = await temporaryPostgres();
  database = Database.connect({ url: server.url, logger: silentLogger });
  await database.migrate([{ schema: 'demo', sets: [outboxMigrations, inboxMigrations] }], 'auto');
  store = database.open('demo');
}, 60_000);

afterAll(async () => {
  await database.close();
  await server.stop();
});

beforeEach(async () => {
  await store.query('TRUNCATE outbox, inbox, parked_message');
  await store.query('UPDATE outbox_pruned SET until = NULL');
});

const record = (key: string): OutboxRecord => ({
  id: newId(),
  topic: 'submission.accepted.v1',
  key,
  headers: { ce_id: key, quoted: 'ü "\\{},' },
  value: Buffer.from([0, 92, 34, 255]),
});

describe('the outbox', () => {
  test('keeps every byte and header, and the order in which records were given', async () => {
    const records = Array.from({ length: 50 }, (_, index) => record(`k:${index}`));
    await store.tx((tx) => outbox.append(tx, records));
    const rows = await store.query('SELECT id, topic, key, headers, value FROM outbox ORDER BY position');
    expect(rows).toEqual(records);
  });

  test('wakes the relay after the commit', async () => {
    let wake: () => void = () => undefined;
    const next = () => new Promise<void>((resolve) => (wake = resolve));
    const connected = next();
    await store.listen(outboxChannel('demo'), () => wake());
    await connected;
    const woken = next();
    await store.tx((tx) => outbox.append(tx, [record('k')]));
    await woken;
  });

  test('takes nothing for nothing', async () => {
    await store.tx((tx) => outbox.append(tx, []));
    expect(await store.query('SELECT * FROM outbox')).toEqual([]);
  });

  test('is pruned of what was published long ago only', async () => {
    await store.tx((tx) => outbox.append(tx, [record('waits'), record('old'), record('new')]));
    await store.query("UPDATE outbox SET published_at = now() - interval '8 days' WHERE key = 'old'");
    await store.query("UPDATE outbox SET published_at = now() - interval '6 days' WHERE key = 'new'");
    expect(await outbox.prune(store, 7)).toBe(1);
    expect(await store.query('SELECT key FROM outbox ORDER BY key')).toEqual([{ key: 'new' }, { key: 'waits' }]);
  });
});

describe('what was published since a time', () => {
  const waiting = async () =>
    (await store.query<{ key: string }>('SELECT key FROM outbox WHERE published_at IS NULL ORDER BY position')).map(
      ({ key }) => key,
    );
  const at = (key: string, minutesAgo: number) =>
    store.query(`UPDATE outbox SET published_at = now() - make_interval(mins => $2) WHERE key = $1`, [key, minutesAgo]);
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);

  test('is published again, and wakes the relay; what was published before stays as it is', async () => {
    let wake: () => void = () => undefined;
    const next = () => new Promise<void>((resolve) => (wake = resolve));
    const connected = next();
    const listening = await store.listen(outboxChannel('demo'), () => wake());
    await connected;
    const appended = next();
    await store.tx((tx) => outbox.append(tx, ['before', 'since', 'later', 'waits'].map(record)));
    await appended;
    for (const [key, minutes] of Object.entries({ before: 61, since: 59, later: 1 })) await at(key, minutes);
    const woken = next();
    const { count, last } = await store.tx((tx) => outbox.unpublish(tx, ago(60)));
    expect(count).toBe(2);
    await woken;
    await listening.close();
    expect(await waiting()).toEqual(['since', 'later', 'waits']);
    expect([await outbox.waiting(store, last), await outbox.waiting(store)]).toEqual([2, 3]);
  });

  test('is marked to the last row, however many there are', async () => {
    await store.query(
      `INSERT INTO outbox (id, topic, key, headers, value, published_at)
       SELECT gen_random_uuid(), 't', 'k' || n, '{}', '', now() FROM generate_series(1, 25000) n`,
    );
    expect(await store.tx((tx) => outbox.unpublish(tx, ago(1)))).toMatchObject({ count: 25_000 });
    expect(await waiting()).toHaveLength(25_000);
  });

  test('is known to be whole back to the time of the last pruning, and without end where nothing was pruned', async () => {
    const until = () => store.tx((tx) => outbox.prunedUntil(tx));
    await store.tx((tx) => outbox.append(tx, [record('old'), record('new')]));
    await at('new', 60);
    await outbox.prune(store, 2);
    expect(await until()).toBeUndefined();
    await at('old', 3 * 24 * 60);
    expect(await outbox.prune(store, 2)).toBe(1);
    expect(await until()).toBeInstanceOf(Date);
    expect(Math.abs((await until())!.getTime() - ago(2 * 24 * 60).getTime())).toBeLessThan(60_000);
  });

  test('is not pruned by who was about to', async () => {
    await store.tx((tx) => outbox.append(tx, [record('old')]));
    await at('old', 3 * 24 * 60);
    let pruning: Promise<number> | undefined;
    await store.tx(async (tx) => {
      await outbox.prunedUntil(tx);
      await outbox.unpublish(tx, ago(4 * 24 * 60));
      pruning = outbox.prune(store, 2);
      const waitsForLock = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%outbox_pruned%'`;
      while ((await store.query(waitsForLock)).length === 0);
    });
    expect([await pruning, await waiting()]).toEqual([0, ['old']]);
  });
});

describe('the inbox', () => {
  const key = (id: string) => ({ source: '/ozg-hub/civento-intake', id });

  test('tells what is new in the order given, once per consumer', async () => {
    const claim = (group: string, ids: string[]) => store.tx((tx) => inbox.claim(tx, group, ids.map(key)));
    expect(await claim('dms', ['b', 'a', 'b'])).toEqual([true, true, false]);
    expect(await claim('dms', ['c', 'a'])).toEqual([true, false]);
    expect(await claim('console', ['a'])).toEqual([true]);
    expect(await claim('dms', [])).toEqual([]);
  });

  test('forgets claims of a transaction that failed', async () => {
    const failing = store.tx(async (tx) => {
      await inbox.claim(tx, 'dms', [key('a')]);
      throw new Error('handler failed');
    });
    await expect(failing).rejects.toThrow('handler failed');
    expect(await store.tx((tx) => inbox.claim(tx, 'dms', [key('a')]))).toEqual([true]);
  });

  test('gives an event to one of two that claim it at once', async () => {
    const claims = await Promise.all([1, 2, 3, 4].map(() => store.tx((tx) => inbox.claim(tx, 'dms', [key('x')]))));
    expect(claims.flat().filter(Boolean)).toHaveLength(1);
  });

  test('is pruned of old claims only', async () => {
    await store.tx((tx) => inbox.claim(tx, 'dms', [key('old'), key('new')]));
    await store.query("UPDATE inbox SET received_at = now() - interval '40 days' WHERE event_id = 'old'");
    expect(await inbox.prune(store, 30)).toBe(1);
    expect(await store.query('SELECT event_id FROM inbox')).toEqual([{ event_id: 'new' }]);
  });
});

test('a parked message keeps its bytes until someone resolves it', async () => {
  const message = {
    ...record('k'),
    consumer: 'dms-export',
    partition: 3,
    position: '42',
    code: 'HUB_EVENT_UNDECODABLE',
    detail: 'The value is not JSON.',
    attempts: 3,
  };
  await store.tx((tx) => parkedMessages.park(tx, message));
  expect(await parkedMessages.open(store)).toMatchObject([{ ...message, resolvedAt: null }]);
  expect(await parkedMessages.countOpen(store)).toBe(1);
  expect(await parkedMessages.resolve(store, message.id)).toBe(true);
  expect(await parkedMessages.resolve(store, message.id)).toBe(false);
  expect(await parkedMessages.open(store)).toEqual([]);
});
