import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands before a server and loses, when told, the answer to a request that changes something, or that request itself. */
export class LosingProxy {
  private readonly server: Server = createServer((message, response) => this.forward(message, response));
  private waiting: { requests: number; readonly effect: boolean } | undefined;
  /** What was to be lost last has been. */
  lost = false;

  private constructor(private readonly target: URL) {}

  static async before(target: URL): Promise<LosingProxy> {
    const proxy = new LosingProxy(target);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The address with this proxy in its place; the server sees the name it is called by and gives that in its answers. */
  through(address: string): string {
    return address.replace(this.target.origin, `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`);
  }

  /** @param nth such request from now on, from 1 @param effect the server gets it all the same */
  lose(nth: number, effect: boolean): void {
    this.waiting = { requests: nth, effect };
    this.lost = false;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private forward(message: IncomingMessage, response: ServerResponse): void {
    const fate = this.fateOf(message);
    if (fate === 'before') {
      message.resume().once('end', () => message.socket.destroy());
      return;
    }
    const { hostname, port } = this.target;
    const { method, url: path, headers } = message;
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      if (fate === 'after') {
        answer.resume().once('end', () => message.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    onward.once('error', () => message.socket.destroy());
    message.pipe(onward);
  }

  private fateOf({ method }: IncomingMessage): 'pass' | 'before' | 'after' {
    if (method === 'GET' || !this.waiting) return 'pass';
    this.waiting.requests -= 1;
    if (this.waiting.requests > 0) return 'pass';
    const { effect } = this.waiting;
    this.waiting = undefined;
    this.lost = true;
    return effect ? 'after' : 'before';
  }
}
