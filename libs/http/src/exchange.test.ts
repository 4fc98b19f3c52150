import { type RequestListener, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createAgent } from './agent.ts';
import type { ExchangeErrors } from './exchange-errors.ts';
import { Exchange } from './exchange.ts';

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((closed) => server?.close(closed));
});

async function serve(listener: RequestListener): Promise<URL> {
  server = createServer(listener);
  await new Promise<void>((ready) => server!.listen(0, '127.0.0.1', ready));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/packages`);
}

const says = (name: string) => (cause: unknown) => new Error(name, { cause });
const errors = {
  unreachable: says('unreachable'),
  tls: says('tls'),
  interrupted: says('interrupted'),
  timeout: says('timeout'),
  outcomeUnknown: says('outcome unknown'),
} as unknown as ExchangeErrors;

/** Larger than what lies in the buffers between two processes. */
const PIECES = 400;

async function post(url: URL): Promise<number | undefined> {
  const agent = createAgent(url, { connections: 1, keepAlive: 1_000 });
  const on = { agent, timeouts: { connect: 1_000, headers: 500, idle: 100 }, errors };
  const pieces = async function* () {
    for (let left = PIECES; left > 0; left -= 1) yield Buffer.alloc(64 * 1024);
  };
  const body = { contentType: 'application/zip', length: undefined, pieces };
  const options = { method: 'POST', url, headers: {}, body, changes: true, signal: undefined };
  try {
    return (await new Exchange(options, on).run()).statusCode;
  } finally {
    agent.destroy();
  }
}

test.each([
  ['reads no further', () => undefined],
  ['ends the connection', (end: () => void) => end()],
])(
  'a server that says yes before it has the whole request and then %s is given up, its outcome unknown',
  async (_, then) => {
    const url = await serve((request, response) => {
      request.on('error', () => undefined);
      response.writeHead(200).end('ok', () => then(() => request.socket.destroy()));
    });
    await expect(post(url)).rejects.toThrow('outcome unknown');
  },
);

test('a server that refuses before it has the whole request gets no more of it', async () => {
  const url = await serve((request, response) => {
    request.on('error', () => undefined);
    response.writeHead(401).end();
  });
  expect(await post(url)).toBe(401);
});
