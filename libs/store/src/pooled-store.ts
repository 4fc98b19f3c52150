import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@ozg-hub/core';
import pg from 'pg';
import { type ConnectionTarget, checkServer, connectionOptions } from './connection.ts';
import { storeErrors } from './errors.ts';
import type { Listener } from './listener.ts';
import { SessionLocks } from './session-locks.ts';
import { connectionIsLost, isCollision, planIsStale, storeError } from './sql-failure.ts';
import type { HeldLock, ListenHandle, Store, Tx } from './store.port.ts';
import { Transaction, prepareForTransactions } from './transaction.ts';

const MAX_ATTEMPTS = 4;
const MAX_PREPARED = 500;
/** The first notification leaves at once, the next after this: who is woken under load finds more to do. */
const NOTIFY_EVERY_MS = 20;

export interface PooledStoreOptions {
  readonly target: ConnectionTarget;
  readonly maxConnections: number;
  readonly listener: Listener;
  readonly logger: Logger;
}

/** A schema reached through a pool of its own. */
export class PooledStore implements Store {
  readonly schema: string;
  readonly #pool: pg.Pool;
  readonly #options: PooledStoreOptions;
  readonly #locks: SessionLocks;
  readonly #names = new Map<string, string>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #channels = new Set<string>();
  #notifying = false;
  #closing: Promise<void> | undefined;

  constructor(options: PooledStoreOptions) {
    this.schema = options.target.schema;
    this.#options = options;
    this.#locks = new SessionLocks(options.target, options.logger);
    this.#pool = new pg.Pool({
      ...connectionOptions(options.target),
      max: options.maxConnections,
      idleTimeoutMillis: 60_000,
      onConnect: prepareSession,
    });
    this.#pool.on('error', (error) => {
      // A connection that is being ended: how it ends is no news.
      if (this.#closing) return;
      options.logger.warn({ schema: this.schema, reason: error.message }, 'idle database connection lost');
    });
  }

  query<Row extends object = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<Row[]> {
    return this.#track(() => this.#query<Row>(text, params));
  }

  tx<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#track(async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await this.#attempt(work);
        } catch (error) {
          if (!isCollision(error) || attempt === MAX_ATTEMPTS) throw error;
          await pause(Math.random() * 20 * 2 ** attempt);
        }
      }
    });
  }

  listen(channel: string, wake: (payload?: string) => void): Promise<ListenHandle> {
    return this.#track(() => this.#options.listener.listen(channel, wake));
  }

  lock(name: string): Promise<HeldLock | undefined> {
    return this.#track(() => this.#locks.take(name));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // Ending a pool forgets those who wait for a connection of it.
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    await Promise.all([this.#pool.end(), this.#locks.releaseAll()]);
  }

  async #track<T>(run: () => Promise<T>): Promise<T> {
    if (this.#closing) throw storeErrors.HUB_STORE_CLOSED();
    const running = run();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #query<Row extends object>(text: string, params: readonly unknown[] | undefined): Promise<Row[]> {
    const client = await this.#acquire();
    let unusable = false;
    try {
      return (await client.query(this.#statement(text, params))).rows as Row[];
    } catch (error) {
      unusable = connectionIsLost(error) || planIsStale(error);
      throw storeError(error);
    } finally {
      client.release(unusable);
    }
  }

  async #attempt<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const client = await this.#acquire();
    const tx = new Transaction(this.schema, client, (text, params) => this.#statement(text, params));
    let result: T;
    try {
      try {
        result = await work(tx);
      } catch (error) {
        await tx.rollback();
        throw error;
      }
      await tx.commit();
    } finally {
      client.release(tx.unusable);
    }
    for (const channel of tx.channels) this.#channels.add(channel);
    if (this.#channels.size > 0 && !this.#notifying) this.#track(() => this.#notify()).catch(() => undefined);
    for (const run of tx.committed) this.#runAfterCommit(run);
    return result;
  }

  /**
   * Notifications of many transactions in one statement after their commits. Within them NOTIFY would hold a lock of the
   * whole database until the commit is on disk, so that no two commits share a flush (measured: half the throughput).
   */
  async #notify(): Promise<void> {
    this.#notifying = true;
    try {
      while (this.#channels.size > 0) {
        const channels = [...this.#channels];
        this.#channels.clear();
        await this.#query("SELECT pg_notify(channel, '') FROM unnest($1::text[]) AS channel", [channels]);
        await pause(NOTIFY_EVERY_MS);
      }
    } catch (error) {
      this.#options.logger.warn({ schema: this.schema, reason: storeError(error).code }, 'notification lost');
    } finally {
      this.#notifying = false;
    }
  }

  #runAfterCommit(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.logger.error({ schema: this.schema, err: error as Error }, 'action after commit failed');
    }
  }

  async #acquire(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw storeError(error);
    }
  }

  #statement(text: string, params: readonly unknown[] | undefined): pg.QueryConfig {
    if (!params || params.length === 0) return { text };
    let name = this.#names.get(text);
    if (name === undefined && this.#names.size < MAX_PREPARED) {
      name = `s${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
      this.#names.set(text, name);
    }
    return name === undefined ? { text, values: [...params] } : { name, text, values: [...params] };
  }
}

async function prepareSession(client: pg.ClientBase): Promise<void> {
  // The statement in flight, if any, is rejected; without a listener the event would end the process.
  client.on('error', () => undefined);
  await checkServer(client);
  await prepareForTransactions(client);
}
