import type { IncomingHttpHeaders } from 'node:http';
import type { HubError } from '@ozg-hub/core';
import {
  Exchange,
  type ExchangeErrors,
  type ExchangeOn,
  type RequestBody,
  basicAuthorization,
  createAgent,
  readBytes,
  retryAfterSeconds,
} from '@ozg-hub/http';
import { dmsErrors } from '../errors.ts';
import type { Reveal } from './dms-connections.ts';
import type { WebServer } from './transport-settings.ts';

export interface WebRequest {
  /** In capitals. */
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  /** Whether it has an effect that must not happen twice. */
  readonly changes: boolean;
  /** Bytes of the answer that are taken; default 64 KiB. What lies beyond is not read. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface WebAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** There was more than the limit. */
  readonly cut: boolean;
}

const ANSWER_BYTES = 64 * 1024;
const CONNECTIONS = 8;
const KEEP_ALIVE_MS = 4_000;
const CONNECT_MS = 10_000;
/** For so long secrets that were looked up are used. */
const SECRETS_MS = 60_000;

interface Line {
  readonly settings: string;
  readonly server: WebServer;
  readonly on: ExchangeOn;
  readonly until: number;
}

/** HTTP to one web server, with its credentials, TLS and limits. Redirects are not followed. */
export class WebChannel {
  #line: Promise<Line> | undefined;

  constructor(
    private readonly reveal: Reveal<WebServer>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Sends and gives the answer, whatever its status.
   * @throws HUB_DMS_UNREACHABLE, HUB_DMS_TLS, HUB_DMS_INTERRUPTED, HUB_DMS_OUTCOME_UNKNOWN
   */
  async send(request: WebRequest): Promise<WebAnswer> {
    const { method, url, body, changes, signal, maxBytes = ANSWER_BYTES } = request;
    const { server, on } = await this.#current();
    const headers = {
      accept: '*/*',
      'accept-encoding': 'identity',
      'user-agent': 'ozg-hub',
      ...authorizationOf(server),
      ...request.headers,
    };
    const exchange = new Exchange({ method, url, headers, body, changes, signal }, on);
    const response = await exchange.run();
    const status = response.statusCode ?? 0;
    // The next request looks the secrets up again; what is under way goes on.
    if (status === 401) this.#line = undefined;
    // The status has been said: what follows changes nothing in it.
    const { bytes, cut } = await readBytes(exchange, maxBytes).catch((error: unknown) => {
      if (status >= 200 && status < 300 && !changes) throw error;
      return { bytes: Buffer.alloc(0), cut: true };
    });
    return { status, headers: response.headers, bytes, cut };
  }

  /** Ends connections that are not in use, and forgets the secrets. */
  close(): void {
    const line = this.#line;
    this.#line = undefined;
    line?.then(
      ({ on }) => on.agent.destroy(),
      () => undefined,
    );
  }

  async #current(): Promise<Line> {
    const known = this.#line;
    if (!known) return await this.#open();
    const line = await known;
    if (this.now() < line.until) return line;
    if (this.#line === known) this.#line = undefined;
    return this.#line ? await this.#current() : await this.#open(line);
  }

  #open(before?: Line): Promise<Line> {
    const opening = this.reveal().then((server): Line => {
      const settings = JSON.stringify(server);
      const until = this.now() + SECRETS_MS;
      if (before?.settings === settings) return { ...before, until };
      return { settings, server, on: exchangeOn(server), until };
    });
    this.#line = opening;
    opening.catch(() => {
      if (this.#line === opening) this.#line = undefined;
    });
    return opening;
  }
}

/** Whether it is for people, whatever its status says. */
export function isPage({ headers }: Pick<WebAnswer, 'headers'>): boolean {
  return /^\s*text\/html\b/i.test(headers['content-type'] ?? '');
}

/** The error for an answer that is none of success. What the server writes is not in it: it may quote a citizen. */
export function refusalOf({ status, headers }: WebAnswer, changes: boolean): HubError {
  const seconds = retryAfterSeconds(headers['retry-after']);
  const code = codeOf(status, changes);
  return dmsErrors[code]({
    detail: `${dmsErrors.definitions[code].title} (HTTP ${status})`,
    ...(code === 'HUB_DMS_BUSY' && seconds !== undefined && { retryAfterSeconds: seconds }),
  });
}

function codeOf(status: number, changes: boolean) {
  if (status < 200) return 'HUB_DMS_UNREADABLE';
  if (status < 300) return changes ? 'HUB_DMS_OUTCOME_UNKNOWN' : 'HUB_DMS_UNREADABLE';
  // A form that was taken is often answered by sending elsewhere; 307 and 308 say that nothing was taken.
  if (status < 400) return changes && status < 307 ? 'HUB_DMS_OUTCOME_UNKNOWN' : 'HUB_DMS_REDIRECTED';
  if (status === 401 || status === 403 || status === 407) return 'HUB_DMS_CREDENTIALS';
  if (status === 429 || status === 503) return 'HUB_DMS_BUSY';
  if (status === 507) return 'HUB_DMS_INBOX_UNAVAILABLE';
  if (status === 408 || status === 423 || status === 425) return 'HUB_DMS_INTERRUPTED';
  if (status < 500) return 'HUB_DMS_REFUSED';
  return changes ? 'HUB_DMS_OUTCOME_UNKNOWN' : 'HUB_DMS_INBOX_UNAVAILABLE';
}

const errors: ExchangeErrors = {
  unreachable: (cause) => dmsErrors.HUB_DMS_UNREACHABLE({ cause }),
  tls: (cause) => dmsErrors.HUB_DMS_TLS({ cause }),
  interrupted: (cause) => dmsErrors.HUB_DMS_INTERRUPTED({ cause }),
  timeout: (cause) => dmsErrors.HUB_DMS_INTERRUPTED({ cause }),
  outcomeUnknown: (cause) => dmsErrors.HUB_DMS_OUTCOME_UNKNOWN({ cause }),
};

function exchangeOn({ url, tls, timeoutSeconds }: WebServer): ExchangeOn {
  const idle = timeoutSeconds * 1000;
  return {
    agent: createAgent(new URL(url), { tls, connections: CONNECTIONS, keepAlive: KEEP_ALIVE_MS }),
    timeouts: { connect: Math.min(CONNECT_MS, idle), headers: 2 * idle, idle },
    errors,
  };
}

function authorizationOf({ authentication }: WebServer): { readonly authorization?: string } {
  if (!authentication) return {};
  if (authentication.by === 'bearer') return { authorization: `Bearer ${authentication.token}` };
  return { authorization: basicAuthorization(authentication.user, authentication.password) };
}
