import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/**
 * What the way does to connections. `refuse`: nobody listens. `reset`: they end at once. `black hole`: bytes vanish, both
 * ends wait. `half-open`: the far end is gone and the near end does not learn it. `trickle`: one byte a second comes back.
 */
export type Treatment = 'pass' | 'refuse' | 'reset' | 'black hole' | 'half-open' | 'trickle';

interface Line {
  readonly near: Socket;
  readonly far: Socket | undefined;
  /** Bytes that trickle towards the near end. */
  held: Buffer[];
  /** Bytes were lost on it: it is of no use any more. */
  spoilt: boolean;
  /** The next bytes that come back are lost, and the line with them. */
  losing: boolean;
}

interface Losing {
  readonly word: string;
  left: number;
  readonly done: () => void;
}

const TRICKLE_MS = 1_000;

/** A way over TCP to one server, that can be disturbed in the middle of what goes over it. */
export class FaultProxy {
  /** Connections that the present treatment did something to. */
  hits = 0;
  /** Connections that came so far. */
  connections = 0;
  #treatment: Treatment = 'pass';
  #server: Server | undefined;
  #losing: Losing | undefined;
  readonly #lines = new Set<Line>();
  readonly #trickling: NodeJS.Timeout;
  #port = 0;

  private constructor(private readonly target: () => { readonly host: string; readonly port: number }) {
    this.#trickling = setInterval(() => this.#trickle(), TRICKLE_MS);
  }

  /** @param target asked anew for each connection */
  static async open(target: () => { readonly host: string; readonly port: number }): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await proxy.#listen();
    return proxy;
  }

  /** The port on 127.0.0.1 to connect to; stays the same. */
  get port(): number {
    return this.#port;
  }

  /** From now on, for connections there are and those to come. `pass` ends every line on which bytes were lost. */
  async treat(treatment: Treatment): Promise<void> {
    this.#treatment = treatment;
    this.hits = 0;
    // A closed door counts, although nobody sees who knocks.
    if (treatment === 'refuse') this.hits = 1 + this.#lines.size;
    if (treatment === 'refuse') await this.#deafen();
    else if (!this.#server) await this.#listen();
    for (const line of [...this.#lines]) this.#apply(line);
  }

  /**
   * The next packets towards the server with this word reach it; their answers reach nobody, and the connection is reset.
   * Resolves after so many.
   */
  loseAnswers(word: string, count: number): Promise<void> {
    return new Promise((done) => (this.#losing = { word, left: count, done }));
  }

  /** Loses no more answers. @returns how many were still to lose */
  stopLosing(): number {
    const left = this.#losing?.left ?? 0;
    this.#losing?.done();
    this.#losing = undefined;
    return left;
  }

  async close(): Promise<void> {
    clearInterval(this.#trickling);
    this.stopLosing();
    for (const line of [...this.#lines]) this.#end(line);
    await this.#deafen();
  }

  async #listen(): Promise<void> {
    const server = createServer((near) => this.#accept(near));
    await new Promise<void>((ready, failed) => {
      server.once('error', failed);
      server.listen(this.#port, '127.0.0.1', ready);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async #deafen(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const line of [...this.#lines]) this.#end(line);
    await closed;
  }

  #accept(near: Socket): void {
    this.connections += 1;
    const reaches = this.#treatment === 'pass' || this.#treatment === 'trickle' || this.#treatment === 'half-open';
    const far = reaches ? connect(this.target()) : undefined;
    const line: Line = { near, far, held: [], spoilt: false, losing: false };
    this.#lines.add(line);
    near.on('data', (bytes) => this.#onwards(line, bytes));
    far?.on('data', (bytes) => this.#back(line, bytes));
    near.on('error', () => this.#end(line)).on('close', () => this.#end(line));
    far?.on('error', () => this.#farEnded(line)).on('close', () => this.#farEnded(line));
    near.on('drain', () => far?.resume());
    far?.on('drain', () => near.resume());
    if (this.#treatment !== 'half-open') this.#apply(line);
  }

  #apply(line: Line): void {
    switch (this.#treatment) {
      case 'pass':
        if (line.spoilt) return this.#end(line);
        for (const bytes of line.held.splice(0)) line.near.write(bytes);
        return;
      case 'trickle':
        return;
      case 'refuse':
        return this.#end(line);
      case 'reset':
        this.hits += 1;
        return this.#end(line);
      case 'black hole':
        this.hits += 1;
        line.spoilt = true;
        return;
      case 'half-open':
        this.hits += 1;
        line.spoilt = true;
        line.far?.resetAndDestroy();
        return;
      default:
        return this.#treatment satisfies never;
    }
  }

  #onwards(line: Line, bytes: Buffer): void {
    if (line.spoilt || !line.far) return;
    const losing = this.#losing;
    if (losing && !line.losing && bytes.includes(losing.word)) {
      line.losing = true;
      losing.left -= 1;
      if (losing.left === 0) this.stopLosing();
    }
    if (!line.far.write(bytes)) line.near.pause();
    // Of a new connection the server gets the beginning.
    if (this.#treatment === 'half-open') this.#apply(line);
  }

  #back(line: Line, bytes: Buffer): void {
    if (line.spoilt) return;
    if (line.losing) return this.#end(line);
    if (this.#treatment === 'trickle') {
      if (line.held.length === 0) this.hits += 1;
      line.held.push(bytes);
    } else if (!line.near.write(bytes)) line.far?.pause();
  }

  #trickle(): void {
    for (const { held, near } of this.#lines) {
      const first = held[0];
      if (!first) continue;
      near.write(first.subarray(0, 1));
      if (first.length === 1) held.shift();
      else held[0] = first.subarray(1);
    }
  }

  #farEnded(line: Line): void {
    if (!line.spoilt && line.held.length === 0) this.#end(line);
  }

  #end(line: Line): void {
    if (!this.#lines.delete(line)) return;
    for (const socket of [line.near, line.far]) if (socket && !socket.destroyed) socket.resetAndDestroy();
  }
}
