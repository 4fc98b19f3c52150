import { intakeErrors } from './errors.ts';

/** What one request holds in memory. */
export interface Holding {
  /** @throws HUB_INTAKE_BUSY where all requests together would hold too much */
  add(bytes: number): void;
  release(): void;
}

/** Keeps what all requests hold in memory together below a limit, however slow their senders are. */
export class MemoryBudget {
  #held = 0;

  constructor(private readonly mostBytes: number) {}

  /** Bytes held now. */
  get held(): number {
    return this.#held;
  }

  hold(): Holding {
    let own = 0;
    return {
      add: (bytes) => {
        if (this.#held + bytes > this.mostBytes)
          throw intakeErrors.HUB_INTAKE_BUSY({ detail: 'Too many applications are being received at a time.' });
        this.#held += bytes;
        own += bytes;
      },
      release: () => {
        this.#held -= own;
        own = 0;
      },
    };
  }
}
