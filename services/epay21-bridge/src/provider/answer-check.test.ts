import { describe, expect, test } from '@jest/globals';
import { money } from '@ozg-hub/money';
import { differenceIn } from './answer-check.ts';
import type { Payment } from '../payment.repository.ts';
import type { ProviderPayment } from './payment-provider.port.ts';

const payment = { id: 'p1', gross: money(3070, 'EUR'), transactionId: 't1' } as Payment;
const answer: ProviderPayment = {
  status: 'PAID',
  transactionId: 't1',
  requestId: 'p1',
  payee: 'ozg-hub/06999001',
  amount: money(3070, 'EUR'),
};
const PAYEE = 'ozg-hub/06999001';

describe('an answer of the payment service', () => {
  test('about the payment that was asked for agrees, and so does one that gives less back', () => {
    expect(differenceIn(payment, answer, PAYEE)).toBeUndefined();
    expect(differenceIn(payment, { status: 'PAID', transactionId: 't1' }, PAYEE)).toBeUndefined();
    expect(differenceIn({ ...payment, transactionId: undefined }, answer, PAYEE)).toBeUndefined();
  });

  test.each([
    ['a cent less', { amount: money(3069, 'EUR') }, 'HUB_EPAY_AMOUNT_DIFFERS'],
    ['another currency', { amount: money(3070, 'CHF') }, 'HUB_EPAY_CURRENCY_DIFFERS'],
    ['another municipality', { payee: 'ozg-hub/06999002' }, 'HUB_EPAY_PAYEE_DIFFERS'],
    ['another request', { requestId: 'p2' }, 'HUB_EPAY_REQUEST_DIFFERS'],
    ['another transaction', { transactionId: 't2' }, 'HUB_EPAY_TRANSACTION_DIFFERS'],
  ])('that names %s is told by its own code', (_, other, code) => {
    expect(differenceIn(payment, { ...answer, ...other }, PAYEE)).toBe(code);
  });
});
