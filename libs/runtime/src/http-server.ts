import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HubError } from '@ozg-hub/core';
import { runtimeErrors } from './errors.ts';
import { toProblem } from './problem-filter.ts';
import { answerBeforeRest } from './unread-body.ts';
import { requestId } from './request-context.ts';
import type { RequestListener } from './service-app.ts';

/** A connection without any byte for this long is closed. */
const IDLE_MS = 60_000;
const LAST_WORDS_MS = 1_000;
/** Answered also while the hub stops: probes tell "stopping" from "dead". */
const HEALTH = /^\/health\//;

export interface HttpServer {
  readonly url: string;
  /** From now on every new request is answered 503. Resolves when the last one of before is done; the deadline cuts those that are left. */
  drain(deadline: AbortSignal): Promise<void>;
  /** Listens no more; refusals under way have a second to arrive. */
  close(): Promise<void>;
}

/** Finds the listener for a path; undefined is answered 404. */
export type FindListener = (path: string) => RequestListener | undefined;

/** One port for all services of this process, told apart by the first path segment. */
export async function listen(host: string, port: number, find: FindListener): Promise<HttpServer> {
  const requests = new Requests();
  let draining = false;
  const server = createServer(
    { keepAliveTimeout: 75_000, headersTimeout: 20_000, requestTimeout: 0 },
    (request, response) => {
      const path = (request.url ?? '/').split('?', 1)[0]!;
      if (draining && !HEALTH.test(path)) return refuse(request, response, runtimeErrors.HUB_STOPPING());
      const listener = find(path);
      if (!listener) return refuse(request, response, runtimeErrors.HUB_HTTP_NOT_FOUND());
      requests.begin(response);
      return listener(request, response);
    },
  );
  server.timeout = IDLE_MS;
  await new Promise<void>((ready, fail) => {
    server.once('error', (cause: NodeJS.ErrnoException) => fail(portProblem(host, port, cause)));
    server.listen(port, host, () => ready());
  });
  const { address, family, port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`,
    drain: async (deadline) => {
      draining = true;
      await requests.done(deadline);
      if (deadline.aborted) server.closeAllConnections();
    },
    close: () => close(server),
  };
}

/** Requests whose answer is not finished. */
class Requests {
  #open = 0;
  #finished: () => void = () => undefined;

  begin(response: ServerResponse): void {
    this.#open += 1;
    response.once('close', () => {
      this.#open -= 1;
      if (this.#open === 0) this.#finished();
    });
  }

  async done(deadline: AbortSignal): Promise<void> {
    if (this.#open === 0 || deadline.aborted) return;
    await new Promise<void>((resolve) => {
      this.#finished = resolve;
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

function close(server: Server): Promise<void> {
  return new Promise((done) => {
    const cut = setTimeout(() => server.closeAllConnections(), LAST_WORDS_MS);
    server.close(() => {
      clearTimeout(cut);
      done();
    });
    server.closeIdleConnections();
  });
}

function refuse(request: IncomingMessage, response: ServerResponse, error: HubError): void {
  const id = requestId(request);
  const problem = Buffer.from(JSON.stringify(toProblem(error, id)));
  response.writeHead(error.status, {
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': problem.length,
    'x-request-id': id,
    connection: 'close',
    ...(error.class === 'later' ? { 'retry-after': '5' } : {}),
  });
  answerBeforeRest(problem, request).pipe(response);
}

function portProblem(host: string, port: number, cause: NodeJS.ErrnoException): Error {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process listens there',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
  };
  const reason = reasons[cause.code ?? ''];
  if (!reason) return cause;
  return runtimeErrors.HUB_HTTP_PORT({ detail: `Cannot listen on ${host}, port ${port}: ${reason}.`, cause });
}
