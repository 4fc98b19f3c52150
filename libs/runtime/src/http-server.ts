import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runtimeErrors } from './errors.ts';
import { toProblem } from './problem-filter.ts';
import type { RequestListener } from './service-app.ts';

/** A connection without any byte for this long is closed. */
const IDLE_MS = 60_000;

export interface HttpServer {
  readonly url: string;
  /** Answers 503 from now on, ends idle connections and resolves when the last request is done. */
  drain(deadline: AbortSignal): Promise<void>;
}

/** Finds the listener for a path; undefined is answered 404. */
export type FindListener = (path: string) => RequestListener | undefined;

/** One port for all services of this process, told apart by the first path segment. */
export async function listen(host: string, port: number, find: FindListener): Promise<HttpServer> {
  let draining = false;
  const server = createServer(
    { keepAliveTimeout: 75_000, headersTimeout: 20_000, requestTimeout: 0 },
    (request, response) => {
      if (draining) return refuse(response, runtimeErrors.HUB_STOPPING());
      const path = (request.url ?? '/').split('?', 1)[0]!;
      const listener = find(path);
      if (listener) return listener(request, response);
      return refuse(response, runtimeErrors.HUB_HTTP_NOT_FOUND());
    },
  );
  server.timeout = IDLE_MS;
  await new Promise<void>((ready, fail) => {
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      ready();
    });
  });
  const { address, family, port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`,
    drain: async (deadline) => {
      draining = true;
      await closed(server, deadline);
    },
  };
}

function closed(server: Server, deadline: AbortSignal): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeIdleConnections();
    const cut = () => server.closeAllConnections();
    if (deadline.aborted) cut();
    else deadline.addEventListener('abort', cut, { once: true });
  });
}

function refuse(response: ServerResponse<IncomingMessage>, error: ReturnType<typeof runtimeErrors.HUB_STOPPING>): void {
  const later = error.class === 'later' ? { 'retry-after': '5' } : {};
  response.writeHead(error.status, {
    'content-type': 'application/problem+json; charset=utf-8',
    connection: 'close',
    ...later,
  });
  response.end(JSON.stringify(toProblem(error)));
}
