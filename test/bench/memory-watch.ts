import { setTimeout as pause } from 'node:timers/promises';
import type { Hub } from './hub.ts';
import { family, memory } from './processes.ts';
import { table } from './report.ts';

const BOUND = 300_000_000;
const SAMPLE_MS = 100;

interface Peak {
  hub: number;
  postgres: number;
}

/** Looks every 100 ms at what the hub and PostgreSQL hold. */
export class MemoryWatch {
  readonly #hub: Pick<Hub, 'pid' | 'postgresPid'>;
  readonly #peaks = new Map<string, Peak>();
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;
  #stage = 'start';
  #highest = 0;

  constructor(hub: Pick<Hub, 'pid' | 'postgresPid'>) {
    this.#hub = hub;
    this.#watching = this.#watch();
  }

  stage(name: string): void {
    this.#stage = name;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }

  report(): string[] {
    const tooMuch = this.#highest > BOUND;
    if (tooMuch) process.exitCode = 1;
    const mb = (bytes: number) => (bytes / 1e6).toFixed(0);
    return [
      ...table(
        ['peak RSS, MB', 'hub', 'PostgreSQL'],
        [...this.#peaks].map(([stage, { hub, postgres }]) => [stage, mb(hub), mb(postgres)]),
      ),
      '',
      `The hub's peak by the kernel's own count (VmHWM) is ${mb(this.#highest)} MB; the bound is ${mb(BOUND)} MB: ` +
        (tooMuch ? 'ABOVE.' : 'kept.'),
    ];
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#look();
      await pause(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const stage = this.#stage;
    const hub = await memory(this.#hub.pid);
    const server = await Promise.all((await family(this.#hub.postgresPid)).map(memory));
    // Every process of the server maps the same shared buffers: they count once.
    const postgres = server.reduce((sum, { own }) => sum + own, 0) + Math.max(...server.map(({ shared }) => shared));
    const before = this.#peaks.get(stage) ?? { hub: 0, postgres: 0 };
    this.#peaks.set(stage, { hub: Math.max(before.hub, hub.now), postgres: Math.max(before.postgres, postgres) });
    this.#highest = Math.max(this.#highest, hub.peak);
  }
}
