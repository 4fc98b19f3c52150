import { expect, test } from '@jest/globals';
import { type BookLine, type BusRecord, type ClientLine, type Evidence, type LedgerLine, judge } from './oracle.ts';

const [SOAP, REST, GIVEN_UP] = ['id-soap', 'id-rest', 'id-given-up'];
const at = (second: number) => new Date(second * 1000).toISOString();

const asks = (id: string, tenant: string, minor: number, state: string): ClientLine[] => [
  { type: 'asked', key: `key ${id}`, tenant, minor },
  { type: 'told', key: `key ${id}`, id, minor },
  { type: 'told', key: `key ${id}`, id, minor },
  { type: 'ended', id, state },
];
const placed = (id: string, face: string, minor: number, payId = `pay ${id}`): BookLine => ({
  at: at(1),
  event: 'placed',
  payment: { payId, requestId: id, face, amount: { minor } },
});
const charged = (id: string, payId = `pay ${id}`): BookLine => ({ at: at(2), event: 'charged', payId });
const confirmed = (second: number): BookLine => ({
  at: at(second),
  event: 'closed',
  payId: `pay ${SOAP}`,
  action: 'confirm',
});
const onBus = (paymentId: string, tenant: string, minor: number, id = `event ${paymentId}`): BusRecord => ({
  appendedAt: 3_000,
  id,
  data: { paymentId, tenant, amount: { minor } },
});
const posted = (paymentId: string, tenant: string, minor: number): LedgerLine => ({
  outcome: 'POSTED',
  paymentId,
  eventId: `event ${paymentId}`,
  tenant,
  entries: [
    { account: '1370', side: 'S', minor },
    { account: '5110000', side: 'H', minor },
  ],
});

/** Two that are paid, one of them placed once more than it was answered; one that its citizen gave up. */
const sound: Evidence = {
  clients: [
    ...asks(SOAP, 'musterstadt', 3070, 'BOOKED'),
    ...asks(REST, 'beispielhausen', 1250, 'BOOKED'),
    ...asks(GIVEN_UP, 'musterstadt', 500, 'CANCELLED'),
  ],
  books: [
    ...[placed(SOAP, 'soap', 3070), placed(REST, 'rest', 1250), placed(GIVEN_UP, 'soap', 500)],
    ...[{ at: at(1), event: 'repeated', payId: `pay ${REST}` }, charged(SOAP), charged(REST)],
    ...[{ at: at(2), event: 'canceled', payId: `pay ${GIVEN_UP}` }, confirmed(4), confirmed(5)],
  ],
  // Published twice after a crash; read twice by the ledger.
  bus: [onBus(SOAP, 'musterstadt', 3070), onBus(REST, 'beispielhausen', 1250), onBus(SOAP, 'musterstadt', 3070)],
  ledger: [
    posted(SOAP, 'musterstadt', 3070),
    posted(REST, 'beispielhausen', 1250),
    { ...posted(SOAP, 'musterstadt', 3070), outcome: 'REPEATED' },
  ],
};
const without = <T>(all: readonly T[], is: (one: T) => boolean) => all.filter((one) => !is(one));
const { clients, books, bus, ledger } = sound;
const unlike = (paymentId: string) => (line: LedgerLine) => line.paymentId === paymentId;

const doctored: readonly [what: string, kind: string, Partial<Evidence>][] = [
  ['a second charge', 'charged-twice', { books: [...books, charged(SOAP)] }],
  ['a payment placed twice', 'placed-twice', { books: [...books, placed(SOAP, 'soap', 3070, 'another')] }],
  ['a payment placed with another amount', 'wrong-amount', { books: [placed(SOAP, 'soap', 3071), ...books.slice(1)] }],
  [
    'a lost event',
    'lost-event',
    { bus: without(bus, ({ data }) => data.paymentId === REST), ledger: without(ledger, unlike(REST)) },
  ],
  ['one payment as two events', 'doubled-event', { bus: [...bus, onBus(SOAP, 'musterstadt', 3070, 'another')] }],
  ['a lost posting', 'lost-posting', { ledger: without(ledger, unlike(SOAP)) }],
  ['a doubled posting', 'doubled-posting', { ledger: [...ledger, posted(SOAP, 'musterstadt', 3070)] }],
  ['a posting of what nobody paid', 'unpaid', { ledger: [...ledger, posted(GIVEN_UP, 'musterstadt', 500)] }],
  [
    'a posting of another amount',
    'wrong-amount',
    { ledger: [...without(ledger, unlike(REST)), posted(REST, 'beispielhausen', 1215)] },
  ],
  ['an early confirmation', 'early-confirmation', { books: [...books, confirmed(2.999)] }],
  ['a payment never confirmed', 'unconfirmed', { books: without(books, ({ event }) => event === 'closed') }],
  ['a payment of nobody', 'unknown', { books: [...books, placed('stranger', 'rest', 1)] }],
  ['an event of nobody', 'unknown', { bus: [...bus, onBus('stranger', 'musterstadt', 1)] }],
  [
    'a payment that never ends',
    'unfinished',
    { clients: clients.map((line) => (line.type === 'ended' && line.id === SOAP ? { ...line, state: 'PAID' } : line)) },
  ],
  [
    'a payment given up that somebody paid',
    'unfinished',
    {
      clients: clients.map((line) =>
        line.type === 'ended' && line.id === REST ? { ...line, state: 'CANCELLED' } : line,
      ),
    },
  ],
  [
    'a request without an answer',
    'unfinished',
    { clients: [...clients, { type: 'asked', key: 'k', tenant: 't', minor: 1 }] },
  ],
  [
    'two ids for one request',
    'unstable',
    {
      clients: [
        ...clients,
        { type: 'told', key: `key ${GIVEN_UP}`, id: 'another', minor: 500 },
        { type: 'ended', id: 'another', state: 'FAILED' },
      ],
    },
  ],
  [
    'a posting in the books of another municipality',
    'sums',
    { ledger: [...without(ledger, unlike(REST)), posted(REST, 'musterstadt', 1250)] },
  ],
];

test('the oracle has no objection to what is sound', () => {
  expect(judge(sound)).toEqual([]);
});

test.each(doctored)('the oracle objects to %s as %s', (_, kind, changes) => {
  expect([...new Set(judge({ ...sound, ...changes }).map((violation) => violation.kind))]).toEqual([kind]);
});
