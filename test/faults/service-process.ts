import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Child, type Ended, plainEnvironment } from './child-process.ts';

export interface ServiceProcessOptions {
  readonly root: string;
  readonly service: string;
  readonly logFile: string;
  readonly environment: NodeJS.ProcessEnv;
  /** For node itself. */
  readonly nodeArguments: readonly string[];
  /**
   * Told of each end once it was ready, but for those by SIGKILL, which only this run causes, and those asked for. A start
   * without database or brokers ends too, and is repeated.
   */
  readonly onEnd: (ended: Ended) => void;
}

const RESTART_MS = 200;

/** One instance of a service in a process of its own, started again whenever it ends, as an orchestrator does. */
export class ServiceProcess {
  /** Address of the instance that runs; undefined until it is ready. */
  url: string | undefined;
  starts = 0;
  #child: Child;
  #closing = false;
  #renewing = false;
  #idle = Promise.resolve();

  constructor(readonly options: ServiceProcessOptions) {
    this.#child = this.#start();
  }

  get pid(): number {
    return this.#child.pid;
  }

  get service(): string {
    return this.options.service;
  }

  async ready(patienceMs: number, signal: AbortSignal): Promise<void> {
    for (const until = Date.now() + patienceMs; this.url === undefined; await pause(20, undefined, { signal })) {
      if (Date.now() > until) throw new Error(`${this.service} is not ready after ${patienceMs} ms`);
    }
  }

  /** Ends it with SIGKILL; another is started at once. */
  async kill(): Promise<number> {
    const { pid } = this;
    this.#child.kill();
    await this.#child.ended;
    return pid;
  }

  /** Asks it to stop; another is started at once. */
  async renew(): Promise<Ended> {
    this.#renewing = true;
    return await this.#child.stop(40_000);
  }

  /** Stops or continues it where it stands. */
  freeze(frozen: boolean): void {
    this.#child.process.kill(frozen ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Stops it for good. */
  async stop(): Promise<Ended> {
    this.#closing = true;
    this.freeze(false);
    const ended = await this.#child.stop(40_000);
    await this.#idle;
    return ended;
  }

  #start(): Child {
    const { root, service, logFile, environment, nodeArguments } = this.options;
    this.starts += 1;
    this.url = undefined;
    const child = Child.start({
      args: [...nodeArguments, join(root, 'services', service, 'dist/main.js')],
      logFile,
      environment: { ...plainEnvironment(), HUB_HTTP_PORT: '0', HUB_XML_WORKERS: '1', ...environment },
    });
    createInterface({ input: child.process.stdout! }).on('line', (line) => {
      const url = /"url":"([^"]+)".*"msg":"ready"/.exec(line)?.[1];
      if (url && child === this.#child) this.url = url;
    });
    void child.ended.then((ended) => this.#ended(ended));
    return child;
  }

  #ended(ended: Ended): void {
    const wasReady = this.url !== undefined;
    this.url = undefined;
    if (this.#closing) return;
    if (wasReady && !this.#renewing && ended.signal !== 'SIGKILL') this.options.onEnd(ended);
    this.#renewing = false;
    this.#idle = pause(RESTART_MS).then(() => {
      if (!this.#closing) this.#child = this.#start();
    });
  }
}
