import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { trailMigrations } from '@ozg-hub/delivery';
import type { Sql, Store } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { PostingFileRepository } from './files/posting-file.repository.ts';
import { PaymentStanding } from './payment-standing.ts';

const own = { owner: 'epay21-bridge', folder: new URL('../migrations/', import.meta.url) };
const SETTLED = 20_000;

let database: TestDatabase;
let store: Store;

/** Payments of years, settled and posted; of each kind that somebody should look at there is one. */
beforeAll(async () => {
  database = await testDatabase([{ schema: 'epay21_bridge', sets: [trailMigrations, own] }]);
  store = database.database.open('epay21_bridge', { maxConnections: 2 });
  await store.query(
    `INSERT INTO payment (id, tenant, provider, endpoint, finance, directory_version, kassenzeichen, purpose, description,
       currency, gross_minor, items, return_token, timeout_minutes, state, booking, paid_at, expires_at)
     SELECT gen_random_uuid(), 'musterstadt', 'epay', 'e', 'kasse', 'v', n, '', '', 'EUR', 1, '[]', n, 30, 'SETTLED', 'ACCEPTED',
       now() - make_interval(days => n % 700), now() FROM generate_series(1, $1::integer) n`,
    [SETTLED],
  );
  await store.query(`INSERT INTO posting (event_id, payment_id, tenant, finance, kind, business_day, currency, gross_minor, data)
    SELECT gen_random_uuid(), id, tenant, finance, 'SETTLED', paid_at::date, currency, gross_minor,
      jsonb_build_object('items', repeat('x', 700)) FROM payment`);
  const change = async (kassenzeichen: string, to: string) =>
    await store.query(`UPDATE payment SET ${to} WHERE kassenzeichen = $1`, [kassenzeichen]);
  await change('1', `state = 'UNKNOWN', booking = NULL, paid_at = NULL`);
  await change('2', `integrity = 'HUB_EPAY_AMOUNT_DIFFERS'`);
  await change('3', `closing = 'REFUSED'`);
  await change('4', `booking = 'REJECTED'`);
  await change('5', `submission_id = gen_random_uuid(), paid_at = now() - interval '2 hours'`);
  await store.query('VACUUM ANALYZE');
}, 60_000);
afterAll(() => database.drop());

/** How PostgreSQL goes about the statement that something asks. */
async function planOf(ask: (sql: Store) => Promise<unknown>): Promise<string> {
  let plan = '';
  const query: Sql['query'] = async (text, params) => {
    const rows = await store.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, params);
    plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    return [];
  };
  await ask({ query } as Store);
  return plan;
}

const standing = (sql: Store) => new PaymentStanding(sql);

test('a scrape finds all that somebody should look at', async () => {
  expect(await standing(store).concerns()).toMatchObject([
    { rejected: 1, integrity: 1, unknown: 1, closingRefused: 1, withoutReceipt: 1, unbooked: 0 },
  ]);
  expect(await standing(store).counts()).toMatchObject([{ state: 'UNKNOWN', count: 1 }]);
});

test('and does not read the payments of all years for it', async () => {
  expect(await planOf((sql) => standing(sql).concerns())).not.toContain('Seq Scan');
  expect(await planOf((sql) => standing(sql).counts())).not.toContain('Seq Scan');
});

test('days that have postings in no file are found in the index, without reading the postings', async () => {
  const series = { tenant: 'musterstadt', target: 'kasse', profile: 'hkr' };
  const plan = await planOf((sql) => new PostingFileRepository().openDays(sql, series, '2126-01-01'));
  expect(plan).toContain('Index Only Scan using posting_of_day on posting');
});
