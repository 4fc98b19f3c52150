import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { berlinDate } from '@ozg-hub/core';
import { FakeDms } from '@ozg-hub/testing';
import { canRun } from '@ozg-hub/testing/database';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { type PaymentGround, startPaymentGround } from './payment-ground.ts';
import type { Answer } from './running-hub.ts';

const OFFICIAL = fileURLToPath(new URL('../../../shared/standards/iso20022/camt.054.001.08.xsd', import.meta.url));
const official = canRun('shared', existsSync(OFFICIAL), 'camt.054 official schema', '../shared/standards/iso20022');
const ITEM = { id: 'ausweis', name: 'Ausweis für Gäste', amount: '12.50', quantity: 2, taxRate: '19.00' };
let ground: PaymentGround;
let number = 0;

let pool: XmlPool;

beforeAll(async () => {
  const { entries, files } = await loadCatalogue(fileURLToPath(new URL('../../schemas/', import.meta.url)));
  const schemas = official
    ? {
        entries: { ...entries, official: { file: 'official.xsd' } },
        files: { ...files, 'official.xsd': await readFile(OFFICIAL, 'utf8') },
      }
    : { entries, files };
  pool = createXmlPool({ workers: 1, schemas });
  ground = await startPaymentGround();
}, 60_000);
afterAll(async () => {
  await ground?.stop();
  await pool.close();
});
afterEach(() => ground.epay.clearFaults());

const key = () => `schluessel-${(number += 1)}`;
const asked = async (body: object = { items: [ITEM] }, idempotencyKey = key()): Promise<Answer['json']> => {
  const answer = await ground.ask(body, idempotencyKey);
  expect([201, 202]).toContain(answer.status);
  return answer.json;
};
const isState =
  (...states: string[]) =>
  ({ state }: Answer['json']) =>
    states.includes(state);

async function paid(body?: object): Promise<Answer['json']> {
  const { id } = await asked(body);
  await ground.epay.pay(id);
  return await look(id);
}

/** The operator's look out of turn: no test has to wait for the poller. */
const look = async (id: string): Promise<Answer['json']> =>
  (await ground.hub.request('POST', `/epay21-bridge/ops/v1/payments/${id}/look`)).json;

async function book(answers: object, apiKey?: string): Promise<Answer> {
  const authorization = apiKey ? { authorization: `Bearer ${apiKey}` } : undefined;
  return await ground.hub.request('POST', '/epay21/v1/bookings', {
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(answers),
  });
}

describe('a payment that an online service asks for', () => {
  test('has a pay page, is placed once however often it is asked for, and is told by its key', async () => {
    const idempotencyKey = key();
    const first = await ground.ask({ items: [ITEM] }, idempotencyKey);
    expect(first.status).toBe(201);
    expect(first.headers.get('location')).toBe(`/epay21/v1/payments/${first.json.id}`);
    expect(first.json).toMatchObject({ state: 'INITIATED', amount: '25.00', currency: 'EUR' });
    expect(first.json.payPageUrl).toContain(`${ground.epay.origin}/pay/`);
    const again = await ground.ask({ items: [ITEM] }, idempotencyKey);
    expect([again.status, again.json.id]).toEqual([200, first.json.id]);
    const other = await ground.ask({ items: [{ ...ITEM, amount: '13.00' }] }, idempotencyKey);
    expect([other.status, other.json.code]).toEqual([409, 'HUB_EPAY_CONTENT_DIFFERS']);
    expect(ground.epay.books.payments.filter(({ requestId }) => requestId === first.json.id)).toHaveLength(1);
  });

  test('that is paid is settled for the ledger with all it needs, and booked when the ledger says so', async () => {
    const { id, kassenzeichen } = await paid();
    const [requested, settled, ...more] = await ground.events(id);
    expect(more).toEqual([]);
    expect([requested!.type, settled!.type]).toEqual(['payment.requested.v1', 'payment.settled.v1']);
    expect([requested!.sequence, settled!.sequence]).toEqual(['0000000000', '0000000001']);
    expect(settled!.data).toMatchObject({
      tenant: 'musterstadt',
      kassenzeichen,
      amount: { minor: 2500, currency: 'EUR' },
      late: false,
      provider: 'epay',
      items: [{ id: 'ausweis', quantity: 2, gross: { minor: 2500 }, net: { minor: 2100 }, tax: { minor: 400 } }],
    });
    const answer = { paymentId: id, eventId: settled!.id, outcome: 'ACCEPTED', document: 'RE-1' };
    expect((await book(answer)).json).toEqual({ taken: 1, refused: [] });
    expect((await book([answer, answer])).json).toEqual({ taken: 2, refused: [] });
    expect(await ground.details(id)).toMatchObject({ state: 'BOOKED', booking: 'ACCEPTED', bookingReference: 'RE-1' });
  });

  test('that the ledger cannot post is a case for an operator until it can', async () => {
    const { id } = await paid();
    const settled = (await ground.events(id)).at(-1)!;
    await book({ paymentId: id, eventId: settled.id, outcome: 'REJECTED', code: 'UNKNOWN_ACCOUNT' });
    expect(await ground.details(id)).toMatchObject({
      state: 'PAID',
      booking: 'REJECTED',
      bookingCode: 'UNKNOWN_ACCOUNT',
    });
    const list = await ground.hub.request('GET', '/epay21-bridge/ops/v1/payments', { query: '?attention=true' });
    expect(list.json.payments.map((payment: Answer['json']) => payment.id)).toContain(id);
    await book({ paymentId: id, eventId: settled.id, outcome: 'ACCEPTED' });
    expect(await ground.details(id)).toMatchObject({ state: 'BOOKED', booking: 'ACCEPTED' });
  });

  test('whose placing was answered by nothing is found again, and there is one of it', async () => {
    ground.epay.inject({ operation: 'initiate', answer: 'reset', effect: true });
    const { id } = await asked();
    await ground.payment(id, isState('INITIATED'));
    expect(ground.epay.books.payments.filter(({ requestId }) => requestId === id)).toHaveLength(1);
  }, 20_000);

  test('that its citizen cancels is cancelled; money that comes all the same is late, and told', async () => {
    const { id } = await asked();
    await ground.epay.cancel(id);
    expect(await look(id)).toMatchObject({ state: 'CANCELLED' });
    await ground.epay.pay(id);
    expect(await look(id)).toMatchObject({ state: 'LATE_PAID' });
    const events = await ground.events(id);
    expect(events.map(({ type }) => type)).toEqual([
      'payment.requested.v1',
      'payment.cancelled.v1',
      'payment.settled.v1',
    ]);
    expect(events[2]!.data.late).toBe(true);
  });

  test('that a person gives up has no pay page any more; that it is still open there is no alarm', async () => {
    const { id } = await asked();
    await ground.hub.request('POST', `/epay21-bridge/ops/v1/payments/${id}/abandon`);
    const given = { state: 'CANCELLED', code: 'ABANDONED' };
    const { json } = await ground.hub.request('GET', `/epay21/v1/payments/${id}`);
    expect(json).toMatchObject(given);
    expect(json.payPageUrl).toBeUndefined();
    await look(id);
    const details = await ground.details(id);
    expect(details).toMatchObject(given);
    expect(details.integrity).toBeUndefined();
  });

  test('of which the service names another amount raises an alarm and tells the ledger nothing', async () => {
    const { id } = await asked();
    ground.epay.inject({ operation: 'look', requestId: id, answer: { tampered: { amount: '0.01' } } });
    await ground.epay.pay(id);
    expect(await look(id)).toMatchObject({ integrity: 'HUB_EPAY_AMOUNT_DIFFERS', state: 'INITIATED' });
    expect((await ground.events(id)).map(({ type }) => type)).toEqual(['payment.requested.v1']);
  });

  test('that the ledger cannot post stays a case for an operator when part of it goes back', async () => {
    const { id } = await paid();
    const settled = (await ground.events(id)).at(-1)!;
    await book({ paymentId: id, eventId: settled.id, outcome: 'REJECTED', code: 'UNKNOWN_ACCOUNT' });
    await ground.hub.request('POST', `/epay21-bridge/ops/v1/payments/${id}/reverse`, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'REFUND', amount: '1.00', reference: 'R1' }),
    });
    const reversal = (await ground.events(id)).at(-1)!;
    const rejected = { booking: 'REJECTED', bookingCode: 'UNKNOWN_ACCOUNT' };
    expect(await ground.details(id)).toMatchObject(rejected);
    await book({ paymentId: id, eventId: reversal.id, outcome: 'ACCEPTED' });
    expect(await ground.details(id)).toMatchObject(rejected);
    await book({ paymentId: id, eventId: settled.id, outcome: 'ACCEPTED' });
    expect(await ground.details(id)).toMatchObject({ state: 'BOOKED', booking: 'ACCEPTED' });
  });

  test('can be reversed in parts, never by more than came, and each part names the original', async () => {
    const { id } = await paid();
    const reverse = (amount: string, reference: string) =>
      ground.hub.request('POST', `/epay21-bridge/ops/v1/payments/${id}/reverse`, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ kind: 'REFUND', amount, reference }),
      });
    expect((await reverse('10.00', 'R1')).json).toMatchObject({ state: 'PAID', reversed: '10.00' });
    expect((await reverse('10.00', 'R1')).json).toMatchObject({ reversed: '10.00' });
    expect((await reverse('15.01', 'R2')).json.code).toBe('HUB_EPAY_REVERSAL');
    expect((await reverse('15.00', 'R2')).json).toMatchObject({ state: 'REFUNDED', reversed: '25.00' });
    const [, settled, ...reversals] = await ground.events(id);
    expect(reversals.map(({ type, data }) => [type, data.reversed.minor, data.originalEventId])).toEqual([
      ['payment.reversed.v1', 1000, settled!.id],
      ['payment.reversed.v1', 1500, settled!.id],
    ]);
  });

  test.each([
    [{ items: [{ ...ITEM, amount: '0.00' }] }, 422, 'HUB_EPAY_AMOUNT'],
    [{ items: [{ ...ITEM, amount: '-1.00' }] }, 400, 'HUB_HTTP_BAD_REQUEST'],
    [{ items: [{ ...ITEM, amount: '999999.00' }] }, 422, 'HUB_EPAY_AMOUNT'],
    [{ items: [{ ...ITEM, amount: '12.5' }] }, 400, 'HUB_HTTP_BAD_REQUEST'],
    [{ items: [ITEM], total: '24.99' }, 422, 'HUB_EPAY_AMOUNT'],
    [{ items: [ITEM], kassenzeichen: '2026/1' }, 422, 'HUB_EPAY_KASSENZEICHEN'],
    [{}, 422, 'HUB_EPAY_NO_FEE'],
    [{ blueprint: 'gibt-es-nicht@1' }, 422, 'HUB_DIRECTORY_UNKNOWN_LEISTUNG'],
    [{ tenant: 'muehlfelden', items: [ITEM] }, 422, 'HUB_EPAY_NO_TARGET'],
    [{ items: [ITEM], serviceUrl: 'javascript:alert(1)' }, 400, 'HUB_HTTP_BAD_REQUEST'],
  ])('%# is refused with a clear code and nothing is stored: %j', async (body, status, code) => {
    const stored = async () =>
      (await ground.hub.request('GET', '/epay21-bridge/ops/v1/payments', { query: '?limit=500' })).json.payments.length;
    const before = [await stored(), ground.epay.books.payments.length];
    const answer = await ground.ask(body, key());
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect([await stored(), ground.epay.books.payments.length]).toEqual(before);
  });

  test('takes the fee of the blueprint where no items are given', async () => {
    const answer = await ground.ask({ blueprint: 'bewohnerparkausweis-beantragen' }, key());
    expect(answer.json).toMatchObject({ amount: '30.70', description: 'Bewohnerparkausweis' });
    expect(answer.json.purpose).toMatch(/^\d{4}-\d{8}-\d Bewohnerpar$/);
  });

  test('is seen and changed only by keys of its municipality, and booked only by keys for booking', async () => {
    const { id } = await paid();
    const settled = (await ground.events(id)).at(-1)!;
    const stranger = await ground.hub.key({ scopes: ['submit', 'read', 'book'], tenants: ['muehlfelden'] });
    const headers = { authorization: `Bearer ${stranger.key}` };
    const seen = await ground.hub.request('GET', `/epay21/v1/payments/${id}`, { headers });
    expect([seen.status, seen.json.code]).toEqual([404, 'HUB_EPAY_PAYMENT_UNKNOWN']);
    const answer = { paymentId: id, eventId: settled.id, outcome: 'ACCEPTED' };
    expect((await book(answer, stranger.key)).json.code).toBe('HUB_EPAY_PAYMENT_UNKNOWN');
    const reader = await ground.hub.key({ scopes: ['read'] });
    expect((await book(answer, reader.key)).status).toBe(403);
  });
});

describe('a citizen who comes back from the pay page', () => {
  const page = (id: string, query = '') => {
    const { pathname } = new URL(ground.epay.payment(id).returnUrl);
    return ground.hub.request('GET', pathname, { query, headers: { authorization: '' } });
  };
  /** A payment that the hub has given up while the pay page still takes money. */
  const expired = async (): Promise<string> => {
    const { id } = await asked();
    const store = ground.hub.database.database.open('epay21_bridge', { maxConnections: 1 });
    await store.query(`UPDATE payment SET expires_at = now() - interval '1 hour' WHERE id = $1`, [id]);
    expect(await look(id)).toMatchObject({ state: 'EXPIRED' });
    return id;
  };

  test('sees the true state, whatever the address says', async () => {
    const [open, done] = [
      await asked(),
      await asked({ items: [ITEM], serviceUrl: 'https://dienst.example/antrag?a=1&b=2' }),
    ];
    expect((await page(open.id, '?status=PAYED&state=PAID')).text).toContain('Ihre Zahlung wird geprüft');
    await ground.epay.pay(done.id);
    const { status, text, headers } = await page(done.id, '?status=CANCELED&state=FAILED');
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).toContain('Ihre Zahlung ist eingegangen');
    expect(text).toContain('25,00 €');
    expect(text).toContain('href="https://dienst.example/antrag?a=1&amp;b=2"');
  });

  test('late, after the hub gave the payment up, sees that his money has come', async () => {
    const id = await expired();
    await ground.epay.pay(id);
    expect((await page(id)).text).toContain('Ihre Zahlung ist eingegangen');
    expect(await ground.details(id)).toMatchObject({ state: 'LATE_PAID' });
  });

  test('is told that nothing was booked, and to try again, only where the service says so now', async () => {
    const cancelled = await asked();
    await ground.epay.cancel(cancelled.id);
    expect(await look(cancelled.id)).toMatchObject({ state: 'CANCELLED' });
    const again = await page(cancelled.id);
    expect(again.text).toContain('Es wurde nichts gebucht');
    ground.epay.inject({ operation: 'look', requestId: cancelled.id, answer: { status: 401 }, times: 10 });
    const unheard = await page(cancelled.id);
    const stillOpen = await page(await expired());
    for (const { text } of [unheard, stillOpen]) {
      expect(text).toContain('nicht rechtzeitig abgeschlossen');
      expect(text).toContain('Bitte zahlen Sie nicht noch einmal');
      expect(text).not.toContain('nichts gebucht');
    }
  }, 20_000);

  test('with an address of nobody sees that, and nothing else', async () => {
    const answer = await ground.hub.request('GET', `/epay21/v1/return/${'x'.repeat(32)}`);
    expect(answer.status).toBe(404);
    expect(answer.text).toContain('Diese Zahlung gibt es nicht');
  });
});

describe("the camt.054 of a day's payments", () => {
  const close = async () => {
    const day = berlinDate(new Date());
    return await ground.hub.request('POST', '/epay21-bridge/ops/v1/files/close', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant: 'musterstadt', day, early: true }),
    });
  };

  test('is handed over once, is what the standard wants, and comes again byte for byte', async () => {
    const { kassenzeichen } = await paid();
    const { files } = (await close()).json;
    expect(files).toHaveLength(1);
    expect(files[0]).toMatchObject({ state: 'HANDED_OVER', target: 'kasse' });
    expect((await close()).json.files).toEqual([]);
    const file = join(ground.hub.dataDir, 'finance', files[0].name);
    const written = await readFile(file, 'utf8');
    expect(written).toContain(`<EndToEndId>${kassenzeichen}</EndToEndId>`);
    if (official) await pool.run({ document: Buffer.from(written), schema: 'official' });
    await rm(file);
    await ground.hub.request('POST', `/epay21-bridge/ops/v1/files/${files[0].id}/reissue`);
    expect(await readFile(file, 'utf8')).toBe(written);
  });
});

describe('the fee of an accepted application', () => {
  let dms: FakeDms;

  beforeAll(async () => {
    const root = join(ground.hub.dataDir, 'dms/musterstadt');
    const places = { inbox: join(root, 'inbox'), outbox: join(root, 'replies'), taken: join(root, 'taken') };
    dms = new FakeDms({ ...places, pool, parameterName: 'Kennzeichen' });
    await dms.start();
  });
  afterAll(() => dms.stop());

  test('is asked for once, and its Quittung is filed with the case', async () => {
    const submissionId = await ground.apply('MUS-2026-000900');
    const { id, amount, vorgang } = await ground.paymentOf(submissionId);
    expect([amount, vorgang]).toEqual(['30.70', 'MUS-2026-000900']);
    await ground.payment(id, isState('INITIATED'));
    await ground.epay.pay(id);
    expect(await look(id)).toMatchObject({ state: 'PAID' });
    const status = await ground.hub.submission(
      submissionId,
      ({ deliveries }) =>
        deliveries.length === 2 && deliveries.every(({ state }: Answer['json']) => state === 'CONFIRMED'),
    );
    expect(status.state).toBe('COMPLETED');
    const receipt = await ground.hub.request('GET', `/epay21/v1/payments/${id}/receipt`);
    expect([receipt.status, receipt.headers.get('content-type')]).toEqual([200, 'application/pdf']);
  }, 30_000);
});
