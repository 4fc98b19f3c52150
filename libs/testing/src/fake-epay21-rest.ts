import { berlinDateTime } from '@ozg-hub/core';
import { DecimalNumber, formatDecimal, writeDecimalJson } from '@ozg-hub/money';
import type { FakeEpay21Books, FakePayment, FakePaymentStatus } from './fake-epay21-books.ts';
import { type BookingKeys, readPaymentRequest } from './fake-epay21-request.ts';
import {
  type Epay21Call,
  type Epay21Reply,
  type FakePayee,
  type Tampered,
  jsonReply,
  problemReply,
} from './fake-epay21-reply.ts';

export interface RestOptions {
  readonly payees: readonly FakePayee[];
  readonly bookingKeys: BookingKeys;
  /** Whether GET finds a payment by its requestId as well. */
  readonly knowsRequestIds: boolean;
  /** Whether PAYMENT_EXISTS names the transactionId. */
  readonly namesExisting: boolean;
  readonly origin: () => string;
}

const STATUS: Readonly<Record<FakePaymentStatus, string>> = {
  init: 'INITIAL',
  started: 'INITIAL',
  payed: 'PAYED',
  confirmed: 'PAYED',
  canceled: 'CANCELED',
  failed: 'FAILED',
};
const METHODS: readonly string[] = ['GIROPAY', 'PAYDIRECT', 'CREDITCARD', 'PAYPAL'];
/** The standard has no word for it; ePay21 gives up after this. */
const TIMEOUT_MINUTES = 15;

export const REST_PATH = '/xbezahldienste/api/v1.0.0';

/** XBezahldienste 1.0.0 as ePay21 speaks it. */
export class FakeEpay21Rest {
  constructor(
    private readonly books: () => FakeEpay21Books,
    private readonly options: RestOptions,
  ) {}

  call(method: string, path: string, body: string): Epay21Call {
    const [resource, originatorId, endpointId, transactionId, more] = path.slice(1).split('/');
    const nothing = {
      operation: 'other' as const,
      requestId: undefined,
      run: async () => problemReply(404, 'UNSPECIFIED'),
    };
    if (more !== undefined || originatorId === undefined || endpointId === undefined) return nothing;
    const payee = `${originatorId}/${endpointId}`;
    if (resource === 'status' && method === 'GET' && transactionId === undefined) {
      return { operation: 'status', requestId: undefined, run: async () => this.#status(payee) };
    }
    if (resource !== 'paymenttransaction') return nothing;
    if (method === 'POST' && transactionId === undefined) {
      const run = (tampered: Tampered) => this.#initiate(payee, body, tampered);
      return { operation: 'initiate', requestId: requestIdIn(body), run };
    }
    if (method !== 'GET' || transactionId === undefined) return nothing;
    const requestId = this.#find(transactionId)?.requestId;
    return { operation: 'look', requestId, run: (tampered) => this.#look(payee, transactionId, tampered) };
  }

  #status(payee: string): Epay21Reply {
    return this.#refusal(payee) ?? problemReply(200, 'UNSPECIFIED');
  }

  async #initiate(payee: string, body: string, tampered: Tampered): Promise<Epay21Reply> {
    const refusal = this.#refusal(payee);
    if (refusal) return refusal;
    const read = readPaymentRequest(body, this.options.bookingKeys);
    if (typeof read === 'string') return problemReply(400, read);
    const { request, amount } = read;
    const { requestId, purpose, redirectUrl, items } = request;
    const known = this.books().ofRequest(requestId);
    if (known) {
      await this.books().repeated(known.payId);
      return problemReply(400, 'PAYMENT_EXISTS', this.options.namesExisting ? { transactionId: known.payId } : {});
    }
    const kassenzeichen = items[0]?.bookingData?.['kassenzeichen'] ?? purpose;
    const ends = { returnUrl: redirectUrl, cancelUrl: redirectUrl, timeoutMinutes: TIMEOUT_MINUTES };
    const placed = { requestId, payee, face: 'rest', amount, purpose, kassenzeichen, request, ...ends } as const;
    return this.#transaction(await this.books().place(placed), tampered);
  }

  async #look(payee: string, transactionId: string, tampered: Tampered): Promise<Epay21Reply> {
    const refusal = this.#refusal(payee);
    if (refusal) return refusal;
    const payId = this.#find(transactionId)?.payId;
    const payment = payId === undefined ? undefined : await this.books().find(payId);
    return payment && this.#isOf(payment, payee)
      ? this.#transaction(payment, tampered)
      : problemReply(404, 'UNSPECIFIED');
  }

  #find(transactionId: string): FakePayment | undefined {
    return (
      this.books().get(transactionId) ??
      (this.options.knowsRequestIds ? this.books().ofRequest(transactionId) : undefined)
    );
  }

  #isOf(payment: FakePayment, payee: string): boolean {
    const { mandant } = this.options.payees.find((one) => `${one.originatorId}/${one.endpointId}` === payee)!;
    return payment.payee === (payment.face === 'soap' ? mandant : payee);
  }

  #refusal(payee: string): Epay21Reply | undefined {
    const isKnown = this.options.payees.some((one) => `${one.originatorId}/${one.endpointId}` === payee);
    return isKnown ? undefined : problemReply(400, 'NO_VALID_ORIGINATOR_OR_ENDPOINT');
  }

  #transaction(payment: FakePayment, tampered: Tampered): Epay21Reply {
    const { payId, requestId, purpose, returnUrl } = payment;
    const { payee = payment.payee, status = STATUS[payment.status] } = tampered;
    const paid = payment.status === 'payed' || payment.status === 'confirmed';
    const method = tampered.method ?? (paid ? payment.charges.at(-1)?.method : undefined);
    const named = method === undefined || METHODS.includes(method.toUpperCase()) ? method?.toUpperCase() : 'OTHER';
    const body = writeDecimalJson({
      paymentInformation: {
        transactionUrl: `${this.options.origin()}${REST_PATH}/paymenttransaction/${payee}/${payId}`,
        transactionRedirectUrl: status === 'INITIAL' ? `${this.options.origin()}/pay/${payId}` : undefined,
        transactionId: payId,
        transactionReference: paid ? payment.kassenzeichen : undefined,
        transactionTimestamp: paid ? berlinDateTime(new Date(payment.finishedAt!)) : undefined,
        paymentMethod: tampered.method ?? named,
        paymentMethodDetail: named === 'OTHER' ? method : undefined,
        status,
      },
      paymentRequest: {
        requestId: tampered.requestId ?? requestId,
        currency: tampered.currency ?? payment.amount.currency,
        grosAmount: new DecimalNumber(tampered.amount ?? formatDecimal(payment.amount)),
        purpose,
        redirectUrl: returnUrl,
      },
    });
    return jsonReply(200, body);
  }
}

function requestIdIn(body: string): string | undefined {
  return /"requestId"\s*:\s*"([\w-]{1,36})"/.exec(body)?.[1];
}
