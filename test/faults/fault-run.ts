import { setTimeout as pause } from 'node:timers/promises';
import type { Clients } from './clients.ts';
import type { HubProcess } from './hub-process.ts';
import type { Random } from './random.ts';
import type { Window } from './windows.ts';

export interface FaultRunOptions {
  readonly hub: HubProcess;
  readonly clients: Clients;
  readonly random: Random;
  /** One line for the person who watches. */
  readonly say: (line: string) => void;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
  /** Longest wait for one kill to happen. */
  readonly patienceMs: number;
}

/** Kills hub and database, window by window, while clients push; each kill is proved by a record on disk. */
export class FaultRun {
  /** Proved kills by window. */
  readonly hits = new Map<string, number>();
  /** What happened that must not: a hub that ends by itself, one that does not start. */
  readonly troubles: string[] = [];

  constructor(private readonly options: FaultRunOptions) {}

  /** Kills in this window until there are so many more hits, or something is wrong. */
  async through(window: Window, hits: number): Promise<void> {
    const { clients, hub } = this.options;
    if (hits < 1) return;
    clients.enter(window.name);
    for (let left = hits; left > 0; left -= 1) {
      this.options.signal.throwIfAborted();
      await this.heal();
      if (!(await this.#strike(window))) return;
      this.hits.set(window.name, (this.hits.get(window.name) ?? 0) + 1);
    }
    await this.heal();
    this.options.say(`${window.name}: ${this.hits.get(window.name)} kills, start ${hub.starts} of the hub`);
  }

  /** Starts the hub where it does not run. */
  async heal(): Promise<void> {
    const { hub, signal } = this.options;
    signal.throwIfAborted();
    for (let tries = 0; hub.state !== undefined && tries < 3; tries += 1) {
      await hub.start();
      if (hub.state) this.troubles.push(`a start of the hub ended with ${describe(hub.state)}`);
    }
    hub.warmUp();
  }

  async #strike(window: Window): Promise<boolean> {
    const { clients, random } = this.options;
    // Under load, and not always at the first application after a start.
    await clients.acceptedMore(1, 4_000);
    await clients.acceptedMore(random.between(0, 6), 600);
    switch (window.kind) {
      case 'failpoint':
        return this.#atFailpoint(window.point);
      case 'hub':
        await pause(random.between(0, 500));
        return this.#hubAtRandom(window.point);
      case 'postgres':
        await pause(random.between(0, 500));
        return this.#postgres(window.point);
      case 'second start':
        return this.#secondStart(window.point);
      default:
        return window.kind satisfies never;
    }
  }

  async #atFailpoint(point: string): Promise<boolean> {
    const { hub, patienceMs } = this.options;
    const { pid } = hub;
    hub.arm(point);
    const ended = await this.#within(hub.ended, patienceMs);
    if (!ended) return this.#trouble(`nothing reached ${point} for ${patienceMs} ms`);
    if (ended.signal !== 'SIGKILL') return this.#trouble(`the hub ended with ${describe(ended)} before ${point}`);
    return hub.wasHit(point, pid) || this.#trouble(`the hub was killed, but not at ${point}`);
  }

  async #hubAtRandom(point: string): Promise<boolean> {
    const { hub } = this.options;
    if (hub.state) return this.#trouble(`the hub ended with ${describe(hub.state)} by itself`);
    const pid = await hub.kill();
    hub.recordHit(point, pid);
    return true;
  }

  /** Another hub on the same data is refused, and the one that runs does not notice. */
  async #secondStart(point: string): Promise<boolean> {
    const { hub } = this.options;
    const { pid } = hub;
    const ended = await this.#within(hub.startSecond(), this.options.patienceMs);
    if (ended?.code !== 1) return this.#trouble(`a second hub on the same data was not refused (${ended?.code})`);
    if (hub.state) return this.#trouble(`the hub ended with ${describe(hub.state)} when a second one was started`);
    hub.recordHit(`${point}.${this.hits.size}`, pid);
    return true;
  }

  /** The postmaster alone, the whole server, or server and hub at once; the hub has to live through the first two. */
  async #postgres(point: string): Promise<boolean> {
    const { hub, random, patienceMs } = this.options;
    const what = random.pick(['postmaster', 'server', 'server', 'hub and server'] as const);
    const both = what === 'hub and server' ? hub.kill() : undefined;
    const pid = await hub.postgres.kill(what !== 'postmaster');
    await both;
    if (pid === undefined) return this.#trouble('there is no PostgreSQL to kill');
    hub.recordHit(point, pid);
    if (both) return true;
    const back = await this.#within(this.#databaseIsBack(pid), patienceMs);
    return back === true || this.#trouble(`PostgreSQL is not back ${patienceMs} ms after it was killed`);
  }

  async #databaseIsBack(before: number): Promise<boolean> {
    const { hub, signal } = this.options;
    while (!signal.aborted && !hub.state) {
      const pid = await hub.postgres.pid();
      if (pid !== undefined && pid !== before) {
        const health = await fetch(`${hub.url}/health/ready`).catch(() => undefined);
        if (health?.ok) return true;
      }
      await pause(30);
    }
    return false;
  }

  async #within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
    const over = new AbortController();
    const late = pause(ms, undefined, { signal: AbortSignal.any([over.signal, this.options.signal]) });
    const result = await Promise.race([promise, late.catch(() => undefined)]);
    over.abort();
    return result;
  }

  #trouble(text: string): false {
    this.troubles.push(text);
    return false;
  }
}

function describe({ code, signal }: { code: number | null; signal: string | null }): string {
  return signal ?? `exit code ${code}`;
}
