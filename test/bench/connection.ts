import { type Socket, connect } from 'node:net';
import { IDENT } from './application-xml.ts';

/** What is posted again and again. */
export interface RequestPlan {
  /** Where to post; loopback only. */
  readonly url: string;
  readonly authorization: string;
  readonly application: string;
}

/** Well below what servers wait for the next request. */
const STALE_MS = 3_000;

interface Request {
  readonly url: URL;
  readonly bytes: Buffer;
}

export function requestTo(plan: RequestPlan): Request {
  const url = new URL(plan.url);
  if (url.hostname !== '127.0.0.1') throw new Error('Load goes to this machine only.');
  const body = Buffer.from(plan.application);
  const head = Buffer.from(
    `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: ${plan.authorization}\r\n` +
      `Content-Type: application/xml\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  return { url, bytes: Buffer.concat([head, body]) };
}

/** The case id of the nth request of a run, whose name has four characters. */
export function identOf(run: string, n: number): string {
  return `B${run}-${String(n).padStart(IDENT.length - 6, '0')}`;
}

/** One keep-alive connection with a request under way; as little HTTP as the subjects of the bench speak. */
export class Connection {
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #identAt: number;
  #usedAt = performance.now();
  #answer = '';
  #last = '';
  #answered: ((status: number) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket, request: Buffer) {
    this.#socket = socket;
    this.#request = request;
    this.#identAt = request.indexOf(IDENT);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('The connection was closed.')));
  }

  /** With a copy of the request, since it writes its own case id into it. */
  static async open({ url, bytes }: Request): Promise<Connection> {
    const socket = connect(Number(url.port), url.hostname);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket, Buffer.from(bytes));
  }

  static several(count: number, request: Request): Promise<Connection[]> {
    return Promise.all(Array.from({ length: count }, () => Connection.open(request)));
  }

  /** A server closes what was silent for long; whoever sends on such a connection gets no answer. */
  get stale(): boolean {
    return performance.now() - this.#usedAt > STALE_MS;
  }

  async send(ident: string): Promise<number> {
    this.#usedAt = performance.now();
    this.#request.write(ident, this.#identAt, 'latin1');
    return await new Promise((answered, failed) => {
      this.#answered = answered;
      this.#failed = failed;
      this.#socket.write(this.#request);
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  /** Text of the last answer. */
  get answer(): string {
    return this.#last;
  }

  #read(chunk: Buffer): void {
    if (this.#answered) this.#answer += chunk.toString('latin1');
    const head = this.#answer.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#answer.slice(0, head + 2))?.[1] ?? 0);
    if (this.#answer.length < head + 4 + length) return;
    const answered = this.#answered;
    this.#answered = undefined;
    this.#last = this.#answer;
    this.#answer = '';
    answered?.(Number(this.#last.slice(9, 12)));
  }
}
