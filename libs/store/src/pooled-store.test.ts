import { EventEmitter, once } from 'node:events';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import { checkServer } from './connection.ts';
import { Database } from './database.ts';
import { Listener } from './listener.ts';
import { ListeningLoop } from './listening-loop.ts';
import { PooledStore } from './pooled-store.ts';
import { isUniqueViolation } from './sql-failure.ts';
import type { Store } from './store.port.ts';
import { temporaryPostgres } from './temporary-postgres.ts';

let server: Awaited<ReturnType<typeof temporaryPostgres>>;
let database: Database;
let store: Store;

beforeAll(async () => {
  server = await temporaryPostgres();
  database = Database.connect({ url: server.url, logger: silentLogger });
  await database.migrate([{ schema: 'demo', sets: [] }], 'auto');
  store = database.open('demo');
  await store.query('CREATE TABLE item (id int PRIMARY KEY, note text)');
}, 60_000);

afterAll(async () => {
  await database.close();
  await server.stop();
});

beforeEach(async () => {
  await store.query('TRUNCATE item');
});

const count = async () => (await store.query<{ n: number }>('SELECT count(*) AS n FROM item'))[0]!.n;
const insert = 'INSERT INTO item VALUES ($1)';

/** Stands between a store and the server, and cuts the connection, or goes silent, instead of passing a message with the word. */
async function cutBefore(word: string, silently = false): Promise<{ url: string; proxy: Server }> {
  const { hostname, port } = new URL(server.url);
  const proxy = createServer((client: Socket) => {
    const upstream = connect(Number(port), hostname);
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.pipe(client);
    client.on('data', (bytes) => {
      if (!bytes.includes(word)) upstream.write(bytes);
      else if (!silently) client.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(server.url);
  url.port = String((proxy.address() as { port: number }).port);
  return { url: url.href, proxy };
}

describe('values', () => {
  test('int8 is a number, numeric and date are text, timestamptz a Date, jsonb parsed, bytea a Buffer', async () => {
    const rows = await store.query(
      `SELECT 9007199254740991::int8 AS int8, ARRAY[1, NULL]::int8[] AS int8s, 1.50::numeric AS numeric, date '2026-03-01' AS date,
        timestamptz '2026-03-01 10:00+01' AS at, '{"a":[1]}'::jsonb AS json, '\\x00ff'::bytea AS bytes, $1::text AS text`,
      ['ß'],
    );
    expect(rows).toEqual([
      {
        int8: 9_007_199_254_740_991,
        int8s: [1, null],
        numeric: '1.50',
        date: '2026-03-01',
        at: new Date('2026-03-01T09:00:00Z'),
        json: { a: [1] },
        bytes: Buffer.from([0, 255]),
        text: 'ß',
      },
    ]);
  });

  test('an int8 that a number cannot hold is refused, not rounded', async () => {
    await expect(store.query('SELECT 9007199254740993::int8 AS n')).rejects.toMatchObject({ code: 'HUB_STORE_NUMBER' });
  });

  test('no error quotes a value', async () => {
    const quoted = await store.query('SELECT $1::text::int', ['Erika Mustermann']).catch((error: unknown) => error);
    await store.query(insert, [1]);
    const doubled = await store.query(insert, [1]).catch((error: unknown) => error);
    for (const error of [quoted, doubled] as { message: string; cause: Error }[]) {
      const text = [error.message, error.cause.message, JSON.stringify(error), JSON.stringify(error.cause)].join();
      expect(text).not.toMatch(/Mustermann|\(id\)=/);
    }
    expect(isUniqueViolation(doubled, 'item_pkey')).toBe(true);
    expect(isUniqueViolation(doubled, 'other')).toBe(false);
    expect(isUniqueViolation(quoted)).toBe(false);
  });
});

describe('a transaction', () => {
  test('takes effect as a whole, then runs what waits for its commit', async () => {
    const seen: unknown[] = [];
    const result = await store.tx(async (tx) => {
      tx.afterCommit(() => seen.push('after'));
      await Promise.all([1, 2, 3].map((id) => tx.query(insert, [id])));
      seen.push(await count());
      return 'done';
    });
    expect([result, ...seen, await count()]).toEqual(['done', 0, 'after', 3]);
  });

  test('leaves nothing behind when its work throws, and passes the error on', async () => {
    let ran = false;
    const failing = store.tx(async (tx) => {
      tx.afterCommit(() => (ran = true));
      await tx.query(insert, [1]);
      throw new Error('work failed');
    });
    await expect(failing).rejects.toThrow('work failed');
    expect([await count(), ran]).toEqual([0, false]);
  });

  test('whose failed statement was ignored is not taken for committed', async () => {
    const ignoring = store.tx(async (tx) => {
      await tx.query(insert, [1]);
      await tx.query(insert, [1]).catch(() => undefined);
    });
    await expect(ignoring).rejects.toMatchObject({ code: 'HUB_STORE_ROLLED_BACK' });
    expect(await count()).toBe(0);
  });

  test('fails as a whole where its first statement fails, and the connection stays usable', async () => {
    const single = database.open('demo', { maxConnections: 1 });
    await expect(single.tx((tx) => tx.query('INSERT INTO missing VALUES ($1)', [1]))).rejects.toMatchObject({
      code: 'HUB_STORE_STATEMENT',
    });
    await single.tx((tx) => tx.query(insert, [1]));
    expect(await single.query("SELECT count(*) AS n FROM pg_stat_activity WHERE state LIKE 'idle in%'")).toEqual([
      { n: 0 },
    ]);
    expect(await count()).toBe(1);
    await single.close();
  });

  test('refuses a statement that comes after its end', async () => {
    let late: () => Promise<unknown> = () => Promise.resolve();
    await store.tx(async (tx) => {
      await tx.query(insert, [1]);
      late = () => tx.query(insert, [2]);
    });
    await expect(late()).rejects.toMatchObject({ code: 'HUB_STORE_TX_ENDED' });
    expect(await count()).toBe(1);
  });

  test.each(['40001', '40P01'])('runs again after SQLSTATE %s, three times at most', async (state) => {
    const collide = `DO $$ BEGIN RAISE EXCEPTION 'collision' USING ERRCODE = '${state}'; END $$`;
    let attempts = 0;
    await store.tx(async (tx) => {
      attempts += 1;
      await tx.query(insert, [1]);
      if (attempts < 3) await tx.query(collide);
    });
    expect([attempts, await count()]).toEqual([3, 1]);
    attempts = 0;
    const hopeless = store.tx(async (tx) => {
      attempts += 1;
      await tx.query(collide);
    });
    await expect(hopeless).rejects.toMatchObject({ code: 'HUB_STORE_CONFLICT', class: 'later' });
    expect(attempts).toBe(4);
  });

  test('whose connection is lost during COMMIT has an unknown outcome, and its actions do not run', async () => {
    const { url, proxy } = await cutBefore('COMMIT');
    const cut = Database.connect({ url, logger: silentLogger });
    let ran = false;
    const unknown = cut.open('demo').tx(async (tx) => {
      tx.afterCommit(() => (ran = true));
      await tx.query(insert, [1]);
    });
    await expect(unknown).rejects.toMatchObject({ code: 'HUB_STORE_COMMIT_UNKNOWN', class: 'ask' });
    expect(ran).toBe(false);
    await cut.close();
    proxy.close();
  });

  test('whose connection is lost before COMMIT has failed, and may be tried later', async () => {
    const { url, proxy } = await cutBefore('INSERT');
    const cut = Database.connect({ url, logger: silentLogger });
    const failing = cut.open('demo').tx((tx) => tx.query(insert, [1]));
    await expect(failing).rejects.toMatchObject({ code: 'HUB_STORE_UNREACHABLE', class: 'later' });
    await cut.close();
    proxy.close();
  });
});

describe('a server that the network has swallowed', () => {
  /** Gives a connection up after 300 ms of silence. */
  async function silentBefore(word: string) {
    const { url, proxy } = await cutBefore(word, true);
    const target = { url, schema: 'demo', applicationName: 'test', answerTimeout: 300 };
    const listener = new Listener(target, silentLogger);
    const swallowed = new PooledStore({ target, maxConnections: 1, listener, logger: silentLogger });
    const close = async () => {
      await swallowed.close();
      proxy.close();
    };
    return { swallowed, close };
  }

  test('is waited for so long, and the next statement goes by a new connection', async () => {
    const { swallowed, close } = await silentBefore('lost in between');
    const lost = swallowed.query("INSERT INTO item VALUES (1, 'lost in between')");
    await expect(lost).rejects.toMatchObject({ code: 'HUB_STORE_UNREACHABLE', class: 'later' });
    await swallowed.tx((tx) => tx.query(insert, [2]));
    expect(await count()).toBe(1);
    await close();
  });

  test('leaves the outcome of a COMMIT unknown', async () => {
    const { swallowed, close } = await silentBefore('COMMIT');
    const unknown = swallowed.tx((tx) => tx.query(insert, [1]));
    await expect(unknown).rejects.toMatchObject({ code: 'HUB_STORE_COMMIT_UNKNOWN', class: 'ask' });
    await close();
  });

  test('is waited for longer where a transaction says that its statements take long', async () => {
    const { swallowed, close } = await silentBefore('nothing');
    const slow = swallowed.tx(async (tx) => {
      await tx.allowStatements(60_000);
      return await tx.query("SELECT current_setting('statement_timeout') AS most FROM pg_sleep(0.5)");
    });
    expect(await slow).toEqual([{ most: '1min' }]);
    await close();
  });
});

describe('a session', () => {
  test('sees its own schema only, whatever the address asks for', async () => {
    const url = new URL(server.url);
    url.searchParams.set('options', '-c work_mem=5MB -c search_path=public');
    url.searchParams.set('statement_timeout', '1');
    const other = Database.connect({ url: url.href, logger: silentLogger });
    const [row] = await other.open('demo').query(
      `SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS statement,
        current_setting('lock_timeout') AS lock, current_setting('work_mem') AS memory`,
    );
    expect(row).toEqual({ path: 'demo', statement: '30s', lock: '5s', memory: '5MB' });
    await other.close();
  });

  test('of a server older than 15 is refused', async () => {
    const old = { query: async () => ({ rows: [{ version: '140011' }] }) };
    await expect(checkServer(old as never)).rejects.toMatchObject({
      code: 'HUB_STORE_TOO_OLD',
      message: 'The server is PostgreSQL 14; 15 or newer is needed.',
    });
  });

  test('with a plan of an altered table is replaced', async () => {
    const single = database.open('demo', { maxConnections: 1 });
    const text = 'SELECT * FROM item WHERE id = $1';
    await single.query(text, [1]);
    await store.query('ALTER TABLE item ADD COLUMN more int');
    await expect(single.query(text, [1])).rejects.toMatchObject({ code: 'HUB_STORE_BUSY', class: 'later' });
    await expect(single.query(text, [1])).resolves.toEqual([]);
    await single.close();
  });
});

describe('addresses', () => {
  test.each(['', 'mysql://localhost/x', 'localhost:5432'])('%p is no PostgreSQL URL', (url) => {
    expect(() => Database.connect({ url, logger: silentLogger })).toThrow(
      expect.objectContaining({ code: 'HUB_STORE_URL' }),
    );
  });

  test('a wrong password, a missing database and a closed port are told apart', async () => {
    const codes: unknown[] = [];
    for (const change of ['password', 'pathname', 'port'] as const) {
      const url = new URL(server.url);
      url[change] = { password: 'wrong', pathname: '/missing', port: '1' }[change];
      const wrong = Database.connect({ url: url.href, logger: silentLogger });
      codes.push(await wrong.ping().catch((error: { code: string }) => error.code));
    }
    expect(codes).toEqual(['HUB_STORE_ACCESS', 'HUB_STORE_ACCESS', 'HUB_STORE_UNREACHABLE']);
    await expect(database.ping()).resolves.toBeUndefined();
  });
});

describe('listening', () => {
  const woken = () => {
    let wake: () => void = () => undefined;
    const next = () => new Promise<void>((resolve) => (wake = resolve));
    return { next, wake: () => wake() };
  };

  test('wakes at once, and on a notification after a commit', async () => {
    const { next, wake } = woken();
    const first = next();
    const handle = await store.listen('demo_channel', wake);
    await first;
    const second = next();
    await store.tx(async (tx) => {
      tx.notify('demo_channel');
      await tx.query(insert, [1]);
    });
    await second;
    await handle.close();
  });

  test('wakes after the connection was lost', async () => {
    const { next, wake } = woken();
    await store.listen('lost_channel', wake);
    const reconnected = next();
    await store.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
    await reconnected;
    const notified = next();
    await store.query("SELECT pg_notify('lost_channel', '')");
    await notified;
  });

  test('in a loop looks when it is woken, goes on after a look that failed, and has ended after the one under way', async () => {
    const news = new EventEmitter();
    const errors: unknown[] = [];
    const answers: (() => Promise<undefined>)[] = [];
    const look = async () => {
      const answer = answers.shift();
      news.emit('look');
      return await answer?.();
    };
    const onError = (error: unknown) => errors.push(error);
    const loop = new ListeningLoop({ store, channel: 'demo_loop', everyMs: undefined, retryMs: 1, look, onError });
    const woken = async () => {
      const looked = once(news, 'look');
      await store.tx(async (tx) => tx.notify('demo_loop'));
      await looked;
    };
    const begun = once(news, 'look');
    loop.start();
    await begun;
    await woken();
    const again = new Promise<void>((resolve) => {
      answers.push(
        () => Promise.reject(new Error('no')),
        async () => void resolve(),
      );
    });
    await woken();
    // Nobody wakes it.
    await again;
    expect(errors).toEqual([new Error('no')]);

    let release = (_: undefined) => {};
    const held = new Promise<void>((resolve) => {
      answers.push(() => (resolve(), new Promise((done) => (release = done))));
    });
    await store.tx(async (tx) => tx.notify('demo_loop'));
    await held;
    let ended = false;
    const stopping = loop.stop().then(() => (ended = true));
    for (let round = 0; round < 5; round += 1) await store.query('SELECT 1');
    expect(ended).toBe(false);
    release(undefined);
    await stopping;
  });

  test('refuses a channel that cannot be named', async () => {
    await expect(store.listen('a"; DROP', () => undefined)).rejects.toMatchObject({ code: 'HUB_STORE_NAME' });
  });
});

describe('a lock', () => {
  test('has one holder per schema and name, and can be taken again after release', async () => {
    const held = await store.lock('sealer');
    expect(await store.lock('sealer')).toBeUndefined();
    const elsewhere = await database.open('other').lock('sealer');
    expect(elsewhere).toBeDefined();
    await Promise.all([held!.release(), elsewhere!.release()]);
    const again = await store.lock('sealer');
    expect(again!.lost.aborted).toBe(false);
    await again!.release();
  });

  test('tells its holder when the connection is gone', async () => {
    const held = (await store.lock('relay'))!;
    const lost = once(held.lost, 'abort');
    await store.query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
    await lost;
    const next = await store.lock('relay');
    expect(next).toBeDefined();
    await next!.release();
  });
});

test('closing waits for what runs and for what waits for a connection, then refuses', async () => {
  const closing = database.open('demo', { maxConnections: 1 });
  const running = [1, 2, 3].map((id) => closing.tx((tx) => tx.query(insert, [id])));
  await closing.close();
  await Promise.all(running);
  expect(await count()).toBe(3);
  await expect(closing.query('SELECT 1')).rejects.toMatchObject({ code: 'HUB_STORE_CLOSED' });
});
