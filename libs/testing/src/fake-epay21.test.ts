import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FakeEpay21, type FakeEpay21Options, startFakeEpay21 } from './fake-epay21.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function started(options: FakeEpay21Options = {}): Promise<FakeEpay21> {
  const fake = await startFakeEpay21(options);
  ends.push(() => fake.stop());
  return fake;
}

const authorization = `Basic ${btoa('hub:geheim')}`;
const line = { id: 'a', totalNetAmount: 30, totalTaxAmount: 0.7, bookingData: { produkt: '02.122.010' } };
const request = {
  requestId: 'r-1',
  requestTimestamp: '2026-08-21T10:15:30+02:00',
  currency: 'EUR',
  grosAmount: 30.7,
  purpose: '2600000483-7',
  redirectUrl: 'https://hub.musterstadt.example/return',
  items: [line],
};

async function ask(fake: FakeEpay21, path: string, body?: unknown, as = authorization) {
  const url = `${fake.restUrl}/paymenttransaction/${path}`;
  const headers = { authorization: as, 'content-type': 'application/json' };
  const response = await fetch(url, {
    headers,
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  const answer = (await response.json().catch(() => ({}))) as Readonly<Record<string, never>>;
  return { status: response.status, ...answer } as unknown as {
    readonly status: number;
    readonly functionalCode?: string;
    readonly paymentInformation: Readonly<Record<string, string>>;
  };
}
const place = (fake: FakeEpay21, changes: object = {}) => ask(fake, 'ozg-hub/06999001', { ...request, ...changes });

describe('the fake ePay21', () => {
  test('places what was to take effect late only when it is told to, and then once', async () => {
    const fake = await started();
    fake.inject({ operation: 'initiate', answer: { status: 503 }, effect: 'late' });
    expect(await place(fake)).toMatchObject({ status: 503 });
    expect(fake.books.payments).toEqual([]);
    await fake.takeLateEffects();
    await fake.takeLateEffects();
    expect(fake.books.payments).toMatchObject([{ requestId: 'r-1' }]);
  });

  test.each([
    ['null', { description: null }, 'VALIDATION_ERROR'],
    ['a requestor', { requestor: {} }, 'VALIDATION_ERROR'],
    ['an empty bookingData', { items: [{ ...line, bookingData: {} }] }, 'VALIDATION_ERROR'],
    ['an umlaut in the purpose', { purpose: 'Gebühr' }, 'VALIDATION_ERROR'],
    ['a long purpose', { purpose: 'x'.repeat(28) }, 'VALIDATION_ERROR'],
    ['nothing to pay', { grosAmount: 0 }, 'VALIDATION_ERROR'],
    ['less than nothing', { grosAmount: -1 }, 'VALIDATION_ERROR'],
    ['more than 999,999', { grosAmount: 999_999.01 }, 'VALIDATION_ERROR'],
    ['half a cent', { grosAmount: 30.705 }, 'VALIDATION_ERROR'],
    ['another currency', { currency: 'CHF' }, 'VALIDATION_ERROR'],
    ['no lines', { items: [] }, 'VALIDATION_ERROR'],
    ['another sum', { grosAmount: 30.71 }, 'CALCULATION_ERROR'],
    [
      'a booking key that it does not know',
      { items: [{ ...line, bookingData: { konto: '1' } }] },
      'BOOKING_DATA_MISSING',
    ],
  ])('refuses %s', async (_, changes, functionalCode) => {
    const fake = await started();
    expect(await place(fake, changes)).toMatchObject({ status: 400, functionalCode });
    expect(fake.books.payments).toEqual([]);
  });

  test('refuses an id for the second time, and writes it down', async () => {
    const fake = await started();
    expect(await place(fake)).toMatchObject({ status: 200, paymentInformation: { status: 'INITIAL' } });
    expect(await place(fake)).toMatchObject({ status: 400, functionalCode: 'PAYMENT_EXISTS' });
    expect(fake.books.lines.map(({ event }) => event)).toEqual(['placed', 'repeated']);
  });

  test('knows its users and its municipalities, and shows none the payments of another', async () => {
    const payees = ['06999001', '06999002'].map((ags) => ({ originatorId: 'ozg-hub', endpointId: ags, mandant: ags }));
    const fake = await started({ credentials: { user: 'hub', password: 'geheim' }, payees });
    expect((await ask(fake, 'ozg-hub/06999001', request, `Basic ${btoa('hub:falsch')}`)).status).toBe(401);
    expect(await ask(fake, 'ozg-hub/x', request)).toMatchObject({ functionalCode: 'NO_VALID_ORIGINATOR_OR_ENDPOINT' });
    await place(fake);
    expect((await ask(fake, 'ozg-hub/06999001/r-1')).status).toBe(200);
    expect((await ask(fake, 'ozg-hub/06999002/r-1')).status).toBe(404);
  });

  test('lets the citizen pay once, and sends back with nothing said', async () => {
    const fake = await started();
    const { transactionRedirectUrl: page = '' } = (await place(fake)).paymentInformation;
    expect(await (await fetch(page)).text()).toContain('30.70 EUR');
    expect(fake.payment('r-1').status).toBe('started');
    const pay = () =>
      fetch(page, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ action: 'pay', method: 'Wero' }) });
    const paid = await pay();
    expect([paid.status, paid.headers.get('location')]).toEqual([303, request.redirectUrl]);
    expect((await pay()).status).toBe(410);
    expect(fake.payment('r-1')).toMatchObject({ status: 'payed', charges: [{ method: 'Wero' }] });
    const { paymentInformation } = await ask(fake, 'ozg-hub/06999001/r-1');
    expect(paymentInformation).toMatchObject({ status: 'PAYED', paymentMethod: 'OTHER', paymentMethodDetail: 'Wero' });
    expect(paymentInformation).not.toHaveProperty('transactionRedirectUrl');
  });

  test('gives up who is too slow, by a clock that can be set', async () => {
    const fake = await started();
    fake.setTime(new Date('2026-08-21T10:00:00Z'));
    await place(fake);
    fake.setTime(new Date('2026-08-21T10:14:59Z'));
    expect((await ask(fake, 'ozg-hub/06999001/r-1')).paymentInformation['status']).toBe('INITIAL');
    fake.setTime(new Date('2026-08-21T10:15:00Z'));
    expect((await ask(fake, 'ozg-hub/06999001/r-1')).paymentInformation['status']).toBe('FAILED');
  });

  test('keeps its books on disk before it answers, and goes on with them after a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fake-epay21-'));
    ends.push(() => rm(folder, { recursive: true }));
    const before = await startFakeEpay21({ folder });
    await place(before);
    await before.pay('r-1');
    const lines = readFileSync(join(folder, 'books.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((one) => (JSON.parse(one) as { event: string }).event)).toEqual(['placed', 'charged']);
    await before.stop();
    const fake = await started({ folder });
    expect(fake.payment('r-1')).toMatchObject({ status: 'payed', amount: { minor: 3070 }, charges: [{}] });
    expect(await place(fake)).toMatchObject({ functionalCode: 'PAYMENT_EXISTS' });
  });

  test('says what it pays out for a day in Germany, net of its fee, a line for each charge', async () => {
    const fake = await started();
    fake.setTime(new Date('2026-08-21T21:59:59Z'));
    await place(fake);
    await fake.pay('r-1');
    fake.setTime(new Date('2026-08-21T22:00:00Z'));
    await fake.pay('r-1');
    const { payId } = fake.payment('r-1');
    const row = (day: string, payout: string) => `${payId};r-1;${day};30.70;0.35;30.35;EUR;2600000483-7;${payout}`;
    expect(fake.settlement('2026-08-21').split('\r\n')[1]).toBe(row('2026-08-21', 'EPAY-20260821'));
    const response = await fetch(`${fake.origin}/settlement/2026-08-22.csv`, { headers: { authorization } });
    expect((await response.text()).split('\r\n').slice(1)).toEqual([row('2026-08-22', 'EPAY-20260822'), '']);
  });

  test('makes a second payment of a second InitPayment, which is why nobody must send one', async () => {
    const fake = await started();
    const init = () =>
      fetch(fake.soapUrl, {
        method: 'POST',
        headers: { authorization, soapaction: 'http://epay21.ekom21.de/service/v11/InitPayment' },
        body: `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>
          <e:InitPayment xmlns:e="http://epay21.ekom21.de/service/v11"><e:OP><e:Mandant>06999001</e:Mandant>
          <e:MandantDesc>Musterstadt</e:MandantDesc><e:App>a</e:App><e:LocaleCode>DE_DE</e:LocaleCode>
          <e:ClientInfo>x</e:ClientInfo></e:OP><e:Query><e:CallerPayID>r-1</e:CallerPayID><e:Purpose>P</e:Purpose>
          <e:Amount>100</e:Amount><e:Currency>EUR</e:Currency><e:ReturnURL>https://a.example</e:ReturnURL>
          <e:CancelURL>https://a.example</e:CancelURL><e:Art>online</e:Art><e:GetQrCode>false</e:GetQrCode>
          <e:PaymentTimeout>15</e:PaymentTimeout></e:Query></e:InitPayment></soap:Body></soap:Envelope>`,
      });
    expect(await (await init()).text()).toContain('<OK>true</OK>');
    await init();
    expect(fake.books.payments).toHaveLength(2);
    expect((await ask(fake, 'ozg-hub/06999001/r-1')).paymentInformation['transactionId']).toBe(
      fake.payment('r-1').payId,
    );
  });
});
