import { randomBytes } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@ozg-hub/core';
import { FakeEpay21Books, type FakePayment, type FakePaymentStatus } from './fake-epay21-books.ts';
import { type FakeEpay21Fault, FakeEpay21Faults, Outage, failing } from './fake-epay21-faults.ts';
import { pageCall } from './fake-epay21-page.ts';
import {
  type Epay21Call,
  type Epay21Operation,
  type Epay21Reply,
  type FakePayee,
  jsonReply,
} from './fake-epay21-reply.ts';
import { problemReply } from './fake-epay21-reply.ts';
import type { BookingKeys } from './fake-epay21-request.ts';
import { FakeEpay21Rest, REST_PATH } from './fake-epay21-rest.ts';
import { settlementList } from './fake-epay21-settlement.ts';
import { FakeEpay21Soap, SOAP_PATH } from './fake-epay21-soap.ts';

export interface FakeEpay21Options {
  /** Where the books are kept (`books.jsonl`), so that a restart goes on; default: in memory. */
  readonly folder?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Default: any user with any password. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Instead of HTTP Basic at the REST face: tokens from `/oauth/token`. */
  readonly oauth2?: { readonly clientId: string; readonly clientSecret: string; readonly expiresInSeconds?: number };
  /** HTTPS; with `ca` a client certificate is asked for, and with `rejectUnauthorized` needed. */
  readonly tls?: {
    readonly key: string;
    readonly cert: string;
    readonly ca?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** Default `ozg-hub/06999001`, Mandant `06999001`. */
  readonly payees?: readonly FakePayee[];
  /** Default: the hub's own names, none required. */
  readonly bookingKeys?: BookingKeys;
  /** Whether GET finds a payment by its requestId too; default true. */
  readonly knowsRequestIds?: boolean;
  /** Whether PAYMENT_EXISTS names the transactionId; default false. */
  readonly namesExisting?: boolean;
  /** Cents that the service keeps of each payment; default 35. */
  readonly feeMinor?: number;
  readonly clock?: Clock;
}

const PAYEES: readonly FakePayee[] = [{ originatorId: 'ozg-hub', endpointId: '06999001', mandant: '06999001' }];
const BOOKING_KEYS: BookingKeys = {
  known:
    'produkt sachkonto kostenstelle kostentraeger haushaltsstelle objektnummer buchungstext steuerschluessel kassenzeichen'.split(
      ' ',
    ),
};
const BODY_BYTES = 1024 * 1024;
const CALLS_KEPT = 10_000;

/** What was asked of the fake. */
export interface FakeEpay21Call {
  readonly operation: Epay21Operation;
  readonly requestId: string | undefined;
  readonly at: Date;
  /** As it came, without credentials. */
  readonly body: string;
}

/**
 * ePay21 on 127.0.0.1: XBezahldienste 1.0.0 and SOAP v11 over one set of books, a pay page, and what can go wrong.
 * Strict where ePay21 is described as strict.
 */
export class FakeEpay21 {
  /** The last 10,000 at least, in order, whatever became of them. */
  readonly calls: FakeEpay21Call[] = [];
  readonly #faults = new FakeEpay21Faults();
  readonly #waits = new Set<() => void>();
  readonly #tokens = new Map<string, number>();
  readonly #counts = new Map<Epay21Operation, number>();
  readonly #rest: FakeEpay21Rest;
  readonly #soap: FakeEpay21Soap;
  #server: Server | undefined;
  #books: FakeEpay21Books | undefined;
  #port: number;

  constructor(private readonly options: FakeEpay21Options = {}) {
    const { payees = PAYEES, bookingKeys = BOOKING_KEYS, knowsRequestIds = true, namesExisting = false } = options;
    const origin = () => this.origin;
    this.#rest = new FakeEpay21Rest(() => this.books, { payees, bookingKeys, knowsRequestIds, namesExisting, origin });
    this.#soap = new FakeEpay21Soap(() => this.books, payees, origin);
    this.#port = options.port ?? 0;
  }

  /** On the port of before where it was started before. */
  async start(): Promise<void> {
    const { folder, clock, tls } = this.options;
    this.#books = await FakeEpay21Books.open(folder, clock);
    const listener = (message: IncomingMessage, response: ServerResponse) => void this.#serve(message, response);
    const server = tls
      ? createTlsServer({ rejectUnauthorized: false, ...tls, requestCert: tls.ca !== undefined }, listener)
      : createServer(listener);
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const end of this.#waits) end();
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
    await this.#books?.close();
  }

  get origin(): string {
    return `${this.options.tls ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  /** baseUrl of a target of kind `xbezahldienste`. */
  get restUrl(): string {
    return `${this.origin}${REST_PATH}`;
  }

  /** url of a target of kind `epay21`. */
  get soapUrl(): string {
    return `${this.origin}${SOAP_PATH}`;
  }

  get tokenUrl(): string {
    return `${this.origin}/oauth/token`;
  }

  /** What the service knows; to look at, and to do what citizens and banks do. */
  get books(): FakeEpay21Books {
    if (!this.#books) throw new Error('The fake ePay21 is not started.');
    return this.#books;
  }

  /** The newest payment of that requestId. @throws where there is none */
  payment(requestId: string): FakePayment {
    const payment = this.books.ofRequest(requestId);
    if (!payment) throw new Error('The fake ePay21 has no such payment.');
    return payment;
  }

  /** The money comes, whatever the status was; default by Paypal. */
  async pay(requestId: string, method?: string): Promise<void> {
    await this.books.charge(this.payment(requestId).payId, method);
  }

  /** The citizen gives up. */
  async cancel(requestId: string): Promise<void> {
    await this.books.act(this.payment(requestId).payId, 'cancel');
  }

  async setStatus(requestId: string, status: FakePaymentStatus): Promise<void> {
    await this.books.correct(this.payment(requestId).payId, status);
  }

  /** From now on it is this time, or the system's again. */
  setTime(at: Date | undefined): void {
    this.books.clock = { now: () => at ?? new Date() };
  }

  /** CSV of what is paid out for a day in Germany (`2026-08-21`); by HTTP at `/settlement/<day>.csv`. */
  settlement(day: string): string {
    return settlementList(this.books.payments, day, this.options.feeMinor ?? 35);
  }

  /** How many of the faults have struck. */
  get struck(): number {
    return this.#faults.taken;
  }

  inject(fault: FakeEpay21Fault): void {
    this.#faults.inject(fault);
  }

  /** Calls whose effect was to come late take it now; nobody hears of it. */
  async takeLateEffects(): Promise<void> {
    await this.#faults.takeLateEffects();
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  /** No token that was given is good any longer. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  /** How many calls came since it was made, whatever became of them. */
  count(operation: Epay21Operation): number {
    return this.#counts.get(operation) ?? 0;
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    message.on('error', () => undefined);
    response.on('error', () => undefined);
    try {
      const body = await bodyOf(message);
      const call = this.#route(message, body);
      this.#counts.set(call.operation, this.count(call.operation) + 1);
      if (this.calls.length >= 2 * CALLS_KEPT) this.calls.splice(0, CALLS_KEPT);
      this.calls.push({ operation: call.operation, requestId: call.requestId, at: new Date(), body });
      const { status, headers, body: text } = await this.#reply(call, message);
      response.writeHead(status, { ...headers }).end(text ?? '');
    } catch (error) {
      if (error instanceof Outage && error.kind === 'silence') return;
      const reply = error instanceof Outage ? error.reply : undefined;
      if (!reply) return void message.socket.destroy();
      const body = Buffer.from(reply.body ?? '');
      response.writeHead(reply.status, { ...reply.headers, 'content-length': body.length });
      response.write(body.subarray(0, body.length / 2), () => message.socket.destroy());
    }
  }

  async #reply(call: Epay21Call, message: IncomingMessage): Promise<Epay21Reply> {
    const fault = this.#faults.take(call.operation, call.requestId);
    const run: Epay21Call['run'] = async (tampered) => this.#refusal(call, message) ?? (await call.run(tampered));
    if (!fault) return await run({});
    return await failing(fault, run, {
      wait: (milliseconds) => this.#wait(milliseconds),
      late: (effect) => this.#faults.late(effect),
    });
  }

  #route(message: IncomingMessage, body: string): Epay21Call {
    const { method = '', headers } = message;
    const path = (message.url ?? '/').split('?', 1)[0]!;
    const nothing = { operation: 'other' as const, requestId: undefined, run: async () => ({ status: 404 }) };
    if (path.startsWith(`${REST_PATH}/`)) return this.#rest.call(method, path.slice(REST_PATH.length), body);
    if (path === SOAP_PATH && method === 'POST') return this.#soap.call(headers.soapaction as string | undefined, body);
    if (path === '/oauth/token' && method === 'POST') {
      return { operation: 'token', requestId: undefined, run: async () => this.#token(body) };
    }
    const [, place, name = ''] = path.split('/');
    if (place === 'pay') return pageCall(this.books, method, name, body);
    const day = /^(\d{4}-\d\d-\d\d)\.csv$/.exec(name)?.[1];
    if (place !== 'settlement' || day === undefined) return nothing;
    const run = async () => ({ status: 200, headers: { 'content-type': 'text/csv' }, body: this.settlement(day) });
    return { operation: 'settlement', requestId: undefined, run };
  }

  #refusal({ operation }: Epay21Call, { url = '', headers }: IncomingMessage): Epay21Reply | undefined {
    if (operation === 'page' || operation === 'token') return undefined;
    const { authorization = '' } = headers;
    const { oauth2, credentials, tls } = this.options;
    if (tls?.ca && tls.rejectUnauthorized) return undefined;
    if (oauth2 && url.startsWith(REST_PATH)) {
      const until = this.#tokens.get(authorization.replace(/^Bearer /, '')) ?? 0;
      return performance.now() < until ? undefined : problemReply(401, 'FORBIDDEN');
    }
    const expected = credentials && Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
    const right = expected === undefined ? authorization.startsWith('Basic ') : authorization === `Basic ${expected}`;
    return right ? undefined : { status: 401, headers: { 'www-authenticate': 'Basic realm="ePay21"' } };
  }

  #token(body: string): Epay21Reply {
    const form = new URLSearchParams(body);
    const { oauth2 } = this.options;
    const isClient =
      oauth2 && form.get('client_id') === oauth2.clientId && form.get('client_secret') === oauth2.clientSecret;
    if (!isClient || form.get('grant_type') !== 'client_credentials')
      return jsonReply(400, '{"error":"invalid_client"}');
    const token = randomBytes(16).toString('hex');
    const seconds = oauth2.expiresInSeconds ?? 300;
    this.#tokens.set(token, performance.now() + 1000 * seconds);
    return jsonReply(200, JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: seconds }));
  }

  async #wait(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waits.delete(end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.#waits.add(end);
    });
  }
}

/** Started. */
export async function startFakeEpay21(options: FakeEpay21Options = {}): Promise<FakeEpay21> {
  const fake = new FakeEpay21(options);
  await fake.start();
  return fake;
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of message as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > BODY_BYTES) throw new Outage('reset');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
