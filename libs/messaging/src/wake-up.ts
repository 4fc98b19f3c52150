/** Lets loops sleep until there may be work. A wake between a loop's look and its sleep is not lost. */
export class WakeUp {
  #generation = 0;
  readonly #sleepers = new Set<() => void>();

  /** Take it before looking for work and hand it to {@link sleep}. */
  get generation(): number {
    return this.#generation;
  }

  /** There may be new work: one sleeper looks, and so does each loop that is looking now, once more. */
  wake(): void {
    this.#generation += 1;
    this.wakeNext();
  }

  /** Wakes one sleeper and nobody else: the caller found work, there may be more. */
  wakeNext(): void {
    const [next] = this.#sleepers;
    next?.();
  }

  /** Sleeps until woken, until the time is over or until the signal aborts; not at all after a wake since `seen`. */
  async sleep(seen: number, ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || seen !== this.#generation) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#sleepers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      this.#sleepers.add(done);
    });
  }
}
