import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { trailMigrations } from '@ozg-hub/delivery';
import { type Store, outboxMigrations } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { PaymentRecorder } from '../payment-recorder.ts';
import { findPayment } from '../payment.repository.ts';
import { SampleBooks } from './sample-books.ts';
import { Settlements } from './settlements.ts';

const own = { owner: 'epay21-bridge', folder: new URL('../../migrations/', import.meta.url) };
let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await testDatabase([{ schema: 'epay21_bridge', sets: [outboxMigrations, trailMigrations, own] }]);
  store = database.database.open('epay21_bridge', { maxConnections: 4 });
}, 60_000);
afterAll(() => database.drop());

async function untilOneWaits(): Promise<void> {
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await store.query(waiting)).length === 0);
}

test('a payment that the finance system books while the statement is compared is settled, with both in its history', async () => {
  const [id] = await new SampleBooks(store).paid({
    kassenzeichen: '26-0001',
    events: [{ type: 'says', status: 'PAID' }],
  });
  const recorder = new PaymentRecorder({ source: '/test', closes: () => false });
  let compared: Promise<void> | undefined;
  await store.tx(async (tx) => {
    const payment = (await findPayment(tx, id!, true))!;
    const booked = { type: 'booked', settled: false } as const;
    await recorder.record(tx, payment, { event: booked, cause: 'booking', actor: 'kasse' });
    compared = store.tx((other) => new Settlements(recorder).mark(other, [id!], '2026-09-03'));
    await untilOneWaits();
  });
  await compared;
  const history = `SELECT position, state FROM payment_change ORDER BY position DESC LIMIT 2`;
  const [settled, booked] = await store.query<{ position: number; state: string }>(history);
  expect([booked?.state, settled?.state]).toEqual(['BOOKED', 'SETTLED']);
  expect(settled!.position).toBe(booked!.position + 1);
});
