import { afterEach, describe, expect, test } from '@jest/globals';
import { type FakeEpay21, startFakeEpay21 } from '@ozg-hub/testing';
import type { Closing, Pace } from './payment-provider.port.ts';
import { Epay21SoapAdapter } from './epay21-soap.adapter.ts';
import { germanInstant } from './german-instant.ts';
import { providerKinds } from './provider-kinds.ts';
import { sampleOrder, sampleTarget } from './sample-order.ts';

const signal = new AbortController().signal;
const order = sampleOrder();
const { id } = order;
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

type Settings = Readonly<Record<string, unknown>>;

async function started(settingsOf: (service: FakeEpay21) => Settings = () => ({})) {
  const service = await startFakeEpay21({ credentials: { user: 'hub', password: 'geheim' } });
  const { target, directory } = sampleTarget('epay21', {
    url: service.soapUrl,
    mandant: '06999001',
    mandantDesc: 'Universitätsstadt Musterstadt & Umland',
    app: 'ozg.hub',
    authentication: { by: 'basic', user: 'hub', password: 'geheim' },
    timeoutSeconds: 5,
    ...settingsOf(service),
  });
  const provider = new Epay21SoapAdapter(directory);
  ends.push(async () => {
    await provider.stop();
    await service.stop();
  });
  const initiate = (of = order) => provider.initiate(target, of, { signal });
  const look = () => provider.look(target, { id, transactionId: undefined }, { signal });
  const close = (closing: Closing, transactionId?: string, pace?: Pace) =>
    provider.close(target, { id, transactionId }, closing, { signal, pace });
  return { service, initiate, look, close };
}

describe('the message', () => {
  test('names the municipality, and the amount in cents', async () => {
    const { service, initiate } = await started();
    await initiate();
    const { body } = service.calls.find(({ operation }) => operation === 'initiate')!;
    expect(body).toContain(
      '<InitPayment xmlns="http://epay21.ekom21.de/service/v11"><OP><Mandant>06999001</Mandant>' +
        '<MandantDesc>Universitätsstadt Musterstadt &amp; Umland</MandantDesc><App>ozg.hub</App>' +
        '<LocaleCode>DE_DE</LocaleCode><ClientInfo>06999001_ozg.hub</ClientInfo></OP><Query>' +
        `<CallerPayID>${id}</CallerPayID><Purpose>2600000483-7 Parkausweis</Purpose>`,
    );
    expect(body).toContain('<Amount>3070</Amount><Currency>EUR</Currency>');
    expect(service.payment(id)).toMatchObject({ amount: { minor: 3070 }, timeoutMinutes: 15, payee: '06999001' });
  });

  test.each(['Gebühr\u0000\u0008 <b>', `${'a'.repeat(249)}😀`, '\ud83d', '\uffff'])(
    'bears a description with characters that XML does not allow (%#)',
    async (description) => {
      const { initiate } = await started();
      expect(await initiate(sampleOrder({ description }))).toMatchObject({ outcome: 'KNOWN' });
    },
  );
});

describe('a payment whose placing was not answered', () => {
  test('is there once, and where the settings do not know its page, only that', async () => {
    const { service, initiate } = await started();
    service.inject({ operation: 'initiate', answer: 'reset', effect: true });
    expect(await initiate()).toMatchObject({ outcome: 'UNKNOWN' });
    const { payId } = service.payment(id);
    expect(await initiate()).toMatchObject({ outcome: 'EXISTS', transactionId: payId });
    expect(service.books.payments).toHaveLength(1);
  });

  test('is not placed again while the service does not say that it is not there', async () => {
    const { service, initiate } = await started();
    service.inject({ operation: 'initiate', answer: 'reset', effect: true });
    await initiate();
    for (const answer of ['reset', 'html', { status: 503 }, { errorCode: 'X101' }, { soapFault: 'down' }] as const) {
      service.inject({ operation: 'look', answer });
      expect(await initiate()).toMatchObject({ outcome: 'UNAVAILABLE' });
    }
    expect(service.count('initiate')).toBe(1);
  });
});

describe('a no of ePay21', () => {
  test.each([
    [{ errorCode: 'X101' }, { outcome: 'REFUSED', code: 'HUB_EPAY_REFUSED_REQUEST', detail: 'X101' }],
    [{ errorCode: 'P299' }, { outcome: 'REFUSED', code: 'HUB_EPAY_REFUSED', detail: 'P299' }],
    [{ errorCode: 'Erika Mustermann' }, { outcome: 'REFUSED', detail: 'unknown code' }],
    [{ soapFault: 'Erika Mustermann' }, { outcome: 'UNKNOWN', detail: 'SOAP fault Server' }],
  ])('to InitPayment: %j', async (answer, expected) => {
    const { service, initiate } = await started();
    service.inject({ operation: 'initiate', answer });
    expect(await initiate()).toMatchObject(expected);
    expect(service.books.payments).toEqual([]);
  });

  test.each([
    [{ errorCode: 'P107' }, { outcome: 'NOT_FOUND' }],
    [{ errorCode: 'X101' }, { outcome: 'UNAVAILABLE', code: 'HUB_EPAY_PAYEE_UNKNOWN', cause: 'AUTH' }],
    [{ errorCode: 'P299' }, { outcome: 'UNAVAILABLE', code: 'HUB_EPAY_SERVICE_FAILED' }],
    [{ soapFault: 'down' }, { outcome: 'UNAVAILABLE', code: 'HUB_EPAY_SERVICE_FAILED' }],
  ])('to GetPaymentStatus: %j', async (answer, expected) => {
    const { service, initiate, look } = await started();
    await initiate();
    service.inject({ operation: 'look', answer });
    expect(await look()).toMatchObject(expected);
  });

  test('to a Mandant that it does not know is a matter of the settings', async () => {
    const { initiate } = await started(() => ({ mandant: '06999002' }));
    expect(await initiate()).toMatchObject({ outcome: 'UNAVAILABLE', code: 'HUB_EPAY_PAYEE_UNKNOWN', cause: 'AUTH' });
  });
});

describe('the closing', () => {
  test('confirms, and saying it again does no harm', async () => {
    const { service, initiate, close } = await started();
    await initiate();
    await service.pay(id);
    const { payId } = service.payment(id);
    const confirmed = { outcome: 'KNOWN', payment: { status: 'PAID', statusDetail: 'confirmed' } };
    expect(await close('confirm', payId)).toMatchObject(confirmed);
    expect(await close('confirm', payId)).toMatchObject(confirmed);
    expect(service.payment(id)).toMatchObject({ status: 'confirmed', charges: [{}] });
  });

  test('finds the payment where its transactionId is not known', async () => {
    const { service, initiate, close } = await started();
    expect(await close('cancel')).toMatchObject({ outcome: 'NOT_FOUND' });
    await initiate();
    let turns = 0;
    const told = await close('cancel', undefined, { leave: async () => void (turns += 1) });
    expect(told).toMatchObject({ outcome: 'KNOWN', payment: { status: 'CANCELLED' } });
    expect(turns).toBe(2);
    expect(service.payment(id).closings).toMatchObject([{ action: 'cancel' }]);
  });

  test.each([
    ['reset' as const, { outcome: 'UNKNOWN' }],
    [{ status: 500 }, { outcome: 'UNKNOWN' }],
    [{ status: 503 }, { outcome: 'UNAVAILABLE', cause: 'BUSY' }],
    [{ errorCode: 'P107' }, { outcome: 'NOT_FOUND' }],
    [{ errorCode: 'P300' }, { outcome: 'REFUSED', detail: 'P300' }],
  ])('that is answered by %j', async (answer, expected) => {
    const { service, initiate, close } = await started();
    await initiate();
    await service.pay(id);
    service.inject({ operation: 'close', answer });
    expect(await close('confirm', service.payment(id).payId)).toMatchObject(expected);
  });
});

test.each([
  ['2026-07-01T10:00:00.81', '2026-07-01T08:00:00.000Z'],
  ['2026-01-01T10:00:00', '2026-01-01T09:00:00.000Z'],
  ['2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z'],
  ['2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z'],
  ['2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z'],
  ['2026-05-06T20:25:19.3270197+02:00', '2026-05-06T18:25:19.000Z'],
  ['2026-05-06T20:25:19Z', '2026-05-06T20:25:19.000Z'],
  ['0001-01-01T00:00:00', undefined],
  ['2026-13-45T00:00:00', undefined],
  ['yesterday', undefined],
  [undefined, undefined],
])('%s, in Germany unless it says more, is %s', (written, instant) => {
  expect(germanInstant(written)?.toISOString()).toBe(instant);
});

describe('the settings of a target', () => {
  const rest = { baseUrl: 'https://epay.example/api', originatorId: 'ozg-hub', endpointId: '06999001' };
  const soap = {
    url: 'env:EPAY21',
    mandant: '06999001',
    mandantDesc: 'Musterstadt',
    app: 'ozg.hub',
    authentication: { by: 'basic', user: 'hub', password: 'file:/run/secrets/epay21' },
  };

  test.each([
    ['xbezahldienste', rest],
    ['epay21', soap],
  ])('%s has defaults', (kind, settings) => {
    expect(providerKinds[kind]!.settings.parse(settings)).toMatchObject({ ...settings, timeoutSeconds: 30 });
  });

  test.each([
    ['xbezahldienste', { ...rest, authentication: { by: 'basic', user: 'hub', password: 'geheim' } }],
    ['xbezahldienste', { ...rest, endpointId: '../06999002' }],
    ['xbezahldienste', { ...rest, baseUrl: 'https://epay.example/api?x=1' }],
    ['xbezahldienste', { ...rest, surprise: true }],
    ['epay21', { ...soap, mandant: '6999001' }],
    ['epay21', { ...soap, payPage: 'https://epay.example/PP' }],
    ['epay21', { ...soap, payPage: 'javascript:{payId}' }],
  ])('%s: %j is not accepted', (kind, settings) => {
    expect(providerKinds[kind]!.settings.safeParse(settings).success).toBe(false);
  });
});
