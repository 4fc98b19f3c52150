import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Sql, Store } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { SampleService, sampleMigrations } from './sample-service.ts';

const WAITING = 100;
const OVER = 5_000;
const plans = new Map<string, string>();

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await testDatabase(sampleMigrations);
  store = database.database.open('sample', { maxConnections: 8 });
}, 60_000);
afterAll(async () => await database.drop());

/** The same store, of which PostgreSQL is asked how it goes about each statement before it is run. */
function explained(): Store {
  const asking = <T extends Sql>(sql: T): T => {
    const query: Sql['query'] = async (text, params) => {
      if (/^\s*(SELECT|WITH|UPDATE|DELETE)\b/.test(text)) {
        const rows = await sql.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, params);
        plans.set(text, rows.map((row) => row['QUERY PLAN']).join('\n'));
      }
      return await sql.query(text, params);
    };
    return new Proxy(sql, {
      get(target, name) {
        if (name === 'query') return query;
        if (name === 'tx') return (work: Parameters<Store['tx']>[0]) => store.tx(async (tx) => await work(asking(tx)));
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  };
  return asking(store);
}

test('no statement of the engine reads the deliveries from end to end: what is over costs nothing, however much it is', async () => {
  await new SampleService(store).queue(...Array.from({ length: WAITING + OVER }, () => ({})));
  await store.query(`UPDATE delivery SET state = 'DELIVERED', next_at = NULL WHERE position > $1`, [WAITING]);
  await store.query('ANALYZE');
  const sample = new SampleService(explained());
  sample.send = () => Promise.resolve({ state: 'DELIVERED' });
  sample.engine({ pollMs: 10 });
  await sample.until(() => sample.sent.length >= WAITING);
  await sample.stop();
  const claims = [...plans.keys()].filter((text) => text.includes('SKIP LOCKED'));
  expect(claims.length).toBeGreaterThanOrEqual(3);
  const reading = [...plans].filter(([, plan]) => /Seq Scan on delivery\b/.test(plan));
  expect(reading).toEqual([]);
}, 60_000);
