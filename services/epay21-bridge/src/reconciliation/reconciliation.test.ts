import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { trailMigrations } from '@ozg-hub/delivery';
import { type Store, outboxMigrations } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import type { Reconciliation } from './reconciliation.ts';
import { SampleBooks, type SampleLine, sampleList, sampleSettings, sampleStatement } from './sample-books.ts';

const own = { owner: 'epay21-bridge', folder: new URL('../../migrations/', import.meta.url) };
const withoutList = { iban: sampleSettings.iban };

let database: TestDatabase;
let store: Store;
let books: SampleBooks;
let reconciliation: Reconciliation;

beforeAll(async () => {
  database = await testDatabase([{ schema: 'epay21_bridge', sets: [outboxMigrations, trailMigrations, own] }]);
  store = database.database.open('epay21_bridge', { maxConnections: 4 });
}, 60_000);
beforeEach(async () => {
  books = new SampleBooks(store);
  ({ reconciliation } = books);
  await books.empty();
});
afterAll(() => database.drop());

describe('payments are matched', () => {
  test('in bulk credits net of fees, two on one day, by the payout reference that list and bank name', async () => {
    await books.paid({ kassenzeichen: '26-0001', fee: 35 }, { kassenzeichen: '26-0002' }, { kassenzeichen: '26-0003' });
    const providerList = sampleList(
      'T26-0001;;;2026-09-01;30,00;0,35;A-100;',
      'T26-0002;;;2026-09-01;30,00;0,40;A-100;',
      'T26-0003;;;2026-09-01;30,00;0,35;A-200;',
      ';;;2026-09-01;0,00;1,00;A-200;Gebühr',
    );
    const statements = [
      sampleStatement([
        { minor: 5925, text: 'ePay AUSZAHLUNG A100' },
        { minor: 2865, text: 'ePay AUSZAHLUNG A-200 Danke' },
      ]),
    ];
    const result = await books.run('2026-09-03', { providerList, statements });
    expect(result.classes.MATCHED).toBe(3);
    expect(await books.openItems()).toEqual([]);
    const settled = 'SETTLED 2026-09-03';
    expect(await books.settled()).toEqual({ '26-0001': settled, '26-0002': settled, '26-0003': settled });
    expect(result.balances).toEqual([
      { currency: 'EUR', hub: 9000, provider: 9000, fees: 210, bank: 8790, driftOfProvider: 0, driftOfBank: 0 },
    ]);
    expect(result.chargebacks).toBe(0);
  });

  test('singly, by Kassenzeichen in creditor reference, EndToEndId or text, gross or less what was kept', async () => {
    const kassenzeichen = ['2600000001-1', '2600000002-2', '2600000003-3', '2600000004-4', '2600000005-5'];
    await books.paid(...kassenzeichen.map((one) => ({ kassenzeichen: one, fee: 35 })));
    const credits: SampleLine[] = [
      { minor: 3000, text: 'x', creditorReference: '26000000011' },
      { minor: 3000, text: 'x', endToEndId: '2600000002-2' },
      { minor: 2965, text: 'Mustermann Kassenzeichen 2600000003 -3' },
      { minor: 3000, text: 'Parken', creditorReference: '2600000004-4' },
      { minor: 3000, text: 'etwas anderes 2600000009-9' },
    ];
    const result = await books.run('2026-09-03', { statements: [sampleStatement(credits)], settings: withoutList });
    expect(result.classes.MATCHED).toBe(4);
    expect(Object.keys(await books.settled())).toEqual(kassenzeichen.slice(0, 4));
    expect(await books.openItems()).toEqual([]);
  });

  test('by requestId, and by Kassenzeichen and amount, where the list has no transactionId', async () => {
    const [id] = await books.paid(
      { kassenzeichen: '26-0001' },
      { kassenzeichen: '26-0002' },
      { kassenzeichen: '26-0003' },
    );
    const providerList = sampleList(
      `;${id!.toUpperCase()};;2026-09-01;30,00;;A1;`,
      ';;26-0002;2026-09-01;30,00;;A1;',
      ';;26-0003;2026-09-01;31,00;;A2;',
    );
    const result = await books.run('2026-09-03', {
      providerList,
      statements: [sampleStatement([{ minor: 6000, text: 'AUSZAHLUNG A1' }])],
    });
    expect(result.classes).toMatchObject({ MATCHED: 2, MISSING_IN_HUB: 1 });
    const rows = await store.query('SELECT linked_by FROM provider_item ORDER BY id');
    expect(rows.map((row) => row['linked_by'])).toEqual(['REQUEST', 'KASSENZEICHEN', null]);
  });

  test('once, however often the same statement and list are read, and where statements overlap', async () => {
    await books.paid({ kassenzeichen: '2600000001' }, { kassenzeichen: '2600000002' });
    const lines = ['T2600000001;;;2026-09-01;30,00;;;', 'T2600000002;;;2026-09-01;30,00;;;'];
    const [first, second, other] = [
      { minor: 3000, text: '2600000001' },
      { minor: 3000, text: '2600000002' },
      { minor: 500, text: 'Hundesteuer' },
    ];
    const twice = [first, other, other];
    const list = () => books.readList(sampleList(...lines));
    const statement = () => books.readStatement(sampleStatement(twice, { id: 'S1' }));
    expect(await list()).toEqual({ entries: 2, added: 2, known: false });
    expect(await statement()).toEqual({ entries: 3, added: 3, known: false });
    expect((await books.run('2026-09-03')).classes.MATCHED).toBe(1);
    expect(await list()).toEqual({ entries: 2, added: 0, known: true });
    expect(await statement()).toEqual({ entries: 3, added: 0, known: true });
    expect((await books.run('2026-09-03')).classes.MATCHED).toBe(0);
    const overlapping = sampleStatement(
      [second, ...twice].map((entry, n) => ({ ...entry, reference: `again-${n}` })),
      { id: 'S2' },
    );
    expect(await books.readList(sampleList(lines[1]!))).toEqual({ entries: 1, added: 0, known: false });
    expect(await books.readStatement(overlapping)).toEqual({ entries: 4, added: 1, known: false });
    expect((await books.run('2026-09-04')).classes.MATCHED).toBe(1);
    expect(await books.openItems()).toEqual([]);
  });
});

test('a line whose payout the list names only later is the same line, and found in that payout', async () => {
  await books.paid({ kassenzeichen: '26-0001' });
  const line = (payout: string) => sampleList(`T26-0001;;;2026-09-01;30,00;0,35;${payout};`);
  const fee = (payout: string) => sampleList(`;;;2026-09-01;0,00;1,00;${payout};Gebühr`);
  await books.readList(line(''));
  expect(await books.readList(line('A1'))).toMatchObject({ added: 0, known: false });
  expect(await books.readList(line(''))).toMatchObject({ added: 0, known: true });
  // Of lines that name no payment the payout is all that tells them apart.
  expect(await books.readList(fee('A1'))).toMatchObject({ added: 1 });
  expect(await books.readList(fee('A2'))).toMatchObject({ added: 1 });
  const { classes } = await books.run('2026-09-03', {
    statements: [sampleStatement([{ minor: 2865, text: 'AUSZAHLUNG A1' }])],
  });
  expect(classes).toMatchObject({ MATCHED: 1, DUPLICATE: 0, AMOUNT_DIFF: 0 });
});

describe('what does not agree is an open item', () => {
  test('MISSING_AT_BANK: a payout, or a single payment, that no statement shows in time', async () => {
    await books.paid({ kassenzeichen: '26-0001' }, { kassenzeichen: '26-0002' });
    const providerList = sampleList('T26-0001;;;2026-09-01;30,00;0,35;A1;', 'T26-0002;;;2026-09-01;30,00;;;');
    expect((await books.run('2026-09-06', { providerList })).classes.MISSING_AT_BANK).toBe(0);
    expect((await books.run('2026-09-07')).classes.MISSING_AT_BANK).toBe(2);
    expect(await books.openItems()).toEqual([
      'MISSING_AT_BANK PAYOUT   2965',
      'MISSING_AT_BANK NOT_ON_STATEMENT 26-0002 3000 3000',
    ]);
  });

  test('MISSING_AT_PROVIDER: a payment that no list has in time', async () => {
    await books.paid(
      { kassenzeichen: '26-0001', paidAt: '2026-10-25T22:59:59Z' },
      { kassenzeichen: '26-0002', paidAt: '2026-10-25T23:00:00Z' },
    );
    await books.run('2026-10-31');
    // The clocks went back that day: it ended an hour later by UTC.
    expect(await books.openItems()).toEqual(['MISSING_AT_PROVIDER NOT_IN_LIST 26-0001 3000']);
    await books.run('2026-11-01');
    expect(await books.openItems()).toHaveLength(2);
  });

  test('MISSING_IN_HUB: what list or bank have and the hub does not, or holds for unpaid', async () => {
    await books.paid(
      { kassenzeichen: '2600000001', paidAt: null },
      { kassenzeichen: '2600000002', paidAt: null, events: [{ type: 'expired' }] },
    );
    const providerList = sampleList('T2600000001;;;2026-09-01;30,00;;A1;', 'T9;;;2026-09-01;7,00;;A1;');
    const credits = [
      { minor: 3000, text: 'Kassenzeichen 2600000002' },
      { minor: 100, text: 'AUSZAHLUNG A9' },
      { minor: 4711, text: 'Grundsteuer' },
    ];
    await books.run('2026-09-03', { providerList, statements: [sampleStatement(credits)] });
    const first = [
      'MISSING_IN_HUB PAID_AT_PROVIDER 2600000001 3000 3000',
      'MISSING_IN_HUB NO_PAYMENT   700',
      'MISSING_IN_HUB PAID_AT_BANK 2600000002 3000  3000',
    ];
    expect(await books.openItems()).toEqual(first);
    const [unknown] = await reconciliation.items({ code: 'PAID_AT_PROVIDER' });
    expect(unknown).toMatchObject({ transactionId: 'T2600000001', class: 'MISSING_IN_HUB' });
    await books.run('2026-09-09', { settings: { ...sampleSettings, ownAccount: true } });
    expect(await books.openItems()).toEqual(
      expect.arrayContaining([...first, 'MISSING_IN_HUB PAYOUT    100', 'MISSING_IN_HUB NO_PAYMENT    4711']),
    );
  });

  test('AMOUNT_DIFF: list, bank or payout have another sum or currency; the payment is not settled', async () => {
    await books.paid({ kassenzeichen: '2600000001' }, { kassenzeichen: '2600000002' }, { kassenzeichen: '2600000003' });
    const providerList = sampleList(
      'T2600000001;;;2026-09-01;31,00;;A1;',
      'T2600000002;;;2026-09-01;30,00;;A2;',
      'T2600000003;;;2026-09-01;30,00;;;',
    );
    const statements = [
      sampleStatement([
        { minor: 3100, text: 'AUSZAHLUNG A1' },
        { minor: 2900, text: 'AUSZAHLUNG A2' },
      ]),
      sampleStatement([{ minor: 3000, text: '2600000003', currency: 'CHF' }], { id: 'CHF' }),
    ];
    await books.run('2026-09-03', { providerList, statements });
    expect(await books.openItems()).toEqual([
      'AMOUNT_DIFF GROSS 2600000001 3000 3100',
      'AMOUNT_DIFF CURRENCY 2600000003 3000  3000',
      'AMOUNT_DIFF PAYOUT   3000 2900',
    ]);
    expect(await books.settled()).toEqual({});
  });

  test('FEE_DIFF: another fee than the payment service said, or a payout that is gross', async () => {
    await books.paid({ kassenzeichen: '26-0001', fee: 35 }, { kassenzeichen: '26-0002' });
    const providerList = sampleList('T26-0001;;;2026-09-01;30,00;0,45;A1;', 'T26-0002;;;2026-09-01;30,00;0,35;A2;');
    const statements = [
      sampleStatement([
        { minor: 2955, text: 'AUSZAHLUNG A1' },
        { minor: 3000, text: 'AUSZAHLUNG A2' },
      ]),
    ];
    await books.run('2026-09-03', { providerList, statements });
    expect(await books.openItems()).toEqual(['FEE_DIFF FEE 26-0001 35 45', 'FEE_DIFF PAYOUT   2965 3000']);
    expect(await books.settled()).toEqual({});
  });

  test('DUPLICATE: twice in the list, or twice at the bank; once it is matched all the same', async () => {
    await books.paid({ kassenzeichen: '2600000001' }, { kassenzeichen: '2600000002' });
    const line = 'T2600000001;;;2026-09-01;30,00;;A1;';
    const providerList = sampleList(line, line, 'T2600000002;;;2026-09-01;30,00;;;');
    const credits = [
      { minor: 3000, text: 'AUSZAHLUNG A1' },
      { minor: 3000, text: 'AUSZAHLUNG A1', bankReference: 'B2' },
      { minor: 3000, text: '2600000002' },
      { minor: 3000, text: '2600000002', bankReference: 'B4' },
    ];
    const once = await books.run('2026-09-03', {
      providerList,
      statements: [sampleStatement([credits[0]!, ...credits.slice(2)])],
    });
    expect(once.classes).toMatchObject({ MATCHED: 2, DUPLICATE: 2 });
    expect(await books.openItems()).toEqual([
      'DUPLICATE TWICE_IN_LIST   3000',
      'DUPLICATE TWICE_AT_BANK 2600000002   3000',
    ]);
    await books.run('2026-09-04', { statements: [sampleStatement([credits[1]!], { on: '2026-09-04' })] });
    expect(await books.openItems()).toHaveLength(3);
  });

  test('a refund that the hub has and neither list nor bank, or the other way round', async () => {
    const [known, other] = await books.paid({ kassenzeichen: '26-0001' }, { kassenzeichen: '26-0002' });
    await books.reversal(known!, 1000, 'REFUND', 'r1');
    await books.run('2026-09-06', { providerList: sampleList('T26-0002;;;2026-09-03;5,00;;;Erstattung') });
    expect(await books.openItems()).toEqual(expect.arrayContaining(['MISSING_IN_HUB REFUND 26-0002 3000 -500']));
    await books.run('2026-09-09');
    expect(await books.openItems()).toEqual(expect.arrayContaining(['MISSING_AT_BANK REFUND 26-0001 -1000']));
    await books.reversal(other!, 500, 'REFUND', 'r2');
    await books.run('2026-09-09', { providerList: sampleList('T26-0001;;;2026-09-04;-10,00;;;Erstattung') });
    expect((await books.openItems()).filter((item) => item.includes('REFUND'))).toEqual([]);
  });
});

describe('an open item', () => {
  test('keeps the day on which it was first seen over runs and classes, and closes by itself when it agrees', async () => {
    await books.paid({ kassenzeichen: '2600000001' });
    await books.run('2026-09-07');
    await books.run('2026-09-08', { providerList: sampleList('T2600000001;;;2026-09-01;30,00;;;') });
    await books.run('2026-09-20');
    const [item, ...others] = await reconciliation.items({});
    expect(others).toEqual([]);
    expect(item).toMatchObject({
      class: 'MISSING_AT_BANK',
      firstSeen: '2026-09-07',
      lastSeen: '2026-09-20',
      ageDays: 13,
    });
    const last = await books.run('2026-09-21', {
      statements: [sampleStatement([{ minor: 3000, text: '2600000001' }])],
    });
    expect(last.classes).toMatchObject({ MATCHED: 1, MISSING_AT_BANK: 0 });
    expect(await reconciliation.findItem(item!.id)).toMatchObject({
      closedOn: '2026-09-21',
      closedBy: undefined,
      ageDays: 14,
    });
  });

  test('that a person closed stays closed, with who and why in the trail; an accepted difference is settled', async () => {
    await books.paid({ kassenzeichen: '26-0001', fee: 35 });
    const providerList = sampleList('T26-0001;;;2026-09-01;30,00;0,45;A1;');
    await books.run('2026-09-03', {
      providerList,
      statements: [sampleStatement([{ minor: 2955, text: 'AUSZAHLUNG A1' }])],
    });
    const [item] = await reconciliation.items({});
    const order = { actor: 'key:anna', reason: 'Entgelt laut Preisliste vom September' };
    expect(await reconciliation.close(item!.id, order)).toMatchObject({ closedBy: 'key:anna', reason: order.reason });
    await expect(reconciliation.close(item!.id, order)).rejects.toMatchObject({ code: 'HUB_EPAY_ITEM_CLOSED' });
    expect((await books.run('2026-09-04')).classes).toMatchObject({ MATCHED: 1, FEE_DIFF: 0 });
    const trail = await store.query(`SELECT actor, state, code FROM audit WHERE kind = 'reconciliation.item-closed'`);
    expect(trail).toEqual([{ actor: 'key:anna', state: 'FEE_DIFF', code: 'FEE' }]);
  });

  test('of another municipality is not there', async () => {
    await books.paid({ kassenzeichen: '26-0001' });
    await books.run('2026-09-20');
    const [item] = await reconciliation.items({});
    const tenants = ['beispielhausen'];
    expect(await reconciliation.items({ tenants })).toEqual([]);
    expect(await reconciliation.runs({ tenants })).toEqual([]);
    const missing = { code: 'HUB_EPAY_RECONCILIATION_UNKNOWN' };
    await expect(reconciliation.findItem(item!.id, tenants)).rejects.toMatchObject(missing);
    await expect(reconciliation.close(item!.id, { actor: 'a', reason: 'r', tenants })).rejects.toMatchObject(missing);
  });
});

describe('a run', () => {
  test('leaves nothing of a list or statement that breaks off or is of another account', async () => {
    await books.paid({ kassenzeichen: '26-0001' });
    const lines = Array.from({ length: 2500 }, (_, n) => `T${n};;;2026-09-01;30,00;;;`);
    await expect(
      books.run('2026-09-03', { providerList: sampleList(...lines, 'T;;;nie;30,00;;;') }),
    ).rejects.toMatchObject({
      code: 'HUB_EPAY_LIST_INVALID',
      places: [{ line: 2502, field: 'day' }],
    });
    const other = sampleStatement([{ minor: 3000, text: '26-0001' }], { iban: 'DE88100900001234567892' });
    await expect(books.run('2026-09-03', { statements: [other] })).rejects.toMatchObject({
      code: 'HUB_EPAY_STATEMENT_ACCOUNT',
    });
    const [left] = await books.store
      .query(`SELECT (SELECT count(*) FROM provider_item) + (SELECT count(*) FROM provider_item_arrival)
      + (SELECT count(*) FROM bank_item) + (SELECT count(*) FROM reconciliation_import) AS rows`);
    expect(left).toEqual({ rows: 0 });
    expect(await reconciliation.runs({})).toEqual([]);
  });

  test('is refused beside another and for a day before the last, as a list without a profile is', async () => {
    const lock = await store.lock('reconciliation:musterstadt:kasse');
    await expect(books.run('2026-09-03')).rejects.toMatchObject({ code: 'HUB_EPAY_RECONCILIATION_RUNNING' });
    await lock!.release();
    await books.run('2026-09-03');
    await expect(books.run('2026-09-02')).rejects.toMatchObject({ code: 'HUB_EPAY_RECONCILIATION_DAY' });
    await expect(books.run('2026-09-03', { providerList: sampleList(), settings: withoutList })).rejects.toMatchObject({
      code: 'HUB_EPAY_LIST_NOT_EXPECTED',
    });
    expect(await reconciliation.runs({})).toEqual([expect.objectContaining({ day: '2026-09-03', actor: 'test' })]);
  });

  test('is refused for a day that has not begun in Germany, and blocks no other day', async () => {
    books.now = new Date('2026-09-03T21:59:59Z');
    await expect(books.run('2026-09-04')).rejects.toMatchObject({ code: 'HUB_EPAY_RECONCILIATION_DAY' });
    expect((await books.run('2026-09-03')).day).toBe('2026-09-03');
    books.now = new Date('2026-09-03T22:00:00Z');
    expect((await books.run('2026-09-04')).day).toBe('2026-09-04');
  });

  test('forgets other business of half a year ago, once it is neither matched nor an open item', async () => {
    const paidAt = '2026-03-01T10:00:00Z';
    await books.paid({ kassenzeichen: '2600000001', paidAt }, { kassenzeichen: '2600000002', paidAt: null });
    const credits = ['2600000001', '2600000002', 'Hundesteuer 2600000009'].map((text) => ({ minor: 3000, text }));
    await books.readStatement(sampleStatement(credits, { on: '2026-03-02' }), withoutList);
    expect((await books.run('2026-12-01', { settings: withoutList })).classes.MATCHED).toBe(1);
    await books.run('2026-12-02', { settings: withoutList });
    expect(await reconciliation.items({})).toEqual([
      expect.objectContaining({ code: 'PAID_AT_BANK', kassenzeichen: '2600000002', ageDays: 1 }),
    ]);
    expect(await store.query('SELECT refs FROM bank_item ORDER BY id')).toEqual([
      { refs: ['2600000001'] },
      { refs: ['2600000002'] },
    ]);
  });

  test('compares payments from the first day on, and no others', async () => {
    await books.paid(
      { kassenzeichen: '26-0001', paidAt: '2026-08-31T21:59:59Z' },
      { kassenzeichen: '26-0002', paidAt: '2026-08-31T22:00:00Z' },
    );
    const { balances } = await books.run('2026-09-20', { settings: { ...sampleSettings, since: '2026-09-01' } });
    expect(await books.openItems()).toEqual(['MISSING_AT_PROVIDER NOT_IN_LIST 26-0002 3000']);
    expect(balances).toEqual([
      { currency: 'EUR', hub: 3000, provider: 0, fees: 0, bank: 0, driftOfProvider: 3000, driftOfBank: 0 },
    ]);
  });

  test('keeps nothing that a payer wrote but references', async () => {
    const text = 'Max Mustermann Musterweg 3 Kassenzeichen 2600000001';
    await books.run('2026-09-03', { statements: [sampleStatement([{ minor: 3000, text }])] });
    const [row] = await store.query(
      'SELECT b.*, (SELECT count(*) FROM bank_item_arrival) AS arrivals FROM bank_item b',
    );
    expect(row).toMatchObject({ refs: ['2600000001'], arrivals: 0 });
    expect(JSON.stringify(row)).not.toMatch(/mann|weg/i);
  });
});
