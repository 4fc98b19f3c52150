import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { berlinDate } from '@ozg-hub/core';
import { type PaymentGround, startPaymentGround } from './payment-ground.ts';
import type { Answer } from './running-hub.ts';
import { reconciliation, statementOf } from './settled-payouts.ts';

const PATH = '/epay21-bridge/ops/v1/reconciliations';
let ground: PaymentGround;
beforeAll(async () => {
  ground = await startPaymentGround({ reconciliation });
}, 60_000);
afterAll(() => ground?.stop());

/** A paid and booked fee of 25.00. */
async function booked(): Promise<{ id: string; paidOn: string }> {
  const items = [{ id: 'ausweis', name: 'Gästekarte', amount: '25.00', quantity: 1, taxRate: '0.00' }];
  const { id } = (await ground.ask({ items }, `schluessel-${ground.epay.books.payments.length}`)).json;
  await ground.epay.pay(id);
  await ground.hub.request('POST', `/epay21-bridge/ops/v1/payments/${id}/look`);
  const eventId = (await ground.events(id)).at(-1)!.id;
  await post('/epay21/v1/bookings', { paymentId: id, eventId, outcome: 'ACCEPTED' });
  const { state, paidAt } = await ground.details(id);
  expect(state).toBe('BOOKED');
  return { id, paidOn: berlinDate(new Date(paidAt)) };
}

const post = async (path: string, body: object, headers: object = {}): Promise<Answer> =>
  await ground.hub.request('POST', path, {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const upload = async (what: 'list' | 'statement', body: string | Buffer, headers: object = {}): Promise<Answer> =>
  await ground.hub.request('POST', `${PATH}/${what}`, {
    query: '?tenant=musterstadt',
    headers: { 'content-type': what === 'list' ? 'text/csv' : 'application/xml', ...headers },
    body: body as string,
  });
const openItems = async (headers: Readonly<Record<string, string>> = {}): Promise<Answer['json'][]> =>
  (await ground.hub.request('GET', `${PATH}/items`, { headers })).json.items;

test('what hub, payment service and bank agree about is settled; the rest is open until a person closes it', async () => {
  const [agreed, differing] = [await booked(), await booked()];
  const days = [...new Set([agreed.paidOn, differing.paidOn])];
  const written = days.map((day) => ground.epay.settlement(day));
  const [header] = written[0]!.split('\r\n');
  const rows = written.flatMap((one) => one.split('\r\n').slice(1, -1));
  const wrong = rows.map((row) =>
    row.includes(differing.id) ? row.replace('25.00', '26.00').replace('24.65', '25.65') : row,
  );
  const list = [header, ...wrong, ''].join('\r\n');
  const statement = await statementOf(list, differing.paidOn);

  expect((await upload('list', list)).json).toEqual({ known: false, entries: 2, added: 2 });
  expect((await upload('list', list)).json).toEqual({ known: true, entries: 2, added: 0 });
  const bank = await upload('statement', statement);
  expect(bank.json).toEqual({ known: false, entries: days.length, added: days.length });

  const order = { tenant: 'musterstadt', day: berlinDate(new Date()) };
  const first = await post(PATH, order);
  expect(first.json).toMatchObject({ finance: 'kasse', chargebacks: 0, classes: { MATCHED: 1, AMOUNT_DIFF: 1 } });
  expect(await ground.details(agreed.id)).toMatchObject({ state: 'SETTLED', settledOn: differing.paidOn });
  expect(await ground.details(differing.id)).toMatchObject({ state: 'BOOKED' });
  const [item, ...others] = await openItems();
  expect(others).toEqual([]);
  expect(item).toMatchObject({ code: 'GROSS', paymentId: differing.id, hub: '25.00', provider: '26.00' });

  const stranger = await ground.hub.key({ scopes: ['operate'], tenants: ['muehlfelden'] });
  const headers = { authorization: `Bearer ${stranger.key}` };
  const reason = { reason: 'Betrag laut Abrechnung vom Dienst bestätigt' };
  for (const { status, json } of [
    await upload('list', list, headers),
    await upload('statement', statement, headers),
    await post(PATH, order, headers),
  ]) {
    expect([status, json.code]).toEqual([403, 'HUB_KEY_TENANT']);
  }
  const refused = await post(`${PATH}/items/${item.id}/close`, reason, headers);
  expect([refused.status, refused.json.code]).toEqual([404, 'HUB_EPAY_RECONCILIATION_UNKNOWN']);
  expect(await openItems(headers)).toEqual([]);
  const seen = await ground.hub.request('GET', PATH, { headers });
  expect(seen.json.runs).toEqual([]);
  expect(await openItems()).toEqual([item]);

  const closed = await post(`${PATH}/items/${item.id}/close`, reason);
  expect([closed.status, closed.json.reason]).toEqual([200, reason.reason]);
  const again = await post(`${PATH}/items/${item.id}/close`, reason);
  expect([again.status, again.json.code]).toEqual([409, 'HUB_EPAY_ITEM_CLOSED']);
  expect((await post(PATH, order)).json.classes).toMatchObject({ MATCHED: 1, AMOUNT_DIFF: 0 });
  expect(await ground.details(differing.id)).toMatchObject({ state: 'SETTLED' });
  expect(await openItems()).toEqual([]);
}, 30_000);

test('a day of the future is refused, with what to do', async () => {
  const inTwoDays = berlinDate(new Date(Date.now() + 2 * 86_400_000));
  const { status, json } = await post(PATH, { tenant: 'musterstadt', day: inTwoDays });
  expect([status, json.code]).toEqual([409, 'HUB_EPAY_RECONCILIATION_DAY']);
  expect(json.action).toContain('today');
});
