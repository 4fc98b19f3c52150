import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { trailMigrations } from '@ozg-hub/delivery';
import { type Store, outboxMigrations } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { SampleBooks, type SampleLine, sampleList, sampleStatement } from './sample-books.ts';

const own = { owner: 'epay21-bridge', folder: new URL('../../migrations/', import.meta.url) };

let database: TestDatabase;
let store: Store;
let books: SampleBooks;

beforeAll(async () => {
  database = await testDatabase([{ schema: 'epay21_bridge', sets: [outboxMigrations, trailMigrations, own] }]);
  store = database.database.open('epay21_bridge', { maxConnections: 4 });
}, 60_000);
beforeEach(async () => {
  books = new SampleBooks(store);
  await books.empty();
});
afterAll(() => database.drop());

const back = (minor: number, text: string, bankReference?: string): SampleLine => ({
  minor,
  text: `Rueckgabe ${text}`,
  reversal: { reason: 'MD06' },
  ...(bankReference && { bankReference }),
});
/** Without payments that the list lacks, which is not the matter here. */
const openItems = async () => (await books.openItems()).filter((item) => !item.includes('NOT_IN_LIST'));

describe('a return', () => {
  test('of a payment is recorded once as a chargeback, also where list and bank both have it', async () => {
    const [id] = await books.paid({ kassenzeichen: '2600000001' }, { kassenzeichen: '2600000002' });
    const debits = [back(-3000, '2600000001', 'R1'), back(-1000, '2600000002', 'R2')];
    const result = await books.run('2026-09-05', {
      providerList: sampleList('T2600000001;;;2026-09-04;30,00;;;Chargeback'),
      statements: [sampleStatement(debits)],
    });
    expect(result.chargebacks).toBe(2);
    const recorded = ['2600000001 CHARGEBACK 3000 2026-09-04', '2600000002 CHARGEBACK 1000 2026-09-03'];
    expect(await books.wentBack()).toEqual(recorded);
    expect(await store.query('SELECT state, reversed_minor FROM payment WHERE id = $1', [id])).toEqual([
      { state: 'CHARGEBACK', reversed_minor: 3000 },
    ]);
    expect((await books.run('2026-09-05', { statements: [sampleStatement(debits)] })).chargebacks).toBe(0);
    expect(await books.wentBack()).toEqual(recorded);
    expect(await openItems()).toEqual([]);
  });

  test('that a person recorded before is not recorded again', async () => {
    const [id] = await books.paid({ kassenzeichen: '2600000001' });
    await books.reversal(id!, 3000, 'CHARGEBACK', 'Brief der Bank');
    const result = await books.run('2026-09-05', {
      providerList: sampleList('T2600000001;;;2026-09-04;30,00;;;Chargeback'),
      statements: [sampleStatement([back(-3000, '2600000001')])],
    });
    expect([result.chargebacks, await openItems()]).toEqual([0, []]);
    expect(await books.wentBack()).toEqual(['2600000001 CHARGEBACK 3000 2026-09-03']);
  });

  test('of more than is left is not recorded but shown', async () => {
    await books.paid({ kassenzeichen: '2600000001' });
    const result = await books.run('2026-09-05', { statements: [sampleStatement([back(-3500, '2600000001')])] });
    expect([result.chargebacks, await books.wentBack()]).toEqual([0, []]);
    expect(await books.openItems()).toEqual(['AMOUNT_DIFF RETURN 2600000001 3000  -3500']);
  });

  test.each([
    ['other sums', '10,00', '5,00'],
    ['the same sum', '10,00', '10,00'],
  ])('is one of several of a payment under the same id in the list, of %s', async (_, first, second) => {
    await books.paid({ kassenzeichen: '2600000001' });
    const lines = [first, second].map((gross, n) => `T2600000001;;;2026-09-0${n + 4};${gross};;;Chargeback`);
    expect((await books.run('2026-09-05', { providerList: sampleList(lines[0]!) })).chargebacks).toBe(1);
    expect((await books.run('2026-09-05', { providerList: sampleList(...lines) })).chargebacks).toBe(1);
    const cents = (gross: string) => gross.replace(',', '');
    expect(await books.wentBack()).toEqual([
      `2600000001 CHARGEBACK ${cents(first)} 2026-09-04`,
      `2600000001 CHARGEBACK ${cents(second)} 2026-09-05`,
    ]);
    expect((await books.run('2026-09-05')).chargebacks).toBe(0);
    expect(await openItems()).toEqual([]);
  });

  test('is one of several of a payment under the same reference of the bank', async () => {
    await books.paid({ kassenzeichen: '2600000001' });
    const debits = [back(-1000, '2600000001', 'R1'), back(-500, '2600000001', 'R1'), back(-500, '2600000001', 'R1')];
    expect((await books.run('2026-09-05', { statements: [sampleStatement(debits)] })).chargebacks).toBe(3);
    expect((await books.wentBack()).map((posting) => posting.split(' ')[2])).toEqual(['1000', '500', '500']);
    expect(await openItems()).toEqual([]);
  });

  test('that cannot be recorded stays open, and the others are recorded all the same', async () => {
    const [id] = await books.paid({ kassenzeichen: '2600000001' }, { kassenzeichen: '2600000002' });
    await store.query(`UPDATE payment SET state = 'EXPIRED' WHERE id = $1`, [id]);
    const lines = ['1', '2'].map((n) => `T260000000${n};;;2026-09-04;10,00;;;Chargeback`);
    const statements = [sampleStatement([back(-500, '2600000001'), back(-500, '2600000002')])];
    const { chargebacks } = await books.run('2026-09-05', { providerList: sampleList(...lines), statements });
    expect([chargebacks, await books.wentBack()]).toEqual([
      2,
      ['2600000002 CHARGEBACK 1000 2026-09-04', '2600000002 CHARGEBACK 500 2026-09-03'],
    ]);
    expect(await openItems()).toEqual([
      'MISSING_IN_HUB CHARGEBACK 2600000001 3000 -1000',
      'AMOUNT_DIFF RETURN 2600000001 3000  -500',
    ]);
  });
});

test('a refund that agreed before the list named its payout counts in that payout', async () => {
  const [, refunded] = await books.paid({ kassenzeichen: '26-0001' }, { kassenzeichen: '26-0002' });
  await books.reversal(refunded!, 1000, 'REFUND', 'r1');
  const refund = (payout: string) => `T26-0002;;;2026-09-02;10,00;;${payout};Erstattung`;
  await books.run('2026-09-03', { providerList: sampleList(refund('')) });
  const { classes } = await books.run('2026-09-03', {
    providerList: sampleList(...['1', '2'].map((n) => `T26-000${n};;;2026-09-01;30,00;;A1;`), refund('A1')),
    statements: [sampleStatement([{ minor: 5000, text: 'AUSZAHLUNG A1' }])],
  });
  expect(classes).toMatchObject({ MATCHED: 2, AMOUNT_DIFF: 0, DUPLICATE: 0 });
  expect(await books.openItems()).toEqual([]);
});
