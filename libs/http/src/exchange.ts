import http from 'node:http';
import https from 'node:https';
import type { HubError } from '@ozg-hub/core';
import { Deadline } from './deadline.ts';
import type { ExchangeErrors } from './exchange-errors.ts';
import type { RequestBody } from './request-body.ts';

export interface ExchangeRequest {
  /** In capitals; those of WebDAV too. */
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RequestBody | undefined;
  /** Whether it may have an effect that must not happen twice. */
  readonly changes: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Milliseconds. */
export interface ExchangeTimeouts {
  /** Until connected, TLS included. */
  readonly connect: number;
  /** From the last byte sent until the headers of the answer. */
  readonly headers: number;
  /** Without any byte while sending or receiving. */
  readonly idle: number;
}

/** What requests to one server have in common. */
export interface ExchangeOn {
  readonly agent: http.Agent;
  readonly timeouts: ExchangeTimeouts;
  readonly errors: ExchangeErrors;
}

/** One request and its answer on one connection. Knows whether the request has left as a whole. */
export class Exchange {
  private readonly request: http.ClientRequest;
  private readonly deadline = new Deadline(() => this.expire());
  private connected = false;
  private expired = false;
  /** The last byte of the request was handed over: from here on a change may have taken effect. */
  private whole = false;
  private response: http.IncomingMessage | undefined;
  /** The answer came before the request was whole, and refuses nothing. */
  private saidYes = false;
  private readonly onAbort = () => this.request.destroy();

  /** @throws the reason of a signal that is aborted already */
  constructor(
    private readonly options: ExchangeRequest,
    private readonly on: ExchangeOn,
  ) {
    const { method, url, headers, body } = options;
    options.signal?.throwIfAborted();
    const { request } = url.protocol === 'https:' ? https : http;
    const { agent, timeouts } = on;
    const length = body ? body.length : method === 'POST' || method === 'PUT' ? 0 : undefined;
    this.request = request(url, {
      agent,
      method,
      headers: {
        ...headers,
        ...body?.headers,
        ...(body && { 'content-type': body.contentType }),
        ...(length !== undefined && { 'content-length': length }),
      },
    });
    this.request.once('socket', (socket) => {
      if (!socket.connecting) {
        this.connected = true;
        return;
      }
      this.deadline.arm(timeouts.connect);
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        this.connected = true;
        this.deadline.arm(timeouts.idle);
      });
    });
  }

  /** Sends the request and waits for the headers of the answer. The body of the answer must be read or destroyed. */
  async run(): Promise<http.IncomingMessage> {
    const { signal } = this.options;
    signal?.addEventListener('abort', this.onAbort, { once: true });
    const broken = new Promise<never>((_, reject) => {
      this.request.on('error', (error) => reject(this.failure(error)));
      this.request.once('close', () => reject(this.failure(new Error('closed without an answer'))));
    });
    const answered = Promise.race([
      broken,
      new Promise<http.IncomingMessage>((resolve) => this.request.once('response', resolve)),
    ]);
    const refused = answered.then((response) => (isRefusal(response) ? response : new Promise<never>(() => undefined)));
    try {
      this.response = await Promise.race([refused, this.send(answered, broken)]);
      this.deadline.disarm();
      return this.response;
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  /** The pieces of the answer's body; fails where it is cut or stalls. Ending early gives the connection up. */
  async *pieces(): AsyncGenerator<Buffer, void> {
    const { response } = this;
    if (!response) throw new TypeError('no answer yet');
    try {
      this.deadline.arm(this.on.timeouts.idle);
      for await (const chunk of response as AsyncIterable<Buffer>) {
        this.deadline.disarm();
        yield chunk;
        this.deadline.arm(this.on.timeouts.idle);
      }
    } catch (error) {
      throw this.failure(error);
    } finally {
      this.end();
      if (!this.request.writableFinished) this.request.destroy();
    }
  }

  /** The error for an answer that cannot be used, whatever its status: of a change, the outcome is unknown. */
  unusable(otherwise: HubError): HubError {
    return this.options.changes ? this.on.errors.outcomeUnknown(otherwise) : otherwise;
  }

  /** Gives the connection up. */
  destroy(): void {
    this.request.destroy();
    this.end();
  }

  /** Sends to the end, or until a refusal makes the rest pointless, and gives the answer. */
  private async send(answered: Promise<http.IncomingMessage>, broken: Promise<never>): Promise<http.IncomingMessage> {
    const { body } = this.options;
    const { request } = this;
    const { timeouts } = this.on;
    let stop = false;
    const stopped = answered.then(
      (response) => {
        stop = isRefusal(response);
        this.saidYes = !stop;
        return stop ? undefined : new Promise<never>(() => undefined);
      },
      () => {
        stop = true;
      },
    );
    let left = body?.length;
    for await (const piece of body?.pieces() ?? []) {
      if (stop) return await answered;
      if (left !== undefined) left -= piece.length;
      if (left === 0) this.whole = true;
      if (request.write(piece)) continue;
      if (this.connected) this.deadline.arm(timeouts.idle);
      // After an early answer that refuses nothing only `broken` tells that the connection has ended, or stands still.
      await Promise.race([new Promise((resolve) => request.once('drain', resolve)), stopped, broken]);
      this.deadline.disarm();
    }
    if (stop) return await answered;
    this.whole = true;
    request.end();
    if (this.connected) this.deadline.arm(timeouts.headers);
    else request.once('finish', () => this.deadline.arm(timeouts.headers));
    return await answered;
  }

  private expire(): void {
    this.expired = true;
    this.request.destroy(new Error('timed out'));
  }

  private end(): void {
    this.deadline.disarm();
    this.options.signal?.removeEventListener('abort', this.onAbort);
  }

  private failure(cause: unknown): unknown {
    const { signal, changes } = this.options;
    const { errors } = this.on;
    if (isTls(cause) && (!this.connected || !this.response)) return errors.tls(cause);
    if (this.connected && (this.whole || this.saidYes) && changes) return errors.outcomeUnknown(cause);
    if (signal?.aborted) return signal.reason;
    if (!this.connected) return errors.unreachable(cause);
    return this.expired ? errors.timeout(cause) : errors.interrupted(cause);
  }
}

function isRefusal({ statusCode = 0 }: http.IncomingMessage): boolean {
  return statusCode >= 300;
}

/** Certificates and handshakes, also where the other side refuses ours after the handshake (TLS 1.3). */
function isTls(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return /CERT|ERR_TLS|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|HANDSHAKE|WRONG_VERSION|UNSUPPORTED_PROTOCOL/.test(code);
}
