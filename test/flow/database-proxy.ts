import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** When a connection is cut: COMMIT never reaches the server, or its answer never the hub. */
export type Cut = 'before COMMIT' | 'after COMMIT';

/** A way to PostgreSQL that can be cut at a statement or during a COMMIT. */
export interface DatabaseProxy {
  /** Leads through the proxy to the same database. */
  readonly url: string;
  /** Cuts the next transactions, one per entry, that write the marker; resolves when all were. */
  cut(marker: string, cuts: readonly Cut[]): Promise<void>;
  /** Cuts the next connection on which the server would get a statement with these words, or a value of one. */
  breakAt(words: string): Promise<void>;
  close(): Promise<void>;
}

/** Name and text of a statement, as the store names them. */
const PREPARING = /(s[0-9a-f]{24})\0([^\0]{10,})\0/g;

interface Armed {
  readonly marker: string;
  readonly cuts: Cut[];
  readonly done: () => void;
}

/** @param url of a server that listens on TCP */
export async function databaseProxy(url: string): Promise<DatabaseProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let armed: Armed | undefined;
  let broken: { readonly words: string; readonly done: () => void } | undefined;

  const server = createServer((hub) => {
    const postgres = connect(Number(port || 5432), hostname);
    const end = () => {
      hub.destroy();
      postgres.destroy();
    };
    let marked = false;
    let silent = false;
    for (const socket of [hub, postgres]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    const prepared = new Map<string, string>();
    hub.on('data', (bytes) => {
      const sent = bytes.toString('latin1');
      for (const [, name, statement] of sent.matchAll(PREPARING)) prepared.set(name!, statement!);
      // Of a statement that it has prepared, a connection sends the name alone.
      const mentions = (words: string) =>
        sent.includes(words) || [...prepared].some(([name, said]) => said.includes(words) && sent.includes(name));
      if (broken && mentions(broken.words)) {
        broken.done();
        broken = undefined;
        return end();
      }
      marked ||= armed !== undefined && mentions(armed.marker);
      if (marked && armed && bytes.includes('COMMIT')) {
        const how = armed.cuts.shift();
        if (armed.cuts.length === 0) armed.done();
        if (how === 'before COMMIT') return end();
        silent = how === 'after COMMIT';
      }
      postgres.write(bytes);
    });
    postgres.on('data', (bytes) => (silent ? end() : hub.write(bytes)));
  });

  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const through = new URL(url);
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: through.href,
    cut: (marker, cuts) =>
      new Promise<void>((done) => {
        armed = {
          marker,
          cuts: [...cuts],
          done: () => {
            armed = undefined;
            done();
          },
        };
      }),
    breakAt: (words) => new Promise<void>((done) => (broken = { words, done })),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
