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
  /** Says nothing until {@link DmsProcess.speak}. */
  readonly silent: boolean;
  readonly logFile: string;
}

/** The fake DMS as a child process, which takes packages away at once. */
export class DmsProcess {
  #child: Child;

  constructor(readonly options: DmsOptions) {
    this.#child = this.#start(options.silent);
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

  /** Answers what it has taken so far, and from now on. */
  async speak(): Promise<void> {
    if (!this.options.silent) return;
    await this.stop();
    this.#child = this.#start(false);
  }

  async stop(): Promise<void> {
    await this.#child.stop(10_000);
  }

  #start(silent: boolean): Child {
    const { root, folder, taken, parameter, logFile } = this.options;
    return Child.start({
      args: [
        join(root, 'libs/testing/dist/fake-dms-main.js'),
        ...['--inbox', join(folder, 'inbox')],
        ...['--outbox', join(folder, 'replies')],
        ...['--taken', taken],
        ...['--parameter', parameter],
        ...(silent ? ['--lose-receipt', '--lose-result'] : []),
      ],
      logFile,
      environment: plainEnvironment(),
    });
  }
}
