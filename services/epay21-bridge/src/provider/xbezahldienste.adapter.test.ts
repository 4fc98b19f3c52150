import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { money } from '@ozg-hub/money';
import { type FakeEpay21, type FakeEpay21Options, canRun, sampleTls, startFakeEpay21 } from '@ozg-hub/testing';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { PaymentOrder } from '../payment.ts';
import { AccessTokens } from './access-tokens.ts';
import type { Pace } from './payment-provider.port.ts';
import { paymentRequestJson } from './payment-request.mapper.ts';
import { providerKinds } from './provider-kinds.ts';
import { sampleOrder, sampleTarget } from './sample-order.ts';
import { ServiceChannel } from './service-channel.ts';
import { XBezahldiensteAdapter } from './xbezahldienste.adapter.ts';

const OPENAPI = fileURLToPath(
  new URL(
    '../../../../../shared/standards/xbezahldienste/xbezahldienste-1.0.0-reconstructed.openapi.yaml',
    import.meta.url,
  ),
);
const withStandard = canRun(
  'shared',
  existsSync(OPENAPI),
  'XBezahldienste requests',
  '../shared/standards/xbezahldienste',
);
const signal = new AbortController().signal;
const order = sampleOrder();
const { id } = order;
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

type Settings = Readonly<Record<string, unknown>>;
const basic = { authentication: { by: 'basic', user: 'hub', password: 'geheim' } };

async function started(options: FakeEpay21Options = {}, settingsOf: (service: FakeEpay21) => Settings = () => basic) {
  const service = await startFakeEpay21(options);
  const settings = {
    baseUrl: `${service.restUrl}/`,
    originatorId: 'ozg-hub',
    endpointId: '06999001',
    sendDescription: true,
    timeoutSeconds: 5,
    ...settingsOf(service),
  };
  const { target, directory } = sampleTarget('xbezahldienste', settings);
  const provider = new XBezahldiensteAdapter(directory);
  ends.push(async () => {
    await provider.stop();
    await service.stop();
  });
  const initiate = (of: PaymentOrder = order) => provider.initiate(target, of, { signal });
  const look = (transactionId?: string, pace?: Pace) => provider.look(target, { id, transactionId }, { signal, pace });
  return { service, settings: target.settings, initiate, look };
}

describe('the request', () => {
  test('has amounts to the cent, nothing that is null or empty, and nothing about the citizen', async () => {
    const { service, initiate } = await started();
    await initiate();
    expect(service.calls[0]!.body).toBe(
      '{"requestId":"0198c0de-2222-7000-8000-000000000001","requestTimestamp":"2026-08-21T08:15:30.000Z","currency":"EUR",' +
        '"grosAmount":30.70,"purpose":"2600000483-7 Parkausweis","description":"Bewohnerparkausweis 1 Jahr , Gebühr Porto",' +
        '"redirectUrl":"https://hub.musterstadt.example/epay21/v1/return/token","items":[' +
        '{"id":"ausweis","reference":"P-1","description":"Bewohnerparkausweis, 1 Jahr","taxRate":0.00,"quantity":1,' +
        '"totalNetAmount":28.32,"totalTaxAmount":0.00,"singleNetAmount":28.32,"singleTaxAmount":0.00,' +
        '"bookingData":{"produkt":"02.122.010","sachkonto":"5110000"}},' +
        '{"id":"porto","description":"Porto","taxRate":19.00,"quantity":2,' +
        '"totalNetAmount":2.00,"totalTaxAmount":0.38,"singleNetAmount":1.00,"singleTaxAmount":0.19}]}',
    );
  });

  test('names booking data as agreed, and leaves out what was not', async () => {
    const bookingKeys = { sachkonto: 'Konto', kassenzeichen: 'KZ' };
    const { service, initiate } = await started({ bookingKeys: { known: ['Konto', 'KZ'], required: ['KZ'] } }, () => ({
      ...basic,
      bookingKeys,
      sendDescription: false,
    }));
    expect(await initiate()).toMatchObject({ outcome: 'KNOWN' });
    const { items, description } = service.payment(id).request as {
      items: { bookingData: unknown }[];
      description?: string;
    };
    expect(items.map((item) => item.bookingData)).toEqual([
      { Konto: '5110000', KZ: '2600000483-7' },
      { KZ: '2600000483-7' },
    ]);
    expect(description).toBeUndefined();
  });

  test('cuts no character in two', async () => {
    const { service, initiate } = await started();
    const description = `${'a'.repeat(249)}😀`;
    const items = order.items.map((item) => ({ ...item, description }));
    expect(await initiate(sampleOrder({ items }))).toMatchObject({ outcome: 'KNOWN' });
    expect(service.calls[0]!.body).not.toMatch(/\\ud83d/i);
  });

  test('is the same to the last byte each time', () => {
    const settings = { bookingKeys: undefined, sendDescription: true };
    expect(paymentRequestJson(sampleOrder(), settings)).toBe(paymentRequestJson(sampleOrder(), settings));
  });

  (withStandard ? test : test.skip)('is valid by the OpenAPI of the standard, whatever the order', () => {
    const openapi = parse(readFileSync(OPENAPI, 'utf8')) as object;
    const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false, allErrors: true });
    ajv.addSchema(openapi, 'standard');
    const validate = ajv.compile({ $ref: 'standard#/components/schemas/PaymentRequest' });
    fc.assert(
      fc.property(anyOrder(), (of) => {
        validate(JSON.parse(paymentRequestJson(of, { bookingKeys: undefined, sendDescription: true })));
        expect(validate.errors).toBeNull();
      }),
      { numRuns: 100 },
    );
  });
});

function anyOrder(): fc.Arbitrary<PaymentOrder> {
  const { items } = sampleOrder();
  const amount = fc.integer({ min: 1, max: 99_999_900 }).map((minor) => money(minor, 'EUR'));
  return fc
    .record({ gross: amount, description: fc.string({ unit: 'binary', maxLength: 250 }) })
    .map(({ gross, description }) =>
      sampleOrder({ gross, description, items: [{ ...items[0]!, description, net: gross, gross, singleNet: gross }] }),
    );
}

describe('a refusal', () => {
  test.each([
    ['CALCULATION_ERROR', { gross: money(3071, 'EUR') }, 'HUB_EPAY_REFUSED_AMOUNTS'],
    ['VALIDATION_ERROR', { purpose: 'Hundesteuer für Bello' }, 'HUB_EPAY_REFUSED_REQUEST'],
    ['VALIDATION_ERROR', { gross: money(99_999_901, 'EUR') }, 'HUB_EPAY_REFUSED_REQUEST'],
  ])('%s says what is wrong', async (functional, changes, code) => {
    const { service, initiate } = await started();
    expect(await initiate(sampleOrder(changes))).toMatchObject({ outcome: 'REFUSED', code, detail: functional });
    expect(service.books.payments).toEqual([]);
  });

  test('of booking data that the service does not know', async () => {
    const { initiate } = await started({ bookingKeys: { known: ['Konto'] } });
    expect(await initiate()).toMatchObject({ outcome: 'REFUSED', code: 'HUB_EPAY_REFUSED_BOOKING' });
  });

  test.each([
    ['UNSPECIFIED', 400, { outcome: 'REFUSED', code: 'HUB_EPAY_REFUSED' }],
    ['MOON_PHASE', 400, { outcome: 'REFUSED', code: 'HUB_EPAY_REFUSED', detail: 'HTTP 400' }],
    ['FORBIDDEN', 403, { outcome: 'UNAVAILABLE', code: 'HUB_EPAY_CREDENTIALS', cause: 'AUTH' }],
    ['NO_VALID_ORIGINATOR_OR_DESTINATION', 400, { outcome: 'UNAVAILABLE', code: 'HUB_EPAY_PAYEE_UNKNOWN' }],
    ['UNSPECIFIED', 503, { outcome: 'UNAVAILABLE', code: 'HUB_EPAY_BUSY' }],
    ['UNSPECIFIED', 500, { outcome: 'UNKNOWN', code: 'HUB_EPAY_OUTCOME_UNKNOWN' }],
  ])('%s with HTTP %d', async (problem, status, expected) => {
    const { service, initiate } = await started();
    service.inject({ operation: 'initiate', answer: { problem, status } });
    expect(await initiate()).toMatchObject(expected);
  });

  test('of keys that the service does not know is a matter of the settings, for looks as well', async () => {
    const { initiate, look } = await started({}, () => ({ ...basic, endpointId: 'unknown' }));
    const expected = { outcome: 'UNAVAILABLE', code: 'HUB_EPAY_PAYEE_UNKNOWN', cause: 'AUTH' };
    expect(await initiate()).toMatchObject(expected);
    expect(await look('0198c0de-2222-7000-8000-00000000ffff')).toMatchObject(expected);
  });
});

describe('a payment that is placed already', () => {
  test('is held as such where the service does not say which, and is never placed under another id', async () => {
    const { service, initiate, look } = await started({ knowsRequestIds: false });
    service.inject({ operation: 'initiate', answer: 'reset', effect: true });
    expect(await initiate()).toMatchObject({ outcome: 'UNKNOWN' });
    expect(await initiate()).toMatchObject({ outcome: 'EXISTS' });
    expect(await look()).toMatchObject({ outcome: 'NOT_FOUND' });
    expect(service.books.payments).toHaveLength(1);
  });

  test('is found by the transactionId that the refusal names', async () => {
    const { service, initiate } = await started({ knowsRequestIds: false, namesExisting: true });
    await initiate();
    const { payId } = service.payment(id);
    expect(await initiate()).toMatchObject({ outcome: 'KNOWN', payment: { transactionId: payId } });
    service.inject({ operation: 'look', answer: { status: 500 } });
    expect(await initiate()).toMatchObject({ outcome: 'EXISTS', transactionId: payId });
  });

  test('is found by its requestId where the service takes it for a transactionId', async () => {
    const { service, initiate, look } = await started();
    await initiate();
    expect(await look()).toMatchObject({ outcome: 'KNOWN', payment: { transactionId: service.payment(id).payId } });
  });
});

describe('what an answer says', () => {
  test('of amount, currency, municipality and id is given as it stands, to be compared', async () => {
    const { service, initiate, look, settings } = await started();
    await initiate();
    const tampered = { amount: '0.29', currency: 'CHF', payee: 'ozg-hub/06999002', requestId: 'other' };
    service.inject({ operation: 'look', answer: { tampered } });
    const payment = { amount: money(29, 'CHF'), payee: 'ozg-hub/06999002', requestId: 'other' };
    expect(await look()).toMatchObject({ outcome: 'KNOWN', payment });
    expect(providerKinds['xbezahldienste']!.payee(settings)).toBe('ozg-hub/06999001');
  });

  test.each(['30.705', '3.07e1', '"viel"'])('with the amount %s is none', async (amount) => {
    const { service, initiate, look } = await started();
    await initiate();
    const body = `{"paymentInformation":{"transactionId":"x","status":"PAYED"},"paymentRequest":{"currency":"EUR","grosAmount":${amount}}}`;
    const answer = { status: 200, headers: { 'content-type': 'application/json' }, body };
    service.inject({ operation: 'look', answer });
    expect(await look()).toMatchObject({ outcome: 'UNAVAILABLE', code: 'HUB_EPAY_UNREADABLE' });
  });

  test('may have nulls and more than the standard knows', async () => {
    const { service, initiate, look } = await started();
    await initiate();
    const information = {
      transactionId: 'x',
      status: 'PAYED',
      paymentMethod: null,
      statusDetail: null,
      colour: 'blue',
    };
    const body = JSON.stringify({ paymentInformation: information, paymentRequest: null });
    service.inject({ operation: 'look', answer: { status: 200, body } });
    expect(await look()).toMatchObject({ outcome: 'KNOWN', payment: { status: 'PAID', transactionId: 'x' } });
  });

  test('never sends the citizen to what is no web address', async () => {
    const { service, initiate } = await started();
    const information = { transactionId: 'x', status: 'INITIAL', transactionRedirectUrl: 'javascript:alert(1)' };
    const body = JSON.stringify({ paymentInformation: information });
    service.inject({ operation: 'initiate', answer: { status: 200, body } });
    expect(await initiate()).toMatchObject({ outcome: 'UNKNOWN', code: 'HUB_EPAY_UNREADABLE' });
  });
});

describe('by OAuth 2.0', () => {
  const oauth2 = { clientId: 'hub', clientSecret: 'streng-geheim' };
  const settingsOf = (service: FakeEpay21) => ({
    authentication: { by: 'oauth2', tokenUrl: service.tokenUrl, ...oauth2, scope: 'post' },
  });

  test('one token serves many calls, also those at once', async () => {
    const { service, initiate, look } = await started({ oauth2 }, settingsOf);
    await Promise.all([initiate(), look(), look()]);
    expect(await look()).toMatchObject({ outcome: 'KNOWN' });
    expect(service.count('token')).toBe(1);
    expect(service.calls.find(({ operation }) => operation === 'token')!.body).toContain('scope=post');
  });

  test('a token that is refused is renewed once, and the payment placed once', async () => {
    const { service, initiate, look } = await started({ oauth2 }, settingsOf);
    await look();
    service.revokeTokens();
    expect(await initiate()).toMatchObject({ outcome: 'KNOWN' });
    expect(service.count('token')).toBe(2);
    expect(service.books.payments).toHaveLength(1);
    service.inject({ operation: 'look', times: 5, answer: { status: 401 } });
    expect(await look()).toMatchObject({ outcome: 'UNAVAILABLE', code: 'HUB_EPAY_CREDENTIALS', cause: 'AUTH' });
    expect(service.count('token')).toBe(3);
  });

  test('asking for a token takes its turn, and so does asking again with a new one', async () => {
    const { service, look } = await started({ oauth2 }, settingsOf);
    let turns = 0;
    const pace = { leave: async () => void (turns += 1) };
    await look(undefined, pace);
    expect(turns).toBe(2);
    service.revokeTokens();
    await look(undefined, pace);
    expect([turns, service.count('token') + service.count('look')]).toEqual([5, 5]);
  });

  test('a token is used until half a minute before its end', async () => {
    const { service } = await started({ oauth2: { ...oauth2, expiresInSeconds: 100 } }, settingsOf);
    const channel = new ServiceChannel({ url: service.tokenUrl, timeoutSeconds: 5 });
    let now = 0;
    const tokens = new AccessTokens(channel, { tokenUrl: service.tokenUrl, ...oauth2 }, () => now);
    const first = await tokens.get();
    now = 69_000;
    expect(await tokens.get()).toBe(first);
    now = 71_000;
    expect(await tokens.get()).not.toEqual(first);
    channel.close();
  });

  test.each([
    [
      { status: 400, body: '{"error":"invalid_client"}' },
      { code: 'HUB_EPAY_CREDENTIALS', cause: 'AUTH' },
    ],
    [
      { status: 503, headers: { 'retry-after': '3' } },
      { code: 'HUB_EPAY_BUSY', retryAfterSeconds: 3 },
    ],
    [{ status: 500 }, { code: 'HUB_EPAY_SERVICE_FAILED' }],
    ['html' as const, { code: 'HUB_EPAY_UNREADABLE' }],
    ['reset' as const, { code: 'HUB_EPAY_INTERRUPTED' }],
  ])('without a token nothing is placed, and the next call asks for one again', async (answer, expected) => {
    const { service, initiate } = await started({ oauth2 }, settingsOf);
    service.inject({ operation: 'token', answer });
    const told = await initiate();
    expect(told).toMatchObject({ outcome: 'UNAVAILABLE', ...expected, raw: { body: Buffer.alloc(0) } });
    expect(JSON.stringify(told)).not.toContain('streng-geheim');
    expect(service.count('initiate')).toBe(0);
    expect(await initiate()).toMatchObject({ outcome: 'KNOWN' });
  });
});

const { ca, serverCert, serverKey, clientCert, clientKey } = await sampleTls();

describe('by client certificate', () => {
  const tls = { ca, cert: serverCert, key: serverKey, rejectUnauthorized: true };

  test('the municipality is known by it alone', async () => {
    const { initiate } = await started({ tls }, () => ({ tls: { ca, cert: clientCert, key: clientKey } }));
    expect(await initiate()).toMatchObject({ outcome: 'KNOWN' });
  });

  test('a service with a certificate of another authority is sent nothing', async () => {
    const { service, initiate } = await started({ tls }, () => ({ tls: { cert: clientCert, key: clientKey } }));
    expect(await initiate()).toMatchObject({ outcome: 'UNAVAILABLE', code: 'HUB_EPAY_TLS' });
    expect(service.calls).toEqual([]);
  });
});
