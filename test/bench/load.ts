import { type Socket, connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { IDENT } from './application-xml.ts';

/** What the load generator is told, as JSON on standard input. */
export interface LoadPlan {
  /** Where to post; loopback only. */
  readonly url: string;
  readonly authorization: string;
  readonly application: string;
  /** Starts the case ids, four characters; another for each run. */
  readonly run: string;
  /** Kept open; each sends its next request when it has its answer. */
  readonly connections: number;
  readonly seconds: number;
  readonly most: number;
}

/** What it reports, as JSON on standard output. */
export interface LoadReport {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds of each request. */
  readonly times: readonly number[];
  /** Seconds of CPU that the generator itself used. */
  readonly cpu: number;
  /** Monotonic clock in microseconds, that of V8's profiles. */
  readonly from: number;
  readonly to: number;
}

/** One keep-alive connection with a request under way; as little HTTP as the subjects of the bench speak. */
class Connection {
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #identAt: number;
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

  static async open({ hostname, port }: URL, request: Buffer): Promise<Connection> {
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket, request);
  }

  async send(ident: string): Promise<number> {
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

async function load(plan: LoadPlan): Promise<LoadReport> {
  const url = new URL(plan.url);
  if (url.hostname !== '127.0.0.1') throw new Error('Load goes to this machine only.');
  const body = Buffer.from(plan.application);
  const head = Buffer.from(
    `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: ${plan.authorization}\r\n` +
      `Content-Type: application/xml\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  const connections = await Promise.all(
    Array.from({ length: plan.connections }, () => Connection.open(url, Buffer.concat([head, body]))),
  );
  const times: number[] = [];
  let sent = 0;
  const started = performance.now();
  const end = started + plan.seconds * 1000;
  const from = Number(process.hrtime.bigint() / 1000n);
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() < end && sent < plan.most) {
        sent += 1;
        const begun = performance.now();
        const status = await connection.send(`B${plan.run}-${String(sent).padStart(IDENT.length - 6, '0')}`);
        if (status !== 202) throw new Error(`A request was answered ${status}: ${connection.answer.slice(-600)}`);
        times.push(performance.now() - begun);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const to = Number(process.hrtime.bigint() / 1000n);
  for (const connection of connections) connection.close();
  const { user, system } = process.cpuUsage();
  return { requests: times.length, seconds, times, cpu: (user + system) / 1e6, from, to };
}

process.stdout.write(JSON.stringify(await load((await json(process.stdin)) as LoadPlan)));
