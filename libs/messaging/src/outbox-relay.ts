import { type Failpoints, type HubError, type Logger, isHubError, noFailpoints } from '@ozg-hub/core';
import { type HeldLock, type OutboxRecord, type Store, outbox, outboxChannel } from '@ozg-hub/store';
import { type Backoff, backoffMs, defaultBackoff, pause } from './backoff.ts';
import type { Bus } from './bus.port.ts';
import { messagingErrors } from './errors.ts';
import { type MessagingMetrics, noMetrics } from './messaging-metrics.port.ts';
import { WakeUp } from './wake-up.ts';

const LOCK = 'outbox-relay';
const BATCH = 500;
/** A try for the lock costs a connection. */
const POLLS_PER_LOCK = 5;
const PRUNE_EVERY_MS = 60 * 60_000;

/** Days for which what was published can be published again. */
export const OUTBOX_KEEP_DAYS = 2;

const NEXT = `
  SELECT position, id, topic, key, headers, value FROM outbox
  WHERE published_at IS NULL AND position <> ALL ($1::bigint[]) AND topic <> ALL ($2::text[])
  ORDER BY position LIMIT ${BATCH}`;

const MARK = 'UPDATE outbox SET published_at = now() WHERE position = ANY ($1::bigint[])';

const WAITING = `
  SELECT count(*) AS count, extract(epoch FROM now() - min(created_at))::float8 AS "oldestSeconds"
  FROM outbox WHERE published_at IS NULL`;

interface OutboxRow extends OutboxRecord {
  readonly position: number;
}

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

export interface OutboxRelayOptions {
  /** A schema with the table of `outboxMigrations`. */
  readonly store: Store;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly metrics?: MessagingMetrics;
  readonly failpoints?: Failpoints;
  /** Notifications only wake; each interval the relay looks anyway. Defaults to 1000. */
  readonly pollIntervalMs?: number;
  /** Defaults to 100 ms doubling up to 30 s. */
  readonly backoff?: Backoff;
  /** Days for which published rows stay in the outbox. Defaults to {@link OUTBOX_KEEP_DAYS}. */
  readonly keepDays?: number;
}

/** What an outbox holds that is not published. */
export interface WaitingOutbox {
  readonly schema: string;
  readonly count: number;
  /** Age of the oldest event, in seconds; undefined where there is none. */
  readonly oldestSeconds: number | undefined;
  /** How many of them the bus refuses for what they are, as far as this process tried. */
  readonly refused: number;
}

/**
 * Publishes the outbox of one schema: in order of position, in batches, each row marked after it was published; a crash in
 * between publishes it once more. One relay per schema works at a time, others wait for its lock.
 */
export class OutboxRelay {
  readonly #options: Required<OutboxRelayOptions>;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #wakeUp = new WakeUp();
  /** Rows that the bus refuses for what they are; tried again after the next start. */
  readonly #refused = new Set<number>();
  /** Topics that the bus does not have just now: their rows wait in order, others go on. */
  readonly #absent = new Map<string, { readonly failures: number; readonly until: number }>();
  #waiters: Waiter[] = [];
  #running: Promise<void> | undefined;

  constructor(options: OutboxRelayOptions) {
    this.#options = {
      metrics: noMetrics,
      failpoints: noFailpoints,
      pollIntervalMs: 1_000,
      backoff: defaultBackoff,
      keepDays: OUTBOX_KEEP_DAYS,
      ...options,
    };
    this.#logger = options.logger.child({ schema: options.store.schema });
  }

  get schema(): string {
    return this.#options.store.schema;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Looks at once; for writers of the same process, after their commit. */
  wake(): void {
    this.#wakeUp.wake();
  }

  /**
   * Publishes what is committed by now and gives the lock back. Where another process has the lock, that one publishes; where
   * the bus fails, the rest stays in the outbox.
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(messagingErrors.HUB_BUS_RELAY_STOPPED());
  }

  /**
   * Resolves when everything committed before the call is published, here or by another process.
   * @throws HUB_BUS_RELAY_STOPPED
   */
  async flushed(): Promise<void> {
    if (this.#stopping.signal.aborted) throw messagingErrors.HUB_BUS_RELAY_STOPPED();
    await new Promise<void>((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#wakeUp.wake();
    });
  }

  async waiting(): Promise<WaitingOutbox> {
    const [row] = await this.#options.store.query<{ count: number; oldestSeconds: number | null }>(WAITING);
    const { count, oldestSeconds } = row!;
    return { schema: this.schema, count, oldestSeconds: oldestSeconds ?? undefined, refused: this.#refused.size };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let listening: { close(): Promise<void> } | undefined;
    for (let failures = 0; !signal.aborted;) {
      let lock: HeldLock | undefined;
      try {
        listening ??= await this.#options.store.listen(outboxChannel(this.#options.store.schema), () => this.wake());
        lock = await this.#options.store.lock(LOCK);
        if (lock) await this.#lead(lock.lost, () => (failures = 0));
        else await this.#follow();
      } catch (error) {
        failures += 1;
        const waitMs = backoffMs(failures, this.#options.backoff);
        this.#logger.warn({ err: error as Error, failures, waitMs }, 'the outbox cannot be published, trying again');
        await pause(waitMs, signal);
      } finally {
        await this.#release(lock);
      }
    }
    await listening?.close();
  }

  /** Publishes until the lock is lost or the relay stops. */
  async #lead(lost: AbortSignal, onProgress: () => void): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, lost]);
    let prunedAt = performance.now();
    while (!signal.aborted) {
      const seen = this.#wakeUp.generation;
      const waiters = [...this.#waiters];
      const rows = await this.#next();
      if (rows.length > 0) await this.#publish(rows);
      onProgress();
      if (rows.length === BATCH) continue;
      if (this.#absent.size === 0) this.#settle(waiters);
      if (performance.now() - prunedAt > PRUNE_EVERY_MS) {
        prunedAt = performance.now();
        await outbox.prune(this.#options.store, this.#options.keepDays);
      }
      await this.#wakeUp.sleep(seen, this.#options.pollIntervalMs, signal);
    }
    if (this.#stopping.signal.aborted) await this.#publishRest(lost);
  }

  /** As many as wait when it begins: others may go on writing. */
  async #publishRest(lost: AbortSignal): Promise<void> {
    for (let { count } = await this.waiting(); count > 0 && !lost.aborted;) {
      const rows = await this.#next();
      if (rows.length === 0) return;
      await this.#publish(rows);
      count -= rows.length;
    }
  }

  async #next(): Promise<readonly OutboxRow[]> {
    const now = performance.now();
    const waiting = [...this.#absent].filter(([, { until }]) => until > now).map(([topic]) => topic);
    return await this.#options.store.query<OutboxRow>(NEXT, [[...this.#refused], waiting]);
  }

  /** Another process publishes: looks now and then whether it still does. */
  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    for (let polls = 0; polls < POLLS_PER_LOCK && !signal.aborted; polls += 1) {
      const waiters = [...this.#waiters];
      if (waiters.length > 0 && (await this.waiting()).count === 0) this.#settle(waiters);
      await pause(this.#options.pollIntervalMs, signal);
    }
  }

  async #publish(rows: readonly OutboxRow[]): Promise<void> {
    try {
      await this.#publishAndMark(rows);
    } catch (error) {
      if (!concernsEvents(error)) throw error;
      const absent = new Set<string>();
      for (const row of rows) {
        if (!absent.has(row.topic) && !(await this.#publishAlone(row))) absent.add(row.topic);
      }
    }
  }

  /** False where the bus has no such topic: what follows in it must wait, too. */
  async #publishAlone(row: OutboxRow): Promise<boolean> {
    try {
      await this.#publishAndMark([row]);
    } catch (error) {
      if (!concernsEvents(error)) throw error;
      if (error.code === 'HUB_BUS_UNKNOWN_TOPIC') {
        this.#putOff(row.topic);
        return false;
      }
      this.#refused.add(row.position);
      this.#logger.error(
        { err: error, event: row.id, topic: row.topic, position: row.position },
        'the bus refuses an event; it stays in the outbox',
      );
    }
    return true;
  }

  #putOff(topic: string): void {
    const failures = (this.#absent.get(topic)?.failures ?? 0) + 1;
    const waitMs = backoffMs(failures, this.#options.backoff);
    this.#absent.set(topic, { failures, until: performance.now() + waitMs });
    this.#logger.warn({ topic, failures, waitMs }, 'the bus has no such topic; its events wait');
  }

  async #publishAndMark(rows: readonly OutboxRow[]): Promise<void> {
    const { bus, store, metrics, failpoints } = this.#options;
    await bus.publish(rows);
    for (const { topic } of rows) this.#absent.delete(topic);
    failpoints.hit('outbox.published');
    await store.query(MARK, [rows.map(({ position }) => position)]);
    metrics.published(store.schema, rows.length);
  }

  #settle(waiters: readonly Waiter[]): void {
    if (waiters.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !waiters.includes(waiter));
    for (const waiter of waiters) waiter.resolve();
  }

  async #release(lock: HeldLock | undefined): Promise<void> {
    try {
      await lock?.release();
    } catch (error) {
      this.#logger.debug({ err: error as Error }, 'the lock of the relay went away with its connection');
    }
  }
}

/** Failures of the bus as a whole, which an operator mends; no event is to blame for them. */
const OF_THE_BUS: ReadonlySet<string> = new Set(['HUB_STORE_ACCESS', 'HUB_STORE_TOO_OLD']);

function concernsEvents(error: unknown): error is HubError {
  return isHubError(error) && error.class === 'never' && !OF_THE_BUS.has(error.code);
}
