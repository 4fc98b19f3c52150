import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  bookingAccepted,
  bookingRejected,
  decodeEvent,
  encodeEvent,
  paymentReversed,
  paymentSettled,
} from '@ozg-hub/events';
import { FakeFinanceFiles } from './fake-finance-files.ts';
import { answerMessage, readFinanceEvent } from './fake-finance-kafka.ts';
import type { FinanceEvent, FinanceRules } from './fake-finance-ledger.ts';
import { FakeFinance } from './fake-finance.ts';

let folder: string;
let finance: FakeFinance;

const open = async (rules: FinanceRules = {}) => (finance = await FakeFinance.open({ folder, ...rules }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fake-finance-'));
  await open();
});
afterEach(async () => {
  await finance.close();
  await rm(folder, { recursive: true });
});

const eur = (minor: number) => ({ minor, currency: 'EUR' });
const event = (of: Partial<FinanceEvent> = {}): FinanceEvent => ({
  id: 'e1',
  type: 'settled',
  tenant: 'musterstadt',
  paymentId: 'p1',
  sequence: 0,
  kassenzeichen: '2600000483-7',
  amount: eur(3070),
  day: '2026-11-20',
  items: [
    { net: eur(1000), tax: eur(190), gross: eur(1190), booking: { sachkonto: '4400' } },
    { gross: eur(1880), booking: { sachkonto: '5110' } },
  ],
  ...of,
});
const take = (of: Partial<FinanceEvent> = {}) => finance.take(event(of), 'kafka');
const outcomes = () => finance.journal.map(({ eventId, outcome }) => `${eventId} ${outcome}`);
const reversal = { id: 'e2', type: 'reversed', sequence: 1, originalEventId: 'e1' } as const;

describe('the books of the fake finance system', () => {
  test('post income and fee in double entry, and take it back', async () => {
    expect(await take({ fee: eur(35) })).toMatchObject([{ outcome: 'ACCEPTED', document: 'RE-2026-000001' }]);
    expect(Object.fromEntries(finance.balances)).toEqual({ '1370': 3035, '4400': -1190, '5110': -1880, '6855': 35 });
    expect(await take({ ...reversal, amount: eur(2000) })).toMatchObject([{ outcome: 'ACCEPTED' }]);
    expect(Object.fromEntries(finance.balances)).toEqual({ '1370': 1035, '4400': 0, '5110': -1070, '6855': 35 });
    expect(await take({ ...reversal, id: 'e3', sequence: 2, amount: eur(1071) })).toMatchObject([
      { code: 'OVER_REVERSED' },
    ]);
  });

  test.each<[string, FinanceRules, Partial<FinanceEvent>]>([
    ['UNKNOWN_ACCOUNT', { accounts: ['4400'] }, {}],
    ['BOOKING_KEY_MISSING', {}, { items: [{ gross: eur(3070) }] }],
    ['CLOSED_PERIOD', { closedUntil: '2026-11-20' }, {}],
    ['SUM_MISMATCH', {}, { amount: eur(3071) }],
    ['SUM_MISMATCH', {}, { amount: eur(11), items: [{ net: eur(9), tax: eur(1), gross: eur(11) }] }],
    ['CURRENCY', {}, { amount: { minor: 3070, currency: 'CHF' } }],
    ['UNKNOWN_ORIGINAL', {}, { type: 'reversed', originalEventId: 'e0' }],
    ['BLOCKED', { reject: [{ kassenzeichen: '^26', code: 'BLOCKED' }] }, {}],
  ])('reject with %s', async (code, rules, of) => {
    finance.changeRules(rules);
    expect(await take(of)).toMatchObject([{ outcome: 'REJECTED', code }]);
    expect(finance.posted).toEqual([]);
  });

  test('post an event once however often it comes, with the same answer', async () => {
    const [first] = await take();
    expect(await take()).toEqual([first]);
    expect(outcomes()).toEqual(['e1 POSTED', 'e1 REPEATED']);
  });

  test('post what they rejected once a clerk has put it right, and answer so from then on', async () => {
    finance.changeRules({ accounts: ['4400'] });
    expect(await take()).toMatchObject([{ outcome: 'REJECTED', code: 'UNKNOWN_ACCOUNT' }]);
    expect(await finance.again('e1')).toMatchObject([{ outcome: 'REJECTED' }]);
    finance.changeRules({ accounts: ['4400', '5110'] });
    const [answer] = await finance.again('e1');
    expect(answer).toMatchObject({ outcome: 'ACCEPTED', document: 'RE-2026-000001' });
    expect(await take()).toEqual([answer]);
    expect(await finance.again('e1')).toEqual([]);
    expect(finance.posted).toHaveLength(1);
  });

  test('hold back what comes before its time, for that payment alone, and ignore what is older', async () => {
    expect(await take({ ...reversal, sequence: 2, amount: eur(1) })).toEqual([]);
    expect(await take({ id: 'other', paymentId: 'p2' })).toHaveLength(1);
    expect(await take({ sequence: 1 })).toEqual([]);
    const answers = await take({ id: 'e0', type: 'other' });
    expect(answers.map(({ eventId, outcome }) => `${eventId} ${outcome}`)).toEqual(['e1 ACCEPTED', 'e2 ACCEPTED']);
    expect(await take({ id: 'e9', sequence: 1 })).toEqual([]);
    expect(outcomes()).toEqual([
      'e2 HELD',
      'other POSTED',
      'e1 HELD',
      'e0 NOTED',
      'e1 POSTED',
      'e2 POSTED',
      'e9 IGNORED',
    ]);
  });

  test('go on after a restart with what the journal says', async () => {
    await take();
    await take({ ...reversal, sequence: 2, amount: eur(1) });
    await finance.close();
    await open();
    expect(await take()).toMatchObject([{ outcome: 'ACCEPTED', document: 'RE-2026-000001' }]);
    expect(await take({ id: 'e5', type: 'other', sequence: 1 })).toMatchObject([{ eventId: 'e2' }]);
    const lines = (await readFile(join(folder, 'finance.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { outcome: string }).outcome)).toEqual([
      ...['POSTED', 'HELD', 'REPEATED', 'NOTED', 'POSTED'],
    ]);
  });
});

describe('a finance system that speaks Kafka', () => {
  const origin = { source: '/ozg-hub/epay21-bridge', at: new Date('2026-11-20T10:00:00Z'), sequence: 0 };
  const settled = encodeEvent(paymentSettled, paymentSettled.example as never, origin);

  test('posts what the published contract says, and answers by the published contract', async () => {
    const [answer] = await finance.take(readFinanceEvent(settled), 'kafka');
    const { key, headers, value } = answerMessage(answer!);
    expect(key).toBe(settled.key);
    const event = decodeEvent(bookingAccepted, { key, headers, value: Buffer.from(value) });
    expect(event.data).toMatchObject({ eventId: settled.id, document: 'RE-2026-000001' });
  });

  test('takes back what was reversed, and says why it cannot', async () => {
    const reversed = encodeEvent(paymentReversed, paymentReversed.example as never, origin);
    const [answer] = await finance.take(readFinanceEvent(reversed), 'kafka');
    const { key, headers, value } = answerMessage(answer!);
    const event = decodeEvent(bookingRejected, { key, headers, value: Buffer.from(value) });
    expect(event.data).toMatchObject({ eventId: reversed.id, code: 'UNKNOWN_ORIGINAL' });
  });

  test('gives a repeated answer the id of the first, so that nobody counts it twice', async () => {
    const [first] = await finance.take(readFinanceEvent(settled), 'kafka');
    const [again] = await finance.take(readFinanceEvent(settled), 'kafka');
    expect(answerMessage(again!)).toEqual(answerMessage(first!));
  });
});

describe('a finance system that reads files', () => {
  const inbox = () => join(folder, 'inbox');
  const files = () =>
    new FakeFinanceFiles({
      finance,
      tenant: 'musterstadt',
      inbox: inbox(),
      taken: join(folder, 'taken'),
      profile: {
        columns: ['eventId', 'paymentId', 'sachkonto', 'gross', 'businessDay', 'originalEventId'],
        trailerLines: 1,
      },
      reply: { by: 'file', folder: join(folder, 'answers') },
    });

  test('posts the lines of an event together and answers by a file; one that comes again is posted no second time', async () => {
    const lines = [
      'Ereignis;Zahlung;Konto;Betrag;Tag;Original',
      'e1;p1;4400;11,90;20.11.2026;',
      'e1;p1;5110;18,80;20.11.2026;',
      'e2;p1;4400;-10,00;20.11.2026;e1',
      'e3;p9;;1,00;20.11.2026;',
      'SUMME;3',
      '',
    ].join('\r\n');
    for (const name of ['tag-000001.csv', 'tag-000001-again.csv']) {
      await mkdir(inbox(), { recursive: true });
      await writeFile(join(inbox(), '.unfinished.csv'), 'x');
      await writeFile(join(inbox(), name), lines);
      expect(await files().take()).toEqual([name]);
      expect((await readFile(join(folder, 'answers', name), 'utf8')).split('\r\n')).toEqual([
        'paymentId;eventId;outcome;document;code',
        'p1;e1;ACCEPTED;RE-2026-000001;',
        'p1;e2;ACCEPTED;RE-2026-000002;',
        'p9;e3;REJECTED;;BOOKING_KEY_MISSING',
        '',
      ]);
    }
    expect(Object.fromEntries(finance.balances)).toEqual({ '1370': 2070, '4400': -190, '5110': -1880 });
    expect(await readdir(join(folder, 'taken'))).toHaveLength(2);
  });
});
