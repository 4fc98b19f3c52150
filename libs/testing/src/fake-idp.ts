import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '@ozg-hub/core';
import { type XmlElement, writeXml } from '@ozg-hub/xml';
import { type CertifiedKey, certifiedKey } from './fake-idp-key.ts';
import { METADATA, POST_BINDING, PROTOCOL, SIGNATURE } from './fake-idp-names.ts';
import { type FakeIdpChoice, answerPage, errorPage, loginPage } from './fake-idp-page.ts';
import {
  type FakeAuthnRequest,
  FakeIdpRefusal,
  type FakeServiceProvider,
  readRequest,
  readServiceProvider,
} from './fake-idp-request.ts';
import { type FakeIdpLayout, type FakeIdpStatus, type FakeIdpSubject, samlResponse } from './fake-idp-response.ts';

/**
 * What goes wrong with one login. `expired`: valid until ten minutes ago; `low-level`: a lower level than asked for;
 * `missing-attributes`: the optional ones are left out; `unsigned`; `wrong-audience`; `again`: the answer of the login before.
 */
export const fakeIdpFaults = [
  'expired',
  'low-level',
  'missing-attributes',
  'unsigned',
  'wrong-audience',
  'again',
] as const;
export type FakeIdpFault = (typeof fakeIdpFaults)[number];

export interface FakeIdpOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** Address under which browsers reach it, without slash at the end; default: that on 127.0.0.1. */
  readonly publicUrl?: string;
  readonly entityId?: string;
  /** Signs the answers. Default: made at the start. */
  readonly key?: CertifiedKey;
  /** Stands in the metadata beside it: signs from {@link FakeIdp.rollOver} on. */
  readonly nextKey?: CertifiedKey;
  /** Metadata of those who may ask. */
  readonly serviceProviders?: readonly string[];
  readonly clock?: Clock;
}

/** A login that was answered. */
export interface FakeIdpLogin {
  readonly requestId: string;
  readonly person: string | undefined;
  readonly method: string | undefined;
  readonly fault: FakeIdpFault | undefined;
}

/** What the fakes of BundID and MUK differ in. */
export interface FakeIdpRules {
  readonly title: string;
  readonly entityId: string;
  readonly ssoPath: string;
  readonly layout: Pick<FakeIdpLayout, 'signatureAlgorithm' | 'assertionSigned'>;
  readonly aborted: FakeIdpStatus;
  /** @throws FakeIdpRefusal for a request that it would not take */
  check(request: FakeAuthnRequest): void;
  asks(request: FakeAuthnRequest): string;
  backUrl(request: FakeAuthnRequest): string | undefined;
  choices(request: FakeAuthnRequest): readonly FakeIdpChoice[];
  answer(request: FakeAuthnRequest, login: FakeIdpLogin): FakeIdpSubject | FakeIdpStatus;
}

interface Reply {
  readonly status: number;
  readonly type?: string;
  readonly location?: string;
  readonly body?: string;
}

const BODY_BYTES = 1024 * 1024;
const OPEN_LOGINS = 1000;
const LOGINS_KEPT = 10_000;
const VALID_MS = 5 * 60_000;

/** A SAML identity provider on 127.0.0.1: metadata, single sign-on by HTTP-POST, a login page of plain forms. */
export class FakeIdp {
  readonly entityId: string;
  /** In order, the last 10,000 at least. */
  readonly logins: FakeIdpLogin[] = [];
  readonly #open = new Map<string, FakeAuthnRequest>();
  readonly #seen = new Set<string>();
  readonly #faults: FakeIdpFault[] = [];
  readonly #clock: Clock;
  #serviceProviders: FakeServiceProvider[];
  #keys: readonly CertifiedKey[] = [];
  #signsWith = 0;
  #server: Server | undefined;
  #port: number;
  #last: Readonly<Record<string, string>> | undefined;

  constructor(
    private readonly rules: FakeIdpRules,
    private readonly options: FakeIdpOptions = {},
  ) {
    this.entityId = options.entityId ?? rules.entityId;
    this.#clock = options.clock ?? systemClock;
    this.#port = options.port ?? 0;
    this.#serviceProviders = (options.serviceProviders ?? []).map(readServiceProvider);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get ssoUrl(): string {
    return `${this.options.publicUrl ?? this.origin}${this.rules.ssoPath}`;
  }

  async start(): Promise<void> {
    const { key = await certifiedKey({ commonName: `${this.rules.title} Signing` }), nextKey } = this.options;
    this.#keys = nextKey ? [key, nextKey] : [key];
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** Who may ask from now on; metadata of an entityID known before takes its place. */
  register(metadata: string): void {
    const sp = readServiceProvider(metadata);
    this.#serviceProviders = [...this.#serviceProviders.filter(({ entityId }) => entityId !== sp.entityId), sp];
  }

  /** The next login goes wrong so. */
  inject(fault: FakeIdpFault): void {
    this.#faults.push(fault);
  }

  /** Signs by the second certificate of the metadata. */
  rollOver(): void {
    this.#signsWith = this.#keys.length - 1;
  }

  /** What an operator imports: certificates and the address of single sign-on. */
  metadata(): string {
    const keys = this.#keys.map(({ certificate }): XmlElement => {
      const bare = certificate.replaceAll(/-----[^-]+-----|\s/g, '');
      const data = { name: 'ds:X509Data', children: [{ name: 'ds:X509Certificate', children: [bare] }] };
      const info = { name: 'ds:KeyInfo', children: [data] };
      return { name: 'md:KeyDescriptor', attributes: { use: 'signing' }, children: [info] };
    });
    const sso = { name: 'md:SingleSignOnService', attributes: { Binding: POST_BINDING, Location: this.ssoUrl } };
    const descriptor = {
      name: 'md:IDPSSODescriptor',
      attributes: { WantAuthnRequestsSigned: 'true', protocolSupportEnumeration: PROTOCOL },
      children: [...keys, sso],
    };
    const attributes = { 'xmlns:md': METADATA, 'xmlns:ds': SIGNATURE, entityID: this.entityId };
    return writeXml({ name: 'md:EntityDescriptor', attributes, children: [descriptor] });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    try {
      const { status, type = 'text/html; charset=utf-8', location, body = '' } = await this.#reply(request);
      const headers = { 'content-type': type, 'cache-control': 'no-store', ...(location && { location }) };
      response.writeHead(status, headers).end(body);
    } catch (error) {
      if (response.headersSent) request.socket.destroy();
      else response.writeHead(500).end(String(error));
    }
  }

  async #reply(request: IncomingMessage): Promise<Reply> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.origin);
    const route = `${request.method} ${pathname}`;
    if (route === 'GET /metadata') return { status: 200, type: 'application/samlmetadata+xml', body: this.metadata() };
    if (route === 'GET /error') return this.#error(searchParams.get('idp.code') ?? '');
    if (route === `POST ${this.rules.ssoPath}`) return this.#begin(await formOf(request));
    if (route === 'POST /login') return await this.#login(await formOf(request));
    return { status: 404, body: errorPage(this.rules.title, 'not-found') };
  }

  #error(code: string): Reply {
    return { status: 400, body: errorPage(this.rules.title, code) };
  }

  #begin(form: URLSearchParams): Reply {
    try {
      const desk = { ssoUrl: this.ssoUrl, serviceProviders: this.#serviceProviders, now: this.#clock.now() };
      const request = readRequest(form, desk);
      this.rules.check(request);
      if (this.#seen.has(request.id)) throw new FakeIdpRefusal('request-already-sent');
      remember(this.#seen, request.id);
      const transaction = randomUUID();
      if (this.#open.size >= OPEN_LOGINS) this.#open.delete(this.#open.keys().next().value!);
      this.#open.set(transaction, request);
      const { title } = this.rules;
      const page = { title, asks: this.rules.asks(request), transaction, faults: fakeIdpFaults };
      const { choices, backUrl } = { choices: this.rules.choices(request), backUrl: this.rules.backUrl(request) };
      return { status: 200, body: loginPage({ ...page, choices, backUrl }) };
    } catch (error) {
      if (!(error instanceof FakeIdpRefusal)) throw error;
      return { status: 303, location: `/error?idp.code=${encodeURIComponent(error.code)}` };
    }
  }

  async #login(form: URLSearchParams): Promise<Reply> {
    const transaction = form.get('transaction') ?? '';
    const request = this.#open.get(transaction);
    if (!request) return this.#error('login-not-open');
    const [person, method] = [form.get('person') ?? undefined, form.get('method') ?? undefined];
    const aborts = form.get('action') === 'abort';
    const offered = this.rules.choices(request).some((one) => one.person === person && one.method === method);
    if (!aborts && !offered) return this.#error('no-such-account');
    this.#open.delete(transaction);
    const chosen = fakeIdpFaults.find((one) => one === form.get('fault'));
    const login = { requestId: request.id, person, method, fault: chosen ?? this.#faults.shift() };
    this.logins.push(login);
    if (this.logins.length > LOGINS_KEPT * 2) this.logins.splice(0, LOGINS_KEPT);
    const outcome = aborts ? this.rules.aborted : this.rules.answer(request, login);
    const fields = await this.#fields(request, outcome, login.fault);
    return { status: 200, body: answerPage(this.rules.title, request.assertionConsumerUrl, fields) };
  }

  async #fields(
    request: FakeAuthnRequest,
    outcome: FakeIdpSubject | FakeIdpStatus,
    fault: FakeIdpFault | undefined,
  ): Promise<Record<string, string>> {
    const { sp, assertionConsumerUrl, relayState } = request;
    const issuedAt = new Date(this.#clock.now().getTime() - (fault === 'expired' ? 10 * 60_000 + VALID_MS : 0));
    const answer = {
      issuer: this.entityId,
      audience: fault === 'wrong-audience' ? 'https://other.example.org' : sp.entityId,
      assertionConsumerUrl,
      inResponseTo: request.id,
      issuedAt,
      notOnOrAfter: new Date(issuedAt.getTime() + VALID_MS),
      outcome,
    };
    const { layout } = this.rules;
    const signs = fault !== 'unsigned';
    const how = {
      ...layout,
      key: this.#keys[this.#signsWith]!,
      responseSigned: signs,
      assertionSigned: layout.assertionSigned && signs,
      encryptFor: sp.encryptionCertificate,
    };
    const response = fault === 'again' && this.#last ? this.#last : { SAMLResponse: await samlResponse(answer, how) };
    this.#last = response;
    return { ...response, ...(relayState === undefined ? {} : { RelayState: relayState }) };
  }
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks, size).toString());
}

function remember(seen: Set<string>, id: string): void {
  if (seen.size >= LOGINS_KEPT) seen.delete(seen.keys().next().value!);
  seen.add(id);
}
