import { type Server, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One address before several processes of the hub: each request goes to the next of them. */
export class Front {
  #turn = 0;
  #targets: readonly URL[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Front> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const front = new Front(server);
    server.on('request', (incoming, outgoing) => {
      const { method, url: path, headers } = incoming;
      const target = front.#next();
      const passed = request(target, { method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      });
      passed.once('error', () => outgoing.destroy());
      incoming.pipe(passed);
    });
    return front;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  lead(targets: readonly string[]): void {
    this.#targets = targets.map((target) => new URL(target));
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  #next(): URL {
    this.#turn += 1;
    return this.#targets[this.#turn % this.#targets.length]!;
  }
}
