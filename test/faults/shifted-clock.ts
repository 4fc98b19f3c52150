import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clock of several processes, see clock-shift.ts. */
export class ShiftedClock {
  readonly #file: string;
  #milliseconds = 0;

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, 'offset');
    this.shift(0);
  }

  /** What node has to be given so that a process has this clock. */
  get arguments(): readonly string[] {
    return ['--import', fileURLToPath(new URL('clock-shift.js', import.meta.url))];
  }

  get environment(): NodeJS.ProcessEnv {
    return { FAULT_CLOCK: this.#file };
  }

  /** From now on the clock is so much ahead of the real one. */
  shift(milliseconds: number): void {
    this.#milliseconds = milliseconds;
    writeFileSync(`${this.#file}-draft`, String(milliseconds));
    renameSync(`${this.#file}-draft`, this.#file);
  }

  /** Processes that go by the clock as it is now. */
  seen(): number {
    const records = readdirSync(this.folder).filter((name) => /^offset\.\d+$/.test(name));
    return records.filter((name) => Number(readFileSync(join(this.folder, name), 'utf8')) === this.#milliseconds)
      .length;
  }
}
