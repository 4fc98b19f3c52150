import type { EpayErrorCode } from '../errors.ts';
import type { Payment } from '../payment.repository.ts';
import type { ProviderPayment } from './payment-provider.port.ts';

/**
 * Whether an answer is about the payment that was asked for; a code where it is not. What an answer leaves out is not
 * compared: faces differ in what they give back.
 * @param payee the municipality as the service names it
 */
export function differenceIn(
  payment: Payment,
  answer: ProviderPayment,
  payee: string | undefined,
): EpayErrorCode | undefined {
  const { amount, requestId, transactionId } = answer;
  if (requestId !== undefined && requestId !== payment.id) return 'HUB_EPAY_REQUEST_DIFFERS';
  if (payment.transactionId !== undefined && transactionId !== payment.transactionId) {
    return 'HUB_EPAY_TRANSACTION_DIFFERS';
  }
  if (answer.payee !== undefined && payee !== undefined && answer.payee !== payee) return 'HUB_EPAY_PAYEE_DIFFERS';
  if (amount && amount.currency !== payment.gross.currency) return 'HUB_EPAY_CURRENCY_DIFFERS';
  if (amount && amount.minor !== payment.gross.minor) return 'HUB_EPAY_AMOUNT_DIFFERS';
  return undefined;
}
