import { setTimeout as pause } from 'node:timers/promises';
import { type Logger, isHubError } from '@ozg-hub/core';
import { type Backoff, backoffMs } from '@ozg-hub/messaging';

/** Longest that a start waits for a bus that says nothing. */
const PATIENCE_MS = 15_000;
const BACKOFF: Backoff = { firstMs: 1_000, maxMs: 30_000 };

export interface BusJoiningOptions {
  /** Asks for the topics; repeated while the bus is away. */
  readonly topics: () => Promise<void>;
  /** Begin once, one after the other, when the topics are there. */
  readonly consumers: readonly { consume(): Promise<void> }[];
  readonly logger: Logger;
  readonly stopping: AbortSignal;
  /** The bus refuses this process, or its consumers cannot begin, after the start. */
  readonly onFatal: (error: Error) => void;
  /** Default: 1 s doubling up to 30 s. */
  readonly backoff?: Backoff | undefined;
}

/**
 * Brings a process to its bus. Where the bus is away, the start goes on without it: requests are taken, what they accept waits in
 * the outboxes, and the process begins to consume when the bus is there.
 */
export class BusJoining {
  readonly #options: BusJoiningOptions;
  readonly #failed = new AbortController();
  #joined: Promise<void> | undefined;

  constructor(options: BusJoiningOptions) {
    this.#options = options;
  }

  /** Resolves when the process consumes, or when the bus is found to be away. @throws what the bus refuses for good */
  async start(): Promise<void> {
    const { logger, stopping, onFatal } = this.#options;
    const began = performance.now();
    const joined = this.#join();
    this.#joined = joined.catch(() => undefined);
    const patience = AbortSignal.any([stopping, this.#failed.signal]);
    const late = waited(PATIENCE_MS, patience).then(() => 'late' as const);
    if ((await Promise.race([joined, late])) !== 'late' || stopping.aborted) return;
    const meaning = 'started without the bus: what is accepted waits in the outboxes, and nothing is consumed';
    logger.warn({ waitedMs: Math.round(performance.now() - began) }, meaning);
    joined.catch((error: unknown) => onFatal(error as Error));
  }

  /** Resolves when nothing is tried any more; after the signal was aborted. */
  async ended(): Promise<void> {
    await this.#joined;
  }

  async #join(): Promise<void> {
    const { topics, consumers, logger, stopping, backoff = BACKOFF } = this.#options;
    let failures = 0;
    while (!stopping.aborted) {
      try {
        await topics();
        break;
      } catch (error) {
        if (!isAway(error)) throw error;
        failures += 1;
        this.#failed.abort();
        const waitMs = backoffMs(failures, backoff);
        logger.warn({ err: error, failures, waitMs }, 'the bus cannot be reached, trying again');
        await waited(waitMs, stopping);
      }
    }
    for (const consumer of consumers) if (!stopping.aborted) await consumer.consume();
    if (failures > 0) logger.info({ failures }, 'the bus is there: this process consumes');
  }
}

function isAway(error: unknown): error is Error {
  return isHubError(error, 'HUB_BUS_UNAVAILABLE');
}

async function waited(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}
