import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Takes standard output and error. */
  readonly logFile: string;
  /** Opens a channel for one message to the child. */
  readonly channel?: boolean;
}

/** A node process of this run. */
export class Child {
  readonly ended: Promise<Ended>;
  #state: Ended | undefined;

  private constructor(readonly process: ChildProcess) {
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null) => resolve((this.#state = { code, signal }));
      process.once('exit', end);
      process.once('error', () => end(-1, null));
    });
  }

  static start({ args, environment, logFile, channel = false }: ChildOptions): Child {
    const child = spawn(process.execPath, args, {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', ...(channel ? (['ipc'] as const) : [])],
    });
    const log = createWriteStream(logFile, { flags: 'a' });
    child.stdout!.pipe(log, { end: false });
    child.stderr!.pipe(log, { end: false });
    child.once('close', () => log.end());
    return new Child(child);
  }

  get pid(): number {
    return this.process.pid ?? -1;
  }

  /** How it ended; undefined while it runs. */
  get state(): Ended | undefined {
    return this.#state;
  }

  /** Asks it to end, after the patience insists. */
  async stop(patienceMs: number): Promise<Ended> {
    if (this.#state) return this.#state;
    this.process.kill('SIGTERM');
    const insist = setTimeout(() => this.process.kill('SIGKILL'), patienceMs);
    const ended = await this.ended;
    clearTimeout(insist);
    return ended;
  }

  kill(): void {
    if (!this.#state) this.process.kill('SIGKILL');
  }
}

/** The environment of a child: this process's without settings of the hub. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HUB_')));
}
