import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Target } from '@ozg-hub/directory';
import { money } from '@ozg-hub/money';
import type { Pace, PaymentProvider, ProviderAnswer } from './payment-provider.port.ts';
import { sampleOrder } from './sample-order.ts';

/** What a payment service under test can be made to do wrong, by whichever face; see the fake ePay21. */
export interface SampleOutage {
  readonly operation: 'initiate' | 'look' | 'close';
  readonly times?: number;
  readonly effect?: boolean;
  readonly answer:
    | 'reset'
    | 'silence'
    | 'truncated'
    | 'cut'
    | 'html'
    | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
    | { readonly tampered: { readonly status?: string; readonly method?: string; readonly requestId?: string } };
}

/** A payment service behind one face. */
export interface ProviderGround {
  readonly provider: PaymentProvider;
  readonly target: Target;
  readonly service: {
    readonly books: { readonly payments: readonly { readonly payId: string; readonly requestId: string }[] };
    pay(requestId: string, method?: string): Promise<void>;
    cancel(requestId: string): Promise<void>;
    setStatus(requestId: string, status: 'init' | 'started' | 'failed'): Promise<void>;
    inject(outage: SampleOutage): void;
    count(operation: SampleOutage['operation']): number;
  };
  /** Whether its answers name the amount. */
  readonly namesAmount: boolean;
  /** As of {@link ProviderPayment.payee}. */
  readonly payee: string;
  /** Words that must not be in errors. */
  readonly secrets: readonly string[];
  end(): Promise<void>;
}

const order = sampleOrder();
const { id } = order;
const PAGE = `<html>${'Erika Mustermann '.repeat(8000)}</html>`;

/** What every face of a payment service promises: placed once, the truth or that it is not known, and never an exception. */
export function paymentProviderContract(name: string, makeGround: () => Promise<ProviderGround>): void {
  describe(`payments by ${name}`, () => {
    let ground: ProviderGround;
    beforeEach(async () => {
      ground = await makeGround();
    });
    afterEach(() => ground.end());

    const signal = new AbortController().signal;
    const initiate = (given = signal, pace?: Pace) =>
      ground.provider.initiate(ground.target, order, { signal: given, pace });
    const look = (transactionId?: string, pace?: Pace) =>
      ground.provider.look(ground.target, { id, transactionId }, { signal, pace });
    const placed = () => ground.service.books.payments;
    const known = (answer: ProviderAnswer) => {
      if (answer.outcome !== 'KNOWN') throw new Error(`${answer.outcome} instead of KNOWN`);
      return answer.payment;
    };
    const expectSilent = ({ raw: _, ...told }: ProviderAnswer) => {
      const text = JSON.stringify(told);
      for (const word of [...ground.secrets, 'Mustermann', '30.70', '3070']) expect(text).not.toContain(word);
    };

    test('a payment that is placed is open, with the page where the citizen pays, and the answer as it came', async () => {
      const answer = await initiate();
      const payment = known(answer);
      expect(payment).toMatchObject({ status: 'OPEN', transactionId: placed()[0]!.payId });
      expect(payment.payPageUrl).toMatch(new RegExp(`/pay/${payment.transactionId}$`));
      expect(payment.payee).toBe(ground.payee);
      if (ground.namesAmount) expect(payment.amount).toEqual(money(3070, 'EUR'));
      expect(answer.raw).toMatchObject({ status: 200, mediaType: expect.stringMatching(/json|xml/) });
      expect(answer.raw.body.toString()).toContain(payment.transactionId);
    });

    test('what became of it: paid, given up, failed', async () => {
      const { transactionId } = known(await initiate());
      expect(known(await look(transactionId))).toMatchObject({ status: 'OPEN', transactionId, requestId: id });
      await ground.service.pay(id, 'Wero');
      const paid = known(await look(transactionId));
      expect(paid).toMatchObject({ status: 'PAID', transactionId, requestId: id, method: 'Wero' });
      expect(paid.paidAt).toBeInstanceOf(Date);
      expect(paid.payPageUrl).toBeUndefined();
      await ground.service.setStatus(id, 'failed');
      expect(known(await look(transactionId))).toMatchObject({ status: 'FAILED' });
      await ground.service.setStatus(id, 'started');
      await ground.service.cancel(id);
      expect(known(await look(transactionId))).toMatchObject({ status: 'CANCELLED' });
    });

    test('a status that goes back, or money after it was given up, is told as it is', async () => {
      const { transactionId } = known(await initiate());
      await ground.service.cancel(id);
      await ground.service.pay(id);
      expect(known(await look(transactionId))).toMatchObject({ status: 'PAID' });
      await ground.service.setStatus(id, 'init');
      expect(known(await look(transactionId))).toMatchObject({ status: 'OPEN' });
    });

    test('a status or a method that nobody knows is no error', async () => {
      const { transactionId } = known(await initiate());
      const tampered = { status: 'ARCHIVED', method: 'PIGEON' };
      ground.service.inject({ operation: 'look', answer: { tampered } });
      const payment = known(await look(transactionId));
      expect(payment).toMatchObject({ status: 'OTHER', statusDetail: 'ARCHIVED', method: 'PIGEON' });
    });

    test('an answer about another payment says so', async () => {
      const { transactionId } = known(await initiate());
      const tampered = { requestId: 'another' };
      ground.service.inject({ operation: 'look', answer: { tampered } });
      expect(known(await look(transactionId))).toMatchObject({ requestId: 'another' });
    });

    test('a payment of which nothing is known is not there', async () => {
      expect(await look('0198c0de-2222-7000-8000-00000000ffff')).toMatchObject({ outcome: 'NOT_FOUND' });
    });

    test.each(['reset', 'silence', 'truncated', 'cut', 'html'] as const)(
      'a payment whose placing ends in %s after its effect is unknown, and the same again finds it',
      async (answer) => {
        ground.service.inject({ operation: 'initiate', answer, effect: true });
        const lost = await initiate();
        expect(lost).toMatchObject({ outcome: 'UNKNOWN', code: expect.stringMatching(/^HUB_EPAY_/) });
        expectSilent(lost);
        expect(placed()).toHaveLength(1);
        expect(known(await initiate())).toMatchObject({ status: 'OPEN', transactionId: placed()[0]!.payId });
        expect(placed()).toHaveLength(1);
      },
    );

    test.each(['reset', 'silence', 'html'] as const)(
      'a payment whose placing ends in %s before any effect is unknown, and the same again places it',
      async (answer) => {
        ground.service.inject({ operation: 'initiate', answer });
        expect(await initiate()).toMatchObject({ outcome: 'UNKNOWN' });
        expect(placed()).toHaveLength(0);
        expect(known(await initiate())).toMatchObject({ status: 'OPEN' });
        expect(placed()).toHaveLength(1);
      },
    );

    test('placing three times in a row is one payment, also where it was paid meanwhile', async () => {
      await initiate();
      await initiate();
      await ground.service.pay(id);
      expect(known(await initiate())).toMatchObject({ status: 'PAID' });
      expect(placed()).toHaveLength(1);
    });

    test.each([
      [500, {}, { outcome: 'UNKNOWN' }],
      [502, {}, { outcome: 'UNKNOWN' }],
      [303, { location: '/login' }, { outcome: 'UNKNOWN' }],
      [307, { location: 'https://elsewhere.example/' }, { outcome: 'UNAVAILABLE', code: 'HUB_EPAY_REDIRECTED' }],
      [503, { 'retry-after': '7' }, { outcome: 'UNAVAILABLE', cause: 'BUSY', retryAfterSeconds: 7 }],
      [429, { 'retry-after': '120' }, { outcome: 'UNAVAILABLE', cause: 'BUSY', retryAfterSeconds: 120 }],
      [401, {}, { outcome: 'UNAVAILABLE', cause: 'AUTH', code: 'HUB_EPAY_CREDENTIALS' }],
      [403, {}, { outcome: 'UNAVAILABLE', cause: 'AUTH', code: 'HUB_EPAY_CREDENTIALS' }],
      [413, {}, { outcome: 'REFUSED', code: 'HUB_EPAY_REFUSED' }],
    ])('placing that is answered %d', async (status, headers, expected) => {
      const answer = { status, headers: { 'content-type': 'text/html', ...headers }, body: PAGE };
      ground.service.inject({ operation: 'initiate', answer });
      const told = await initiate();
      expect(told).toMatchObject(expected);
      expectSilent(told);
      expect(told.raw).toMatchObject({ status });
      expect(ground.service.count('initiate')).toBe(1);
    });

    test.each([
      ['a cut connection', 'reset', { cause: 'UNREACHABLE' }],
      ['silence', 'silence', { cause: 'UNREACHABLE' }],
      ['half an answer', 'truncated', { cause: 'UNREACHABLE', code: 'HUB_EPAY_UNREADABLE' }],
      ['a cut answer', 'cut', { cause: 'UNREACHABLE' }],
      ['a page', 'html', { cause: 'UNREACHABLE', code: 'HUB_EPAY_UNREADABLE' }],
      ['500', { status: 500 }, { cause: 'UNREACHABLE' }],
      ['302', { status: 302, headers: { location: '/login' } }, { code: 'HUB_EPAY_REDIRECTED' }],
      ['503', { status: 503, headers: { 'retry-after': '7' } }, { cause: 'BUSY', retryAfterSeconds: 7 }],
      ['401', { status: 401 }, { cause: 'AUTH' }],
      ['the 404 of a proxy', { status: 404, headers: { 'content-type': 'text/html' }, body: PAGE }, { cause: 'AUTH' }],
    ] as const)('a look that ends in %s says nothing about the payment', async (_, answer, expected) => {
      const { transactionId } = known(await initiate());
      ground.service.inject({ operation: 'look', answer });
      const told = await look(transactionId);
      expect(told).toMatchObject({ outcome: 'UNAVAILABLE', ...expected });
      expectSilent(told);
      expect(known(await look(transactionId))).toMatchObject({ status: 'OPEN' });
    });

    test('of an answer that does not end, 64 KiB are kept', async () => {
      const { transactionId } = known(await initiate());
      ground.service.inject({ operation: 'look', answer: { status: 200, body: PAGE } });
      const { raw } = await look(transactionId);
      expect(raw.body).toHaveLength(64 * 1024);
    });

    test('a service that is not there was sent nothing', async () => {
      await ground.end();
      const told = await initiate();
      expect(told).toMatchObject({ outcome: 'UNAVAILABLE', code: 'HUB_EPAY_UNREACHABLE', raw: { status: undefined } });
      expectSilent(told);
    });

    test('who is told to stop before the call throws, and sends nothing', async () => {
      await expect(initiate(AbortSignal.abort(new Error('stopping')))).rejects.toThrow('stopping');
      expect(placed()).toHaveLength(0);
    });

    test('who is told to stop after the request left does not know the outcome', async () => {
      ground.service.inject({ operation: 'initiate', answer: 'silence', effect: true });
      const stopping = new AbortController();
      const answer = initiate(stopping.signal);
      let ended = false;
      void answer.finally(() => (ended = true));
      while (placed().length === 0 && !ended) await new Promise((resolve) => setImmediate(resolve));
      stopping.abort(new Error('stopping'));
      expect(await answer).toMatchObject({ outcome: 'UNKNOWN', code: 'HUB_EPAY_OUTCOME_UNKNOWN' });
    });

    test('no request leaves before its turn, also where one call takes two', async () => {
      const requests = () => ground.service.count('initiate') + ground.service.count('look');
      let turns = 0;
      const pace = {
        leave: async () => {
          expect(requests()).toBe(turns);
          turns += 1;
        },
      };
      const { transactionId } = known(await initiate(signal, pace));
      await initiate(signal, pace);
      await look(transactionId, pace);
      expect([requests(), turns]).toEqual([4, 4]);
    });

    test('two at once share nothing but the connection', async () => {
      const other = sampleOrder({ id: '0198c0de-2222-7000-8000-000000000002' });
      const both = await Promise.all([initiate(), ground.provider.initiate(ground.target, other, { signal })]);
      expect(new Set(both.map((answer) => known(answer).transactionId)).size).toBe(2);
    });
  });
}
