import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { plainEnvironment } from './child-process.ts';
import { ServiceProcess } from './service-process.ts';
import { ShiftedClock } from './shifted-clock.ts';

export interface SeparateHubOptions {
  readonly root: string;
  readonly folder: string;
  readonly databaseUrl: string;
  /** `host:port` */
  readonly broker: string;
  readonly directory: string;
  readonly leaseSeconds: number;
  readonly signal: AbortSignal;
}

export const services = ['civento-intake', 'dms-export'] as const;
export type Service = (typeof services)[number];

const START_MS = 60_000;
const CONTINUES_MS = 10_000;

/** The hub as a data centre runs it: two instances of each service, on Kafka and a PostgreSQL server. */
export class SeparateHub {
  readonly dataDir: string;
  readonly members: ServiceProcess[] = [];
  /** Of all its processes. */
  readonly clock: ShiftedClock;
  /** Ends of processes that nobody asked for. */
  readonly ends: string[] = [];
  readonly #failpoints: string;
  #turn = 0;

  constructor(private readonly options: SeparateHubOptions) {
    this.dataDir = join(options.folder, 'data');
    this.clock = new ShiftedClock(join(options.folder, 'clock'));
    this.#failpoints = join(options.folder, 'failpoints');
    for (const folder of ['armed', 'hit', 'draft']) mkdirSync(join(this.#failpoints, folder), { recursive: true });
  }

  /** Starts two of each, all at once: who comes first makes tables, topics and keys. */
  async start(): Promise<void> {
    for (const service of services) for (const _ of [1, 2]) this.#member(service);
    await this.ready();
  }

  /** Resolves when every instance takes work. */
  async ready(): Promise<void> {
    await Promise.all(this.members.map((member) => member.ready(START_MS, this.options.signal)));
  }

  of(service: Service): ServiceProcess[] {
    return this.members.filter((member) => member.service === service);
  }

  /** An intake, each time another one of those that are ready. */
  get url(): string {
    const urls = this.of('civento-intake').flatMap(({ url }) => url ?? []);
    // Nobody listens on port 1: a client finds out.
    return urls[(this.#turn += 1) % urls.length] ?? 'http://127.0.0.1:1';
  }

  /** @throws Error with the status where the answer is not 2xx */
  async ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const service: Service = path.startsWith('/dms-export') ? 'dms-export' : 'civento-intake';
    return await this.askOf(service, method, path, body);
  }

  async askOf<Answer>(service: Service, method: string, path: string, body?: unknown): Promise<Answer> {
    const { url, token } = this.#operated(service);
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as Answer;
  }

  /** Runs the command line against one instance of the service. @throws Error where its exit code is not 0 */
  async command(service: Service, args: readonly string[]): Promise<void> {
    const { url, token } = this.#operated(service);
    const cli = join(this.options.root, 'services/all-in-one/dist/cli/cli.js');
    const env = { ...plainEnvironment(), HUB_URL: url, HUB_API_KEY: token };
    await promisify(execFile)(process.execPath, [cli, ...args], { env, signal: this.options.signal });
  }

  #operated(service: Service): { readonly url: string; readonly token: string } {
    const url = this.of(service).find((member) => member.url)?.url;
    if (!url) throw new Error(`no ${service} is ready`);
    return { url, token: readFileSync(join(this.dataDir, 'operator.token'), 'utf8').trim() };
  }

  /** The first instance that reaches this point ends itself with SIGKILL, or stops. */
  arm(failpoint: string, signal: 'SIGKILL' | 'SIGSTOP' = 'SIGKILL'): void {
    writeFileSync(join(this.#failpoints, 'draft', failpoint), signal);
    renameSync(join(this.#failpoints, 'draft', failpoint), join(this.#failpoints, 'armed', failpoint));
  }

  disarm(failpoint: string): void {
    rmSync(join(this.#failpoints, 'armed', failpoint), { force: true });
  }

  /** Processes that ended or stopped at the point, by the records that they left. */
  hitsOf(failpoint: string): number {
    return this.#hits(failpoint).length;
  }

  #hits(failpoint: string): number[] {
    const names = readdirSync(join(this.#failpoints, 'hit')).filter((name) => name.startsWith(`${failpoint}.`));
    return names.map((name) => Number(name.slice(failpoint.length + 1)));
  }

  /** The instance that stopped itself at the point; undefined where none came there in time. */
  async stoppedAt(failpoint: string, patienceMs: number): Promise<ServiceProcess | undefined> {
    const before = this.#hits(failpoint);
    this.arm(failpoint, 'SIGSTOP');
    await this.untilHit(failpoint, before.length, patienceMs);
    return this.members.find(({ pid }) => this.#hits(failpoint).includes(pid) && !before.includes(pid));
  }

  /**
   * Tells an instance that stopped itself at the point to go on, until its record is gone: between record and stop it may be
   * told too early, and the same instance may come to the same point again.
   */
  async continued(failpoint: string, member: ServiceProcess): Promise<void> {
    const record = join(this.#failpoints, 'hit', `${failpoint}.${member.pid}`);
    for (const until = Date.now() + CONTINUES_MS; Date.now() < until; await pause(50)) {
      member.freeze(false);
      if (!existsSync(record)) return;
    }
    throw new Error(`${member.service} does not go on at ${failpoint}`);
  }

  /** @returns whether it was hit in time */
  async untilHit(failpoint: string, before: number, patienceMs: number): Promise<boolean> {
    for (const until = Date.now() + patienceMs; Date.now() < until; await pause(20)) {
      if (this.hitsOf(failpoint) > before) return true;
    }
    this.disarm(failpoint);
    return this.hitsOf(failpoint) > before;
  }

  async stop(): Promise<{ service: string; code: number | null }[]> {
    return await Promise.all(
      this.members.map(async (member) => ({ service: member.service, code: (await member.stop()).code })),
    );
  }

  #member(service: Service): void {
    const { root, folder, databaseUrl, broker, directory, leaseSeconds } = this.options;
    const number = this.of(service).length + 1;
    this.members.push(
      new ServiceProcess({
        root,
        service,
        logFile: join(folder, `${service}-${number}.log`),
        nodeArguments: this.clock.arguments,
        environment: {
          ...this.clock.environment,
          HUB_DATABASE_URL: databaseUrl,
          HUB_DATA_DIR: this.dataDir,
          HUB_KAFKA_BROKERS: broker,
          HUB_KAFKA_SESSION_SECONDS: '6',
          HUB_DIRECTORY: directory,
          HUB_FAILPOINT_DIR: this.#failpoints,
          ...(service === 'dms-export'
            ? { HUB_DMS_LEASE_SECONDS: String(leaseSeconds), HUB_DMS_REPLY_POLL_MS: '200' }
            : {}),
        },
        onEnd: ({ code, signal }) => this.ends.push(`${service} ${number} ended with ${signal ?? `exit code ${code}`}`),
      }),
    );
  }
}
