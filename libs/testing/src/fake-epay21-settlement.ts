import { berlinDate } from '@ozg-hub/core';
import { type Money, formatDecimal, money, subtract } from '@ozg-hub/money';
import type { FakePayment } from './fake-epay21-books.ts';

const HEADER = 'transactionId;requestId;date;gross;fee;net;currency;kassenzeichen;payoutReference';

/**
 * What the service pays out for a day in Germany: a line for each charge, in their order. All of a day are one credit,
 * net of fees, under the payoutReference.
 */
export function settlementList(payments: readonly FakePayment[], day: string, feeMinor: number): string {
  const rows = payments
    .flatMap((payment) => payment.charges.map((charge) => ({ payment, at: new Date(charge.at) })))
    .filter(({ at }) => berlinDate(at) === day)
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .map(({ payment }) => rowOf(payment, day, feeOf(payment.amount, feeMinor)));
  return [HEADER, ...rows, ''].join('\r\n');
}

function rowOf({ payId, requestId, amount, kassenzeichen }: FakePayment, day: string, fee: Money): string {
  const amounts = [amount, fee, subtract(amount, fee)].map((one) => formatDecimal(one));
  return [payId, requestId, day, ...amounts, amount.currency, kassenzeichen, `EPAY-${day.replaceAll('-', '')}`].join(
    ';',
  );
}

/** Never more than what was paid. */
function feeOf(amount: Money, feeMinor: number): Money {
  return money(Math.min(feeMinor, amount.minor), amount.currency);
}
