/** What arrived in a test, in order; tests wait for a number of arrivals instead of for a time. */
export class Arrivals<T> {
  readonly all: T[] = [];
  readonly #waiters = new Set<() => void>();

  push(...items: readonly T[]): void {
    this.all.push(...items);
    for (const check of this.#waiters) check();
  }

  /** Resolves with everything that arrived as soon as there are `count`. */
  async atLeast(count: number): Promise<readonly T[]> {
    return await this.when((all) => all.length >= count);
  }

  async when(enough: (all: readonly T[]) => boolean): Promise<readonly T[]> {
    await new Promise<void>((resolve) => {
      const check = () => {
        if (!enough(this.all)) return;
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
      check();
    });
    return this.all;
  }
}

/** A door that a test opens; `reached` tells that somebody stands before it. */
export class Gate {
  readonly reached: Promise<void>;
  readonly #opened: Promise<void>;
  #reach!: () => void;
  open!: () => void;

  constructor() {
    this.reached = new Promise((resolve) => (this.#reach = resolve));
    this.#opened = new Promise((resolve) => (this.open = resolve));
  }

  async pass(): Promise<void> {
    this.#reach();
    await this.#opened;
  }
}
