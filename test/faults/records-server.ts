import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';

/**
 * What the server does to packages. `lose answer`: it takes the package and ends the connection. `cut answer`: it takes
 * it and ends in the middle of the answer. `page`: it takes nothing and answers 200 with a page, as a login does.
 */
export type Whim =
  'take' | 'slow' | 'lose answer' | 'cut answer' | 'page' | 'too many' | 'unauthorised' | 'refuse' | 'unavailable';

const STATUS = { 'too many': 429, unauthorised: 401, refuse: 422, unavailable: 503 } as const;
const SLOW_MS = 1_500;
const RETRY_AFTER_SECONDS = 2;

/**
 * The door of a DMS that takes packages by POST: puts each whole one into a folder, however often it comes, and tells by
 * GET `/packages/<name>` whether it ever took it. It never drops a double: what is sent twice is there twice.
 */
export class RecordsServer {
  whim: Whim = 'take';
  /** Requests that the present whim did something to. */
  hits = 0;
  readonly #taken = new Map<string, number>();
  readonly #server: Server;
  #port = 0;

  private constructor(private readonly inbox: string) {
    this.#server = createServer((request, response) => {
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      // A sender that is gone, or a folder that is: the connection ends, as that of a server that failed.
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
  }

  static async open(inbox: string): Promise<RecordsServer> {
    await mkdir(inbox, { recursive: true });
    const server = new RecordsServer(inbox);
    await new Promise<void>((ready) => server.#server.listen(0, '127.0.0.1', ready));
    server.#port = (server.#server.address() as AddressInfo).port;
    return server;
  }

  get port(): number {
    return this.#port;
  }

  behave(whim: Whim): void {
    this.whim = whim;
    this.hits = 0;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url ?? '/');
    if (request.method === 'GET') {
      response.writeHead(this.#taken.has(basename(path)) ? 200 : 404).end();
      return;
    }
    const { whim } = this;
    if (whim !== 'take') this.hits += 1;
    switch (whim) {
      case 'too many':
      case 'unauthorised':
      case 'refuse':
      case 'unavailable':
        request.resume();
        response
          .writeHead(STATUS[whim], whim === 'too many' ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {})
          .end();
        return;
      case 'page':
        request.resume();
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Anmeldung</body></html>');
        return;
      default:
    }
    await this.#take(request);
    if (whim === 'slow') await new Promise((over) => setTimeout(over, SLOW_MS));
    if (whim === 'lose answer') request.socket.destroy();
    else if (whim === 'cut answer') request.socket.end('HTTP/1.1 201 Cre');
    else response.writeHead(201).end();
  }

  async #take(request: IncomingMessage): Promise<void> {
    const name = /filename="([^"/]+)"/.exec(String(request.headers['content-disposition']))?.[1];
    if (!name) throw new Error('the package has no name');
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    if (!request.complete) throw new Error('cut off');
    const copy = (this.#taken.get(name) ?? 0) + 1;
    this.#taken.set(name, copy);
    const stored = copy === 1 ? name : name.replace(/\.zip$/, `~${copy}.zip`);
    const unfinished = join(this.inbox, `.${stored}`);
    await writeFile(unfinished, Buffer.concat(pieces));
    await link(unfinished, join(this.inbox, stored));
    await rm(unfinished);
  }
}
