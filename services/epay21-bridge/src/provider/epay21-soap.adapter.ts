import type { Directory, Target } from '@ozg-hub/directory';
import { basicAuthorization, textBody } from '@ozg-hub/http';
import type { PaymentOrder } from '../payment.ts';
import {
  EPAY21_NAMESPACE,
  type Epay21Answer,
  type Epay21Operation,
  epay21Answer,
  epay21Message,
} from './epay21-message.mapper.ts';
import type { Epay21Settings } from './epay21-settings.ts';
import { byStatus, unreadable } from './http-status.ts';
import type { CallTerms, Closing, PaymentProvider, PaymentReference, ProviderAnswer } from './payment-provider.port.ts';
import { type ServiceAnswer, ServiceChannel, rawOf, withoutAnswer } from './service-channel.ts';
import { ServiceLines } from './service-lines.ts';

/** ePay21: payment not found. */
const NOT_FOUND = 'P107';
/** ePay21: a parameter of the interface is wrong. */
const PARAMETER = 'X101';
const DESCRIPTION_LENGTH = 250;

/**
 * ePay21 by SOAP, version 11. Nothing says that InitPayment knows a CallerPayID again, so the service is asked for it before
 * each, and InitPayment is sent only where it is not there.
 */
export class Epay21SoapAdapter implements PaymentProvider {
  readonly kind = 'epay21';
  readonly placesTwice = true;
  readonly #lines: ServiceLines<Epay21Settings, Line>;

  constructor(directory: Pick<Directory, 'connection'>) {
    this.#lines = new ServiceLines(directory, (settings) => new Line(settings));
  }

  async initiate(target: Target, order: PaymentOrder, terms: CallTerms): Promise<ProviderAnswer> {
    const found = await this.#find(target, order.id, terms);
    if (found.outcome === 'KNOWN') return await this.#withPage(target, found);
    if (found.outcome !== 'NOT_FOUND') return found;
    const placed = await this.#call(target, 'InitPayment', initQuery(order), terms);
    if (placed.outcome !== 'KNOWN' || placed.payment.status !== 'OPEN' || placed.payment.payPageUrl) return placed;
    return { raw: placed.raw, outcome: 'UNKNOWN', code: 'HUB_EPAY_UNREADABLE', detail: 'PayPageUrl' };
  }

  async look(target: Target, { id, transactionId }: PaymentReference, terms: CallTerms): Promise<ProviderAnswer> {
    const found = await this.#find(target, id, terms);
    const isNew = transactionId === undefined && found.outcome === 'KNOWN';
    return isNew ? await this.#withPage(target, found) : found;
  }

  async close(
    target: Target,
    { id, transactionId }: PaymentReference,
    closing: Closing,
    terms: CallTerms,
  ): Promise<ProviderAnswer> {
    if (transactionId !== undefined) {
      return await this.#call(target, 'ConfirmPayment', { PayID: transactionId, Action: closing }, terms);
    }
    const found = await this.#find(target, id, terms);
    if (found.outcome !== 'KNOWN') return found;
    return await this.close(target, { id, transactionId: found.payment.transactionId }, closing, terms);
  }

  async stop(): Promise<void> {
    await this.#lines.stop();
  }

  async #find(target: Target, id: string, terms: CallTerms): Promise<ProviderAnswer> {
    return await this.#call(target, 'GetPaymentStatus', { SearchKey: id, SearchMode: 'normal' }, terms);
  }

  /** GetPaymentStatus does not name the page. */
  async #withPage(target: Target, found: ProviderAnswer & { outcome: 'KNOWN' }): Promise<ProviderAnswer> {
    const { raw, payment } = found;
    if (payment.status !== 'OPEN') return found;
    const { payPage } = (await this.#lines.to(target)).settings;
    if (payPage === undefined) return { raw, outcome: 'EXISTS', transactionId: payment.transactionId };
    const payPageUrl = payPage.replaceAll('{payId}', encodeURIComponent(payment.transactionId));
    return { ...found, payment: { ...payment, payPageUrl } };
  }

  async #call(
    target: Target,
    operation: Epay21Operation,
    query: Readonly<Record<string, string>>,
    terms: CallTerms,
  ): Promise<ProviderAnswer> {
    const line = await this.#lines.to(target);
    try {
      const answer = await line.send(operation, query, terms);
      if (answer.status === 401) this.#lines.doubt(target);
      return meaning(operation, answer);
    } catch (error) {
      return withoutAnswer(error);
    }
  }
}

/** What is open to one target. */
class Line {
  readonly #channel: ServiceChannel;

  constructor(readonly settings: Epay21Settings) {
    this.#channel = new ServiceChannel(settings);
  }

  async send(operation: Epay21Operation, query: Readonly<Record<string, string>>, terms: CallTerms) {
    const { url, authentication } = this.settings;
    const headers = {
      accept: 'text/xml',
      authorization: basicAuthorization(authentication.user, authentication.password),
      soapaction: `"${EPAY21_NAMESPACE}/${operation}"`,
    };
    const body = textBody('text/xml; charset=utf-8', epay21Message(operation, this.settings, query));
    const changes = operation !== 'GetPaymentStatus';
    return await this.#channel.send({ method: 'POST', url: new URL(url), headers, body, changes, ...terms });
  }

  close(): void {
    this.#channel.close();
  }
}

function initQuery(order: PaymentOrder): Readonly<Record<string, string>> {
  return {
    CallerPayID: order.id,
    Purpose: order.purpose,
    OrderDesc: order.description.slice(0, DESCRIPTION_LENGTH).replaceAll(/\p{C}+/gu, ' '),
    Amount: String(order.gross.minor),
    Currency: order.gross.currency,
    ReturnURL: order.returnUrl,
    CancelURL: order.returnUrl,
    Art: 'online',
    GetQrCode: 'false',
    PaymentTimeout: String(order.timeoutMinutes),
  };
}

function meaning(operation: Epay21Operation, answer: ServiceAnswer): ProviderAnswer {
  const changes = operation !== 'GetPaymentStatus';
  // A SOAP fault comes with 500 (SOAP 1.1, 6.2).
  const speaks = (answer.status === 200 || answer.status === 500) && !answer.cut;
  const said = speaks ? epay21Answer(operation, answer.body) : undefined;
  if (said === undefined) return answer.status === 200 ? unreadable(answer, changes) : byStatus(answer, changes);
  if ('payment' in said) return { raw: rawOf(answer), outcome: 'KNOWN', payment: said.payment };
  return refusal(operation, answer, said);
}

function refusal(
  operation: Epay21Operation,
  answer: ServiceAnswer,
  said: Exclude<Epay21Answer, { payment: unknown }>,
): ProviderAnswer {
  const raw = rawOf(answer);
  const reads = operation === 'GetPaymentStatus';
  if ('fault' in said) {
    if (reads) return { raw, outcome: 'UNAVAILABLE', code: 'HUB_EPAY_SERVICE_FAILED', cause: 'UNREACHABLE' };
    const detail = `SOAP fault ${said.fault}`;
    if (said.fault === 'Client') return { raw, outcome: 'REFUSED', code: 'HUB_EPAY_REFUSED_REQUEST', detail };
    return { raw, outcome: 'UNKNOWN', code: 'HUB_EPAY_OUTCOME_UNKNOWN', detail };
  }
  const { refused: code } = said;
  if (code === NOT_FOUND && operation !== 'InitPayment') return { raw, outcome: 'NOT_FOUND' };
  if (reads) {
    // It holds nothing of the payment but its id: what is wrong then are the keys of the municipality.
    if (code === PARAMETER) return { raw, outcome: 'UNAVAILABLE', code: 'HUB_EPAY_PAYEE_UNKNOWN', cause: 'AUTH' };
    return { raw, outcome: 'UNAVAILABLE', code: 'HUB_EPAY_SERVICE_FAILED', cause: 'UNREACHABLE' };
  }
  const hub = code === PARAMETER ? 'HUB_EPAY_REFUSED_REQUEST' : 'HUB_EPAY_REFUSED';
  return { raw, outcome: 'REFUSED', code: hub, detail: code };
}
