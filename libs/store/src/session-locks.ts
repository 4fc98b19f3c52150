import type { Logger } from '@ozg-hub/core';
import pg from 'pg';
import { type ConnectionTarget, checkServer, connectionOptions } from './connection.ts';
import { storeError } from './sql-failure.ts';
import type { HeldLock } from './store.port.ts';

/** How often a lock's connection is asked whether it still lives; catches what TCP does not tell. */
const CHECK_EVERY_MS = 5_000;

/** Advisory locks, each on a connection of its own, so that losing the connection is losing the lock. */
export class SessionLocks {
  readonly #target: ConnectionTarget;
  readonly #logger: Logger;
  readonly #held = new Set<HeldLock>();

  constructor(target: ConnectionTarget, logger: Logger) {
    this.#target = target;
    this.#logger = logger;
  }

  async take(name: string): Promise<HeldLock | undefined> {
    const client = new pg.Client({ ...connectionOptions(this.#target), query_timeout: CHECK_EVERY_MS });
    const lost = new AbortController();
    const lose = () => lost.abort();
    client.on('error', lose).on('end', lose);
    try {
      await client.connect();
      await checkServer(client);
      const { rows } = await client.query<{ locked: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
        [`${this.#target.schema}:${name}`],
      );
      if (!rows[0]!.locked) {
        await client.end();
        return undefined;
      }
    } catch (error) {
      await client.end();
      throw storeError(error);
    }
    return this.#hold(name, client, lost);
  }

  async releaseAll(): Promise<void> {
    await Promise.all([...this.#held].map((lock) => lock.release()));
  }

  #hold(name: string, client: pg.Client, lost: AbortController): HeldLock {
    const check = setInterval(() => {
      client.query('SELECT 1').catch(() => lost.abort());
    }, CHECK_EVERY_MS).unref();
    const lock: HeldLock = {
      lost: lost.signal,
      release: async () => {
        clearInterval(check);
        this.#held.delete(lock);
        await client.end();
      },
    };
    this.#held.add(lock);
    lost.signal.addEventListener('abort', () => {
      clearInterval(check);
      if (!this.#held.delete(lock)) return;
      this.#logger.warn({ schema: this.#target.schema, lock: name }, 'advisory lock lost');
      void client.end();
    });
    return lock;
  }
}
