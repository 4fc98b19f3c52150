import { setTimeout as delay } from 'node:timers/promises';
import type { ListenHandle, Store } from './store.port.ts';

export interface ListeningLoopOptions {
  readonly store: Pick<Store, 'listen'>;
  /** A notification of this channel wakes the loop. */
  readonly channel: string;
  /** Longest time between two looks; milliseconds. Undefined: only when woken. */
  readonly everyMs: number | undefined;
  /**
   * Looks once; `stopping` aborts when the loop is to end.
   * @returns milliseconds after which to look again, where that is sooner
   */
  look(stopping: AbortSignal): Promise<number | undefined>;
  /** A look failed, or nothing could be listened to; both are tried again. */
  onError(error: unknown): void;
  /** Milliseconds until then, at most. Default 10,000. */
  readonly retryMs?: number;
}

/** Looks into the database when a notification wakes it and now and then, since one may be lost; never twice at a time. */
export class ListeningLoop {
  readonly #options: ListeningLoopOptions;
  #stopping = new AbortController();
  #awake = new AbortController();
  #running: Promise<void> | undefined;
  #subscription: ListenHandle | undefined;

  constructor(options: ListeningLoopOptions) {
    this.#options = options;
  }

  /** Begins to look; returns at once. */
  start(): void {
    if (this.#running) return;
    this.#stopping = new AbortController();
    this.#running = this.#run();
  }

  /** Resolves when the look under way has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#awake.abort();
    await this.#running;
    this.#running = undefined;
    await this.#subscription?.close();
    this.#subscription = undefined;
  }

  async #run(): Promise<void> {
    const { store, channel, everyMs, look, onError, retryMs = 10_000 } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#awake = new AbortController();
      let sooner: number | undefined;
      try {
        this.#subscription ??= await store.listen(channel, () => this.#awake.abort());
        sooner = await look(signal);
      } catch (error) {
        onError(error);
        sooner = retryMs;
      }
      const ms = Math.min(everyMs ?? Infinity, sooner ?? Infinity);
      await pause(ms, this.#awake.signal);
    }
  }
}

/** @param ms Infinity: until the signal */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  if (ms !== Infinity) return void (await delay(ms, undefined, { signal }).catch(() => undefined));
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
