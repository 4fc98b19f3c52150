import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { existsSync } from 'node:fs';
import { Child, plainEnvironment } from './child-process.ts';

export interface DmsOptions {
  readonly root: string;
  /** `<data directory>/dms/<name>`, with the inbox and the replies. */
  readonly folder: string;
  /** Where what it took stays; outside of what the hub can reach. */
  readonly taken: string;
  /** Name of the parameter that carries the Aktenzeichen, as the directory says for this DMS. */
  readonly parameter: string;
  readonly logFile: string;
}

/** The fake DMS as a child process, which takes packages away at once. */
export class DmsProcess {
  readonly #child: Child;

  constructor(readonly options: DmsOptions) {
    const { root, folder, taken, parameter, logFile } = options;
    this.#child = Child.start({
      args: [
        join(root, 'libs/testing/dist/fake-dms-main.js'),
        ...['--inbox', join(folder, 'inbox')],
        ...['--outbox', join(folder, 'replies')],
        ...['--taken', taken],
        ...['--parameter', parameter],
      ],
      logFile,
      environment: plainEnvironment(),
    });
  }

  get running(): boolean {
    return this.#child.state === undefined;
  }

  async ready(): Promise<void> {
    while (!existsSync(join(this.options.taken, 'answers.jsonl'))) {
      if (!this.running) throw new Error(`the fake DMS ended; see ${this.options.logFile}`);
      await pause(20);
    }
  }

  async stop(): Promise<void> {
    await this.#child.stop(10_000);
  }
}
