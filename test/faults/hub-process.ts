import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { Child, type Ended, plainEnvironment } from './child-process.ts';
import { PostgresServer } from './postgres-server.ts';

export interface HubOptions {
  /** Root of the checkout. */
  readonly root: string;
  /** Everything of this hub lies below. */
  readonly folder: string;
  /** Time after which a delivery of a killed hub is taken up again. */
  readonly leaseSeconds: number;
  /** Longest wait until a started hub is ready. */
  readonly patienceMs: number;
}

/** The real hub as a child process, killed and started again on the same data. */
export class HubProcess {
  readonly dataDir: string;
  readonly postgres: PostgresServer;
  /** Starts of the hub so far. */
  starts = 0;
  /** Address of the hub that was ready last. */
  url = '';
  readonly #failpoints: string;
  #running: Child | undefined;
  #next: Child | undefined;
  #closing = false;

  constructor(private readonly options: HubOptions) {
    this.dataDir = join(options.folder, 'data');
    this.postgres = new PostgresServer(this.dataDir);
    this.#failpoints = join(options.folder, 'failpoints');
    for (const folder of ['armed', 'hit', 'draft']) mkdirSync(join(this.#failpoints, folder), { recursive: true });
  }

  get pid(): number {
    return this.#running?.pid ?? -1;
  }

  /** How the hub ended; undefined while it runs. */
  get state(): Ended | undefined {
    return this.#running?.state;
  }

  /** Starts a hub and waits until it is ready. @throws Error where it is not in time, or ends */
  async start(): Promise<void> {
    if (this.#closing) throw new Error('the run is over; no hub is started');
    const child = this.#next ?? this.#prepare();
    this.#running = child;
    this.#next = undefined;
    this.starts += 1;
    child.process.send('go');
    const deadline = Date.now() + this.options.patienceMs;
    while (!this.#isReady(child)) {
      if (child.state) return;
      if (Date.now() > deadline) throw new Error(`the hub is not ready after ${this.options.patienceMs} ms`);
      await pause(20);
    }
  }

  /** Starts another hub on the same data, which has to be refused. @returns how it ended */
  async startSecond(): Promise<Ended> {
    const second = this.#prepare();
    second.process.send('go');
    const insist = setTimeout(() => second.kill(), this.options.patienceMs);
    const ended = await second.ended;
    clearTimeout(insist);
    return ended;
  }

  /** Loads the modules of the hub that is started next. */
  warmUp(): void {
    if (!this.#closing) this.#next ??= this.#prepare();
  }

  get ended(): Promise<Ended> {
    return this.#running!.ended;
  }

  /** The hub that reaches this point ends itself with SIGKILL. */
  arm(failpoint: string): void {
    writeFileSync(join(this.#failpoints, 'draft', failpoint), '');
    renameSync(join(this.#failpoints, 'draft', failpoint), join(this.#failpoints, 'armed', failpoint));
  }

  /** The record on disk that this hub was ended at the failpoint. */
  wasHit(failpoint: string, pid: number): boolean {
    return existsSync(join(this.#failpoints, 'hit', `${failpoint}.${pid}`));
  }

  /** The record on disk of a kill from outside, written after the process was seen to be gone. */
  recordHit(name: string, pid: number): void {
    writeFileSync(join(this.#failpoints, 'hit', `${name}.${pid}`), '');
  }

  async kill(): Promise<number> {
    const { pid } = this;
    this.#running?.kill();
    await this.#running?.ended;
    return pid;
  }

  /** Stops the hub, for good: nothing is started from here on. @returns how it ended */
  async stop(patienceMs = 30_000): Promise<Ended | undefined> {
    this.#closing = true;
    this.#next?.kill();
    const ended = await this.#running?.stop(patienceMs);
    await this.#next?.ended;
    return ended;
  }

  /** Ends whatever still runs; never fails. */
  async cleanUp(): Promise<void> {
    await this.stop(10_000).catch(() => undefined);
    await this.postgres.stop().catch(() => undefined);
  }

  /** @throws Error with the status where the answer is not 2xx */
  async ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const token = readFileSync(join(this.dataDir, 'operator.token'), 'utf8').trim();
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as Answer;
  }

  #prepare(): Child {
    const { root, folder, leaseSeconds } = this.options;
    const built = (path: string) => join(root, 'services/all-in-one/dist', path);
    return Child.start({
      args: [
        '--import',
        fileURLToPath(new URL('warm-start.js', import.meta.url)),
        built('main.js'),
        pathToFileURL(built('services.js')).href,
      ],
      channel: true,
      logFile: join(folder, 'hub-output.log'),
      environment: {
        ...plainEnvironment(),
        HUB_SERVICES: 'civento-intake,dms-export',
        HUB_DATA_DIR: this.dataDir,
        HUB_HTTP_PORT: '0',
        HUB_FAILPOINT_DIR: this.#failpoints,
        HUB_LOG_FILE: join(folder, 'hub.log'),
        HUB_DMS_LEASE_SECONDS: String(leaseSeconds),
      },
    });
  }

  #isReady(child: Child): boolean {
    try {
      const said = JSON.parse(readFileSync(join(this.dataDir, 'hub.json'), 'utf8')) as { url: string; pid: number };
      if (said.pid !== child.pid) return false;
      this.url = said.url;
      return true;
    } catch {
      // Not there yet, or being written.
      return false;
    }
  }
}
