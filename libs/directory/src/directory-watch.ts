import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, type ErrorPlace, type Logger, isHubError, systemClock } from '@ozg-hub/core';
import { ListeningLoop, type Store } from '@ozg-hub/store';
import type { Directory } from './directory.ts';
import { directoryErrors } from './errors.ts';

export interface DirectoryWatchOptions {
  readonly directory: Directory;
  /** Schema `directory`: there the processes of a hub tell each other to look. */
  readonly store: Store;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  /** Milliseconds between two looks at the folder; 0: only when told. Default 10,000. */
  readonly pollMs?: number | undefined;
  /** Milliseconds for which a changed folder has to stay as it is before it is read unasked. Default 1,000. */
  readonly settleMs?: number | undefined;
  /** Is told of each reading. */
  readonly observe?: ((outcome: ReloadOutcome['outcome'] | 'failed') => void) | undefined;
}

export interface ReloadOutcome {
  /** `refused`: the folder has errors, and what ran before goes on. */
  readonly outcome: 'changed' | 'unchanged' | 'refused';
  /** With which new submissions are accepted from now on. */
  readonly version: string;
  /** What to correct, the first 50. */
  readonly errors: readonly ErrorPlace[];
}

/** A change of the folder that is not in use. */
export interface RefusedChange {
  readonly at: Date;
  /** HUB_DIRECTORY_INVALID, or why the folder could not be read or its new version not be stored. */
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly ErrorPlace[];
}

export interface DirectoryState {
  readonly version: string;
  /** Since when this process works with it. */
  readonly since: Date;
  readonly refused?: RefusedChange | undefined;
}

const CHANNEL = 'directory_look';
/** Of the errors, so many are logged; all are in the state. */
const MOST_LOGGED = 5;

/** Takes changes of the directory's folder into use while the hub runs, in every process of it. */
export class DirectoryWatch {
  readonly #options: DirectoryWatchOptions;
  readonly #clock: Clock;
  #since: Date;
  #refused: RefusedChange | undefined;
  #failure: RefusedChange | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #loop: ListeningLoop;

  constructor(options: DirectoryWatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#since = this.#clock.now();
    const { store, pollMs = 10_000 } = options;
    this.#loop = new ListeningLoop({
      store,
      channel: CHANNEL,
      everyMs: pollMs === 0 ? undefined : pollMs,
      look: (stopping) => this.#look(stopping),
      onError: (error) => void this.#failed(error),
    });
  }

  get state(): DirectoryState {
    return {
      version: this.#options.directory.current().version,
      since: this.#since,
      refused: this.#failure ?? this.#refused,
    };
  }

  /** Begins to look; returns at once. */
  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.#turn;
  }

  /**
   * Reads the folder now, and tells the other processes to look at theirs.
   * @throws HUB_DIRECTORY_UNREADABLE, HUB_STORE_…: what ran before goes on
   */
  async reload(): Promise<ReloadOutcome> {
    const outcome = await this.#inTurn(() => this.#read()).catch((error: unknown) => {
      throw this.#failed(error);
    });
    await this.#tell();
    return outcome;
  }

  /** A folder that somebody is still writing to is left until it stays as it is. */
  async #look(stopping: AbortSignal): Promise<undefined> {
    const { directory, settleMs = 1_000 } = this.#options;
    let print = await directory.printNow();
    if (print === directory.printRead) {
      this.#failure = undefined;
      return;
    }
    for (let before = ''; before !== print && !stopping.aborted;) {
      await delay(settleMs, undefined, { signal: stopping }).catch(() => undefined);
      before = print;
      print = await directory.printNow();
    }
    if (stopping.aborted) return;
    const { outcome } = await this.#inTurn(() => this.#read());
    if (outcome === 'changed') await this.#tell();
  }

  async #read(): Promise<ReloadOutcome> {
    const { directory, logger, observe } = this.#options;
    try {
      const { version, changed } = await directory.reload();
      this.#failure = this.#refused = undefined;
      if (changed) this.#since = this.#clock.now();
      const outcome = changed ? 'changed' : 'unchanged';
      logger.info({ version, outcome }, 'directory read again');
      observe?.(outcome);
      return { outcome, version, errors: [] };
    } catch (error) {
      if (!isHubError(error, 'HUB_DIRECTORY_INVALID')) throw error;
      const { code, message: detail, places: errors } = error;
      this.#failure = undefined;
      this.#refused = { at: this.#clock.now(), code, detail, errors };
      const { version } = directory.current();
      logger.error(
        { code, version, errors: errors.length },
        'the changed directory has errors; the one before goes on',
      );
      for (const { file, line, message } of errors.slice(0, MOST_LOGGED)) {
        logger.error({ file, line }, `directory: ${message}`);
      }
      observe?.('refused');
      return { outcome: 'refused', version, errors };
    }
  }

  /** Said once, until it can be read again. */
  #failed(cause: unknown) {
    const { logger, observe } = this.#options;
    const error = isHubError(cause) ? cause : directoryErrors.HUB_DIRECTORY_UNREADABLE({ cause });
    if (this.#failure?.code !== error.code) {
      this.#failure = { at: this.#clock.now(), code: error.code, detail: error.message, errors: [] };
      logger.error({ err: error }, 'the directory cannot be read again; the one before goes on');
    }
    observe?.('failed');
    return error;
  }

  /** Processes that do not hear it find the change at their next look. */
  async #tell(): Promise<void> {
    const { store, logger } = this.#options;
    try {
      await store.tx(async (tx) => tx.notify(CHANNEL));
    } catch (error) {
      logger.warn({ err: error as Error }, 'other processes could not be told of the directory');
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
