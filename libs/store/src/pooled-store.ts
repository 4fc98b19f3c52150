import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@ozg-hub/core';
import pg from 'pg';
import { type ConnectionTarget, checkServer, connectionOptions } from './connection.ts';
import { storeErrors } from './errors.ts';
import { SessionLocks } from './session-locks.ts';
import type { Listener } from './listener.ts';
import { connectionIsLost, isCollision, planIsStale, storeError } from './sql-failure.ts';
import type { HeldLock, Store, Subscription, Tx } from './store.port.ts';

const MAX_ATTEMPTS = 4;
const MAX_PREPARED = 500;

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
  #closing: Promise<void> | undefined;

  constructor(options: PooledStoreOptions) {
    this.schema = options.target.schema;
    this.#options = options;
    this.#locks = new SessionLocks(options.target, options.logger);
    this.#pool = new pg.Pool({
      ...connectionOptions(options.target),
      max: options.maxConnections,
      idleTimeoutMillis: 60_000,
      onConnect: checkServer,
    });
    this.#pool.on('error', (error) => {
      options.logger.warn({ schema: this.schema, reason: error.message }, 'idle database connection lost');
    });
  }

  async query<Row extends object = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<Row[]> {
    const client = await this.#acquire();
    let broken = false;
    try {
      return (await client.query(this.#statement(text, params))).rows as Row[];
    } catch (error) {
      broken = connectionIsLost(error) || planIsStale(error);
      throw storeError(error);
    } finally {
      client.release(broken);
    }
  }

  async tx<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(work);
      } catch (error) {
        if (!isCollision(error) || attempt === MAX_ATTEMPTS) throw error;
        await pause(Math.random() * 20 * 2 ** attempt);
      }
    }
  }

  async listen(channel: string, wake: () => void): Promise<Subscription> {
    this.#refuseWhenClosed();
    return await this.#options.listener.listen(channel, wake);
  }

  async lock(name: string): Promise<HeldLock | undefined> {
    this.#refuseWhenClosed();
    return await this.#locks.take(name);
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#pool.end(), this.#locks.releaseAll()]).then(() => undefined);
    return this.#closing;
  }

  async #attempt<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const client = await this.#acquire();
    const committed: (() => void)[] = [];
    let broken = false;
    // A rejected statement is reported by its promise; without a listener the event would end the process.
    const ignore = () => {
      broken = true;
    };
    client.on('error', ignore);
    const tx: Tx = {
      query: async <Row extends object>(text: string, params?: readonly unknown[]) => {
        try {
          return (await client.query(this.#statement(text, params))).rows as Row[];
        } catch (error) {
          broken ||= connectionIsLost(error) || planIsStale(error);
          throw storeError(error);
        }
      },
      afterCommit: (run) => void committed.push(run),
    };
    let result: T;
    try {
      await tx.query('BEGIN');
      result = await work(tx).catch(async (error: unknown) => {
        if (!broken) await tx.query('ROLLBACK').catch(() => undefined);
        throw error;
      });
      await commit(client).catch((error: unknown) => {
        broken ||= connectionIsLost(error);
        throw error;
      });
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
    for (const run of committed) this.#runAfterCommit(run);
    return result;
  }

  #runAfterCommit(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.logger.error({ schema: this.schema, err: error as Error }, 'action after commit failed');
    }
  }

  async #acquire(): Promise<pg.PoolClient> {
    this.#refuseWhenClosed();
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw storeError(error);
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closing) throw storeErrors.HUB_STORE_CLOSED();
  }

  #statement(text: string, params: readonly unknown[] | undefined): pg.QueryConfig {
    if (!params) return { text };
    let name = this.#names.get(text);
    if (name === undefined && this.#names.size < MAX_PREPARED) {
      name = `s${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
      this.#names.set(text, name);
    }
    return name === undefined ? { text, values: [...params] } : { name, text, values: [...params] };
  }
}

async function commit(client: pg.PoolClient): Promise<void> {
  let command: string;
  try {
    ({ command } = await client.query('COMMIT'));
  } catch (error) {
    throw connectionIsLost(error) ? storeErrors.HUB_STORE_COMMIT_UNKNOWN({ cause: error }) : storeError(error);
  }
  if (command !== 'COMMIT') throw storeErrors.HUB_STORE_ROLLED_BACK();
}
