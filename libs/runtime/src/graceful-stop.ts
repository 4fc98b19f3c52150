import type { Logger } from '@ozg-hub/core';

/** Something that ends: within so many milliseconds, or it is abandoned. `signal` aborts when that time is over. */
export interface EndingPart {
  readonly name: string;
  end(graceMs: number, signal: AbortSignal): Promise<unknown>;
}

/** Ends parts within a time; what is late goes on as after a crash, and is named. */
export class GracefulStop {
  readonly #logger: Logger;
  readonly #abandoned: string[] = [];
  readonly #began = performance.now();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Parts that did not end in order. */
  get abandoned(): readonly string[] {
    return this.#abandoned;
  }

  /**
   * Ends all at once; resolves when the last has ended or is abandoned.
   * @param untilMs milliseconds after the beginning of the stop
   */
  async end(untilMs: number, parts: readonly EndingPart[]): Promise<void> {
    const graceMs = Math.max(0, untilMs - (performance.now() - this.#began));
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), graceMs);
    const aborted = new Promise<'late'>((resolve) => {
      late.signal.addEventListener('abort', () => resolve('late'), { once: true });
    });
    await Promise.all(parts.map((part) => this.#one(part, { graceMs, signal: late.signal, aborted })));
    clearTimeout(timer);
  }

  async #one(
    part: EndingPart,
    { graceMs, signal, aborted }: { graceMs: number; signal: AbortSignal; aborted: Promise<'late'> },
  ): Promise<void> {
    try {
      if ((await Promise.race([part.end(graceMs, signal), aborted])) !== 'late') return;
      this.#logger.warn({ part: part.name }, 'did not stop in time; it is abandoned');
    } catch (error) {
      this.#logger.warn({ part: part.name, error: error as Error }, 'did not stop cleanly');
    }
    this.#abandoned.push(part.name);
  }
}
