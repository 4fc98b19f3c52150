import type http from 'node:http';
import { Readable } from 'node:stream';
import { type HubError, isHubError } from '@ozg-hub/core';
import {
  Exchange,
  type ExchangeErrors,
  type ExchangeOn,
  type RequestBody,
  basicAuthorization,
  createAgent,
  readText,
} from '@ozg-hub/http';
import type { CmisConnectionOptions } from './connection-options.ts';
import { CookieJar } from './cookie-jar.ts';
import { cmisErrors } from './errors.ts';
import { hiddenRefusal, refusalError } from './refusal.ts';

export interface ChannelRequest {
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly accept: string;
  readonly body?: RequestBody;
  /** Default: whatever is not GET. A query by POST changes nothing. */
  readonly changes?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface TextAnswer {
  readonly status: number;
  readonly text: string;
  readonly contentType: string;
  readonly location: string | undefined;
  /** The error to throw where the text is not what was asked for: outcome unknown where something may have changed. */
  readonly unusable: (cause?: unknown) => HubError;
}

export interface StreamAnswer {
  readonly stream: Readable;
  readonly headers: http.IncomingHttpHeaders;
}

const ERROR_PAGE_BYTES = 64 * 1024;
const MAX_REDIRECTS = 3;

const exchangeErrors: ExchangeErrors = {
  unreachable: (cause) => cmisErrors.HUB_CMIS_UNREACHABLE({ cause }),
  tls: (cause) => cmisErrors.HUB_CMIS_TLS({ cause }),
  interrupted: (cause) => cmisErrors.HUB_CMIS_INTERRUPTED({ cause }),
  timeout: (cause) => cmisErrors.HUB_CMIS_TIMEOUT({ cause }),
  outcomeUnknown: (cause) => cmisErrors.HUB_CMIS_OUTCOME_UNKNOWN({ cause }),
};

/** HTTP to one origin, with everything that belongs to one connection: sockets, credentials, cookies, CSRF token, limits. */
export class HttpChannel {
  private readonly base: URL;
  private readonly on: ExchangeOn;
  private readonly cookies = new CookieJar();
  private csrfToken: Promise<string | undefined> | undefined;
  private readonly answerBytes: number;

  constructor(private readonly options: CmisConnectionOptions) {
    this.base = new URL(options.url);
    const { connect = 10_000, headers = 120_000, idle = 60_000, keepAlive = 4_000 } = options.timeouts ?? {};
    const { connections = 8, answerBytes = 8 * 1024 * 1024 } = options.limits ?? {};
    this.answerBytes = answerBytes;
    this.on = {
      agent: createAgent(this.base, { tls: options.tls, connections, keepAlive }),
      timeouts: { connect, headers, idle },
      errors: exchangeErrors,
    };
  }

  /** The address as it may be used. @throws HUB_CMIS_FOREIGN_ADDRESS for one of another origin, HUB_CMIS_UNREADABLE */
  address(url: string): URL {
    if (!URL.canParse(url, this.base.href)) throw cmisErrors.HUB_CMIS_UNREADABLE();
    const resolved = new URL(url, this.base);
    if (resolved.origin === this.base.origin) return resolved;
    if (!this.options.quirks?.rewriteOrigin || !/^https?:$/.test(resolved.protocol)) {
      throw cmisErrors.HUB_CMIS_FOREIGN_ADDRESS();
    }
    return new URL(resolved.pathname + resolved.search, this.base);
  }

  /** An answer as text; anything but 2xx is an error, and so is 2xx with an exception inside. */
  async text(request: ChannelRequest): Promise<TextAnswer> {
    return await this.repeatedOnce(async () => {
      const { exchange, response } = await this.exchange(request);
      const status = response.statusCode ?? 0;
      const { text, cut } = await readText(exchange, this.answerBytes);
      if (cut) throw exchange.unusable(cmisErrors.HUB_CMIS_ANSWER_TOO_LARGE());
      const hidden = hiddenRefusal(text, status);
      if (hidden) throw hidden;
      return {
        status,
        text,
        contentType: response.headers['content-type'] ?? '',
        location: response.headers.location,
        unusable: (cause?: unknown) => exchange.unusable(cmisErrors.HUB_CMIS_UNREADABLE({ cause })),
      };
    });
  }

  /** An answer as a stream of bytes. */
  async stream(request: ChannelRequest): Promise<StreamAnswer> {
    return await this.repeatedOnce(async () => {
      const { exchange, response } = await this.exchange(request);
      const stream = Readable.from(exchange.pieces(), { objectMode: false, highWaterMark: 64 * 1024 });
      return { stream, headers: response.headers };
    });
  }

  close(): void {
    this.on.agent.destroy();
  }

  /** A session or CSRF token may have ended: then the request was refused before any effect and is repeated with a new one. */
  private async repeatedOnce<Answer>(run: () => Promise<Answer>): Promise<Answer> {
    const token = this.csrfToken;
    try {
      return await run();
    } catch (error) {
      const refused = isHubError(error, 'HUB_CMIS_UNAUTHENTICATED') || isHubError(error, 'HUB_CMIS_PERMISSION_DENIED');
      if (!refused || this.options.csrfHeader === undefined || token === undefined) throw error;
      if (this.csrfToken === token) {
        this.csrfToken = undefined;
        this.cookies.clear();
      }
      return await run();
    }
  }

  private async exchange(request: ChannelRequest): Promise<{ exchange: Exchange; response: http.IncomingMessage }> {
    const { csrfHeader } = this.options;
    if (csrfHeader === undefined) return await this.send(request, {});
    this.csrfToken ??= this.fetchToken(csrfHeader);
    const token = await this.csrfToken.catch((error: unknown) => {
      this.csrfToken = undefined;
      throw error;
    });
    return await this.send(request, token === undefined ? {} : { [csrfHeader]: token });
  }

  private async fetchToken(header: string): Promise<string | undefined> {
    const { exchange, response } = await this.send({ url: this.base, accept: '*/*' }, { [header]: 'fetch' });
    await readText(exchange, this.answerBytes);
    const token = response.headers[header.toLowerCase()];
    return Array.isArray(token) ? token[0] : token;
  }

  private async send(
    request: ChannelRequest,
    extra: Readonly<Record<string, string>>,
    redirects = 0,
  ): Promise<{ exchange: Exchange; response: http.IncomingMessage }> {
    const { method = 'GET', url, accept, body, changes = method !== 'GET', signal } = request;
    if (url.origin !== this.base.origin) throw cmisErrors.HUB_CMIS_FOREIGN_ADDRESS();
    const authorization = await this.authorization();
    const cookie = this.cookies.header(url);
    const headers = {
      accept,
      'accept-encoding': 'identity',
      'user-agent': 'ozg-hub',
      ...(authorization !== undefined && { authorization }),
      ...(cookie !== undefined && { cookie }),
      ...extra,
    };
    const exchange = new Exchange({ method, url, headers, body, changes, signal }, this.on);
    const response = await exchange.run();
    this.cookies.store(response.headers['set-cookie'] ?? []);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return { exchange, response };
    const { location } = response.headers;
    if (status >= 300 && status < 400 && location !== undefined && method === 'GET' && redirects < MAX_REDIRECTS) {
      const target = URL.canParse(location, url.href) && this.redirected(new URL(location, url));
      if (target) {
        exchange.destroy();
        return await this.send({ ...request, url: target }, extra, redirects + 1);
      }
    }
    throw await this.refusal(exchange, response, changes);
  }

  private redirected(target: URL): URL | undefined {
    return this.options.redirects === 'same-origin' && target.origin === this.base.origin ? target : undefined;
  }

  private async refusal(exchange: Exchange, response: http.IncomingMessage, changes: boolean): Promise<HubError> {
    const text = await readText(exchange, ERROR_PAGE_BYTES).then(
      (read) => read.text,
      () => '',
    );
    return refusalError({
      status: response.statusCode ?? 0,
      text,
      retryAfter: response.headers['retry-after'],
      changes,
      bareStatusCodes: this.options.quirks?.bareStatusCodes ?? false,
    });
  }

  private async authorization(): Promise<string | undefined> {
    const { authentication } = this.options;
    if (!authentication) return undefined;
    if (authentication.kind === 'bearer') return `Bearer ${await authentication.token()}`;
    const { user, password } = authentication;
    return basicAuthorization(user, password);
  }
}
