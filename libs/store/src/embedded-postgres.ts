import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@ozg-hub/core';
import { storeErrors } from './errors.ts';
import { type Postmaster, ensurePostmaster, stopPostmaster } from './postmaster.ts';
import { type ServerBinaries, serverBinaries } from './server-binaries.ts';
import { SERVER_USER, openCluster } from './server-cluster.ts';
import { type ServerPlace, serverPlace } from './server-place.ts';

export interface EmbeddedPostgresOptions {
  /** The hub's data directory; exists, and is locked by {@link lockDataDir}. The cluster lies below it where it can. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** Told what a person at the terminal should know: where data lies, why a start takes long. Default: the log. */
  readonly say?: (line: string) => void;
  /** Where programs and data go that must leave a closed folder. Default `/var/tmp`. */
  readonly spareRoot?: string;
  /** Package with PostgreSQL's programs. Default: the installed one of this platform. */
  readonly packageFolder?: string;
}

/** A PostgreSQL server of the hub's own, reachable on 127.0.0.1 only, started again when it dies. */
export interface EmbeddedPostgres {
  /** Database URL with the password; the same until {@link stop}. */
  readonly url: string;
  /** Of the server process now running. */
  readonly pid: number;
  /** It was found running, left behind by a hub that was killed. */
  readonly adopted: boolean;
  /** Where PostgreSQL's programs run from. */
  readonly binariesDir: string;
  /** PostgreSQL's data directory. */
  readonly dataDir: string;
  /** Fast shutdown, waited for; then immediate. */
  stop(): Promise<void>;
}

const FIRST_RESTART_MS = 50;
const LONGEST_RESTART_MS = 5_000;

/**
 * Starts the PostgreSQL server that comes with the hub, or adopts the one that a killed hub left running. As root the
 * server runs under `nobody`. Ready in about a second on an initialised directory.
 * @throws HUB_STORE_MAJOR_VERSION, HUB_STORE_NO_BINARIES, HUB_STORE_PLACE_CLOSED, HUB_STORE_PLACE_FOREIGN,
 * HUB_STORE_SERVER_FAILED
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') throw storeErrors.HUB_STORE_NO_BINARIES();
  const { logger, spareRoot = '/var/tmp' } = options;
  const say = options.say ?? ((line: string) => logger.info({}, line));
  const place = await serverPlace(options.dataDir, spareRoot, say);
  const binaries = await serverBinaries({ ...options, account: place.account, spareRoot, say });
  const password = await openCluster(place, binaries);
  const first = await ensurePostmaster(place, binaries, undefined, say);
  logger.info({ pid: first.pid, port: first.port, adopted: first.adopted }, 'embedded PostgreSQL is ready');
  return new SupervisedPostgres({ place, binaries, first, say, logger, password });
}

interface Supervision {
  readonly place: ServerPlace;
  readonly binaries: ServerBinaries;
  readonly first: Postmaster;
  readonly password: string;
  readonly say: (line: string) => void;
  readonly logger: Logger;
}

class SupervisedPostgres implements EmbeddedPostgres {
  readonly url: string;
  readonly adopted: boolean;
  readonly binariesDir: string;
  readonly dataDir: string;
  readonly #supervision: Supervision;
  readonly #stopping = new AbortController();
  #current: Postmaster;
  #watch: Promise<void>;
  #stopped: Promise<void> | undefined;

  constructor(supervision: Supervision) {
    const { first, place, binaries, password } = supervision;
    this.#supervision = supervision;
    this.#current = first;
    this.url = `postgres://${SERVER_USER}:${password}@127.0.0.1:${first.port}/postgres`;
    this.adopted = first.adopted;
    this.binariesDir = binaries.folder;
    this.dataDir = place.cluster;
    this.#watch = this.#keepRunning();
  }

  get pid(): number {
    return this.#current.pid;
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await stopPostmaster(this.#current.pid, this.#current.ended);
    await this.#watch;
  }

  /** The pools of the hub reconnect by themselves, as long as the port stays. */
  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await this.#current.ended;
      if (signal.aborted) return;
      this.#supervision.logger.error({ pid: this.#current.pid }, 'embedded PostgreSQL ended, starting it again');
      for (let wait = FIRST_RESTART_MS; !(await this.#restart()); wait = Math.min(wait * 2, LONGEST_RESTART_MS)) {
        await pause(wait, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
      }
      if (signal.aborted) return await stopPostmaster(this.#current.pid, this.#current.ended);
    }
  }

  async #restart(): Promise<boolean> {
    const { place, binaries, first, say, logger } = this.#supervision;
    try {
      this.#current = await ensurePostmaster(place, binaries, first.port, say);
      logger.info({ pid: this.#current.pid }, 'embedded PostgreSQL is ready again');
      return true;
    } catch (error) {
      logger.error({ err: error as Error }, 'embedded PostgreSQL does not start, trying again');
      return false;
    }
  }
}
