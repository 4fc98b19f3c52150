import type { Directory, Target } from '@ozg-hub/directory';
import { type RequestBody, basicAuthorization, textBody } from '@ozg-hub/http';
import type { EpayErrorCode } from '../errors.ts';
import type { PaymentOrder } from '../payment.ts';
import { AccessTokens } from './access-tokens.ts';
import { byStatus, unreadable } from './http-status.ts';
import type { CallTerms, PaymentProvider, PaymentReference, ProviderAnswer } from './payment-provider.port.ts';
import { paymentRequestJson } from './payment-request.mapper.ts';
import { type Problem, paymentOf, problemOf } from './payment-transaction.mapper.ts';
import { type ServiceAnswer, ServiceChannel, rawOf, withoutAnswer } from './service-channel.ts';
import { ServiceLines } from './service-lines.ts';
import type { XBezahldiensteSettings } from './xbezahldienste-settings.ts';

/** What the functional codes of the standard mean (1.0.0, SystemResponse); others are as UNSPECIFIED. */
const CODES: Readonly<Record<string, EpayErrorCode>> = {
  CALCULATION_ERROR: 'HUB_EPAY_REFUSED_AMOUNTS',
  BOOKING_DATA_MISSING: 'HUB_EPAY_REFUSED_BOOKING',
  VALIDATION_ERROR: 'HUB_EPAY_REFUSED_REQUEST',
};
/** What an operator has to put right, and no payment is to blame for. */
const AUTH_CODES: Readonly<Record<string, EpayErrorCode>> = {
  FORBIDDEN: 'HUB_EPAY_CREDENTIALS',
  NO_VALID_ORIGINATOR_OR_ENDPOINT: 'HUB_EPAY_PAYEE_UNKNOWN',
  NO_VALID_ORIGINATOR_OR_DESTINATION: 'HUB_EPAY_PAYEE_UNKNOWN',
};

interface Call {
  readonly method: 'GET' | 'POST';
  /** After originator and endpoint. */
  readonly path: string;
  readonly body?: RequestBody;
  readonly terms: CallTerms;
}

/** XBezahldienste 1.0.0: ePay21 (HTTP Basic), pmPayment and GiroCheckout (OAuth 2.0), ePayBL (client certificate). */
export class XBezahldiensteAdapter implements PaymentProvider {
  readonly kind = 'xbezahldienste';
  readonly #lines: ServiceLines<XBezahldiensteSettings, Line>;

  constructor(directory: Pick<Directory, 'connection'>) {
    this.#lines = new ServiceLines(directory, (settings) => new Line(settings));
  }

  async initiate(target: Target, order: PaymentOrder, terms: CallTerms): Promise<ProviderAnswer> {
    const line = await this.#lines.to(target);
    const body = textBody('application/json', paymentRequestJson(order, line.settings));
    const answer = await this.#send(target, { method: 'POST', path: '', body, terms });
    if ('outcome' in answer) return answer;
    const problem = answer.status >= 400 ? problemIn(answer) : undefined;
    if (problem?.functionalCode !== 'PAYMENT_EXISTS') return meaning(answer, true, problem);
    return await this.#existing(target, order, rawOf(answer), problem.transactionId, terms);
  }

  /** The standard knows no question by requestId; a service may take it for the transactionId, or use it as such. */
  async look(target: Target, { id, transactionId }: PaymentReference, terms: CallTerms): Promise<ProviderAnswer> {
    return await this.#get(target, transactionId ?? id, terms);
  }

  async stop(): Promise<void> {
    await this.#lines.stop();
  }

  async #existing(
    target: Target,
    { id }: PaymentOrder,
    raw: ProviderAnswer['raw'],
    transactionId: string | undefined,
    terms: CallTerms,
  ): Promise<ProviderAnswer> {
    const found = await this.#get(target, transactionId ?? id, terms);
    if (found.outcome === 'KNOWN') return found;
    return { raw, outcome: 'EXISTS', ...(transactionId !== undefined && { transactionId }) };
  }

  async #get(target: Target, transactionId: string, terms: CallTerms): Promise<ProviderAnswer> {
    const path = `/${encodeURIComponent(transactionId)}`;
    const answer = await this.#send(target, { method: 'GET', path, terms });
    if ('outcome' in answer) return answer;
    const problem = answer.status >= 400 ? problemIn(answer) : undefined;
    const isPayment = answer.status === 404 && problem && AUTH_CODES[problem.functionalCode ?? ''] === undefined;
    if (isPayment) return { raw: rawOf(answer), outcome: 'NOT_FOUND' };
    return meaning(answer, false, problem);
  }

  async #send(target: Target, call: Call): Promise<ServiceAnswer | ProviderAnswer> {
    const line = await this.#lines.to(target);
    try {
      const answer = await line.send(call);
      if ('status' in answer && answer.status === 401) this.#lines.doubt(target);
      return answer;
    } catch (error) {
      return withoutAnswer(error);
    }
  }
}

/** What is open to one target: connections, token. */
class Line {
  readonly #channel: ServiceChannel;
  readonly #tokenChannel: ServiceChannel | undefined;
  readonly #tokens: AccessTokens | undefined;

  constructor(readonly settings: XBezahldiensteSettings) {
    const { baseUrl, authentication } = settings;
    this.#channel = new ServiceChannel({ ...settings, url: baseUrl });
    if (authentication?.by !== 'oauth2') return;
    this.#tokenChannel = new ServiceChannel({ ...settings, url: authentication.tokenUrl });
    this.#tokens = new AccessTokens(this.#tokenChannel, authentication);
  }

  /** With the credentials of the target; once more with a new token where the service refuses the one that was kept. */
  async send(call: Call): Promise<ServiceAnswer | ProviderAnswer> {
    if (!this.#tokens) return await this.#send(call, this.#basic());
    const first = await this.#tokens.get(call.terms.pace);
    if ('failed' in first) return first.failed;
    const answer = await this.#send(call, { authorization: `Bearer ${first.token}` });
    if (answer.status !== 401) return answer;
    await this.#tokens.drop(first.token);
    const second = await this.#tokens.get(call.terms.pace);
    if ('failed' in second) return second.failed;
    return await this.#send(call, { authorization: `Bearer ${second.token}` });
  }

  close(): void {
    this.#channel.close();
    this.#tokenChannel?.close();
  }

  async #send({ method, path, body, terms }: Call, credentials: Record<string, string>): Promise<ServiceAnswer> {
    const { baseUrl, originatorId, endpointId } = this.settings;
    const url = new URL(`${baseUrl.replace(/\/+$/, '')}/paymenttransaction/${originatorId}/${endpointId}${path}`);
    const headers = { accept: 'application/json, application/problem+json', ...credentials };
    const changes = method === 'POST';
    return await this.#channel.send({ method, url, headers, changes, ...terms, ...(body && { body }) });
  }

  #basic(): Record<string, string> {
    const { authentication } = this.settings;
    if (authentication?.by !== 'basic') return {};
    return { authorization: basicAuthorization(authentication.user, authentication.password) };
  }
}

function meaning(answer: ServiceAnswer, changes: boolean, problem: Problem | undefined): ProviderAnswer {
  const raw = rawOf(answer);
  const { status } = answer;
  if (status >= 200 && status < 300) {
    const payment = answer.cut ? undefined : paymentOf(answer.body);
    return payment ? { raw, outcome: 'KNOWN', payment } : unreadable(answer, changes);
  }
  const functional = problem?.functionalCode ?? '';
  if (Object.hasOwn(AUTH_CODES, functional)) {
    return { raw, outcome: 'UNAVAILABLE', code: AUTH_CODES[functional]!, cause: 'AUTH' };
  }
  if (status === 400 && Object.hasOwn(CODES, functional)) {
    return { raw, outcome: 'REFUSED', code: CODES[functional]!, detail: functional };
  }
  return byStatus(answer, changes);
}

function problemIn({ mediaType, body, cut }: ServiceAnswer): Problem | undefined {
  return !cut && /^application\/(?:problem\+)?json\b/i.test(mediaType ?? '') ? problemOf(body) : undefined;
}
