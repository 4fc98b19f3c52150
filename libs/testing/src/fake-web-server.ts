import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What a fake web server does wrong. Each fault but the lasting ones happens once. */
export interface WebFaults {
  /** Ends the connection in the middle of the next body, after so many bytes. */
  cutAfterBytes: number | undefined;
  /** Ends the connection after the next request with this method took effect, without an answer. */
  loseAnswerOf: string | undefined;
  /** Answers the next request with this method so, without an effect. */
  refuse: { readonly method: string; readonly status: number; readonly headers?: Record<string, string> } | undefined;
  /** Bytes of the page that goes with a refusal. */
  pageBytes: number;
  /** Lasting: no body is stored, 507. */
  full: boolean;
}

export interface FakeWebServerOptions {
  /** Folder in which bodies are stored. */
  readonly root: string;
  /** Value of the header Authorization without which 401 is answered. */
  readonly authorization?: string | undefined;
  /** With `rejectUnauthorized`, only clients with a certificate of `ca` are let in. */
  readonly tls?:
    | { readonly key: string; readonly cert: string; readonly ca?: string; readonly rejectUnauthorized?: boolean }
    | undefined;
}

/** What fake web servers have in common: a place, credentials, faults. */
export abstract class FakeWebServer {
  readonly faults: WebFaults = {
    cutAfterBytes: undefined,
    loseAnswerOf: undefined,
    refuse: undefined,
    pageBytes: 0,
    full: false,
  };
  /** Bytes of refusal pages that went out. */
  pageBytesSent = 0;
  /** Header fields of the requests so far, with method and address. */
  readonly requests: { readonly method: string; readonly url: string; readonly headers: IncomingMessage['headers'] }[] =
    [];
  readonly #serving = new Set<Promise<void>>();
  #server: Server | undefined;
  #port = 0;

  constructor(protected readonly options: FakeWebServerOptions) {}

  get origin(): string {
    return `${this.options.tls ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const { tls } = this.options;
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      const serving = this.#serve(request, response).finally(() => this.#serving.delete(serving));
      this.#serving.add(serving);
    };
    const server = tls
      ? createTlsServer({ rejectUnauthorized: false, ...tls, requestCert: tls.ca !== undefined }, listener)
      : createServer(listener);
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Resolves when nothing is being served, also of requests whose sender has gone. */
  async idle(): Promise<void> {
    while (this.#serving.size > 0) await Promise.all(this.#serving);
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** Takes effect and says what to answer. */
  protected abstract answer(request: IncomingMessage, path: string): Promise<WebReply>;

  /** The body in pieces; may be cut by a fault. */
  protected async *body(request: IncomingMessage): AsyncGenerator<Buffer> {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      const left = this.faults.cutAfterBytes;
      if (left === undefined) {
        yield chunk;
        continue;
      }
      yield chunk.subarray(0, left);
      this.faults.cutAfterBytes = Math.max(0, left - chunk.length);
      if (this.faults.cutAfterBytes > 0) continue;
      this.faults.cutAfterBytes = undefined;
      request.socket.destroy();
      throw new Error('cut');
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '/', headers, socket } = request;
    this.requests.push({ method, url, headers });
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    try {
      const reply = this.#refusal(request) ?? (await this.answer(request, decodeURIComponent(url.split('?', 1)[0]!)));
      if (this.faults.loseAnswerOf === method) {
        this.faults.loseAnswerOf = undefined;
        socket.destroy();
        return;
      }
      response.writeHead(reply.status, { ...reply.headers });
      if (reply.page !== undefined) await this.#sendPage(response, reply.page);
      else response.end(reply.body ?? '');
      request.resume();
    } catch {
      socket.destroy();
    }
  }

  #refusal({ method, headers }: IncomingMessage): WebReply | undefined {
    const { refuse, pageBytes } = this.faults;
    if (refuse && refuse.method === method) {
      this.faults.refuse = undefined;
      return { status: refuse.status, headers: refuse.headers ?? {}, page: pageBytes };
    }
    const { authorization } = this.options;
    if (authorization !== undefined && headers.authorization !== authorization) return { status: 401 };
    return undefined;
  }

  async #sendPage(response: ServerResponse, bytes: number): Promise<void> {
    const piece = Buffer.alloc(64 * 1024, '<p>Erika Mustermann</p>');
    for (let left = bytes; left > 0 && !response.destroyed; left -= piece.length) {
      this.pageBytesSent += Math.min(left, piece.length);
      if (response.write(piece.subarray(0, left))) continue;
      await new Promise<void>((resolve) => response.once('drain', resolve).once('close', resolve));
    }
    response.end();
  }
}

export interface WebReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Length of a page that only fills. */
  readonly page?: number;
}
