import type { Logger } from '@ozg-hub/core';
import pg from 'pg';
import { type ConnectionTarget, checkSchemaName, checkServer, checkUrl, connectionOptions } from './connection.ts';
import { Listener } from './listener.ts';
import type { SchemaMigrations } from './migration-files.ts';
import { type MigrationMode, type MigrationReport, MigrationRun } from './migrations.ts';
import { PooledStore } from './pooled-store.ts';
import { storeError } from './sql-failure.ts';
import type { Store } from './store.port.ts';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database?…`; PostgreSQL 15 or newer, reached directly or by a session pooler. */
  readonly url: string;
  readonly logger: Logger;
  /** Seen in pg_stat_activity, followed by the schema. Default `ozg-hub`. */
  readonly applicationName?: string;
}

export interface StoreOptions {
  /** Default 10. Locks and the shared listener have connections of their own. */
  readonly maxConnections?: number;
}

/** One PostgreSQL database. Connects on first use and again whenever a connection is lost. */
export class Database {
  readonly #options: DatabaseOptions;
  readonly #applicationName: string;
  readonly #listener: Listener;
  readonly #stores = new Set<PooledStore>();

  private constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#applicationName = options.applicationName ?? 'ozg-hub';
    this.#listener = new Listener(this.#target('public'), options.logger);
  }

  /** Opens no connection yet. @throws HUB_STORE_URL */
  static connect(options: DatabaseOptions): Database {
    checkUrl(options.url);
    return new Database(options);
  }

  /** A handle on one schema with a pool of its own; the schema may be created later. @throws HUB_STORE_NAME */
  open(schema: string, options: StoreOptions = {}): Store {
    checkSchemaName(schema);
    const store = new PooledStore({
      target: this.#target(schema),
      maxConnections: options.maxConnections ?? 10,
      listener: this.#listener,
      logger: this.#options.logger,
    });
    this.#stores.add(store);
    return store;
  }

  /**
   * Brings the schemas up to the plan, or tells what is missing.
   * @throws HUB_STORE_MIGRATION_ALTERED, _PENDING (mode `check`), _FAILED, _LOCKED
   */
  async migrate(plan: readonly SchemaMigrations[], mode: MigrationMode): Promise<MigrationReport> {
    return await this.#once({ ...this.#target('public'), statementTimeout: 0 }, (client) =>
      new MigrationRun(client, this.#options.logger).run(plan, mode),
    );
  }

  /** Proves by a new connection that the server answers. @throws HUB_STORE_UNREACHABLE, _ACCESS, _TOO_OLD */
  async ping(): Promise<void> {
    await this.#once(this.#target('public'), (client) => client.query('SELECT 1'));
  }

  /** Closes every store and the listener; running statements are waited for. */
  async close(): Promise<void> {
    await Promise.all([this.#listener.close(), ...[...this.#stores].map((store) => store.close())]);
  }

  async #once<T>(target: ConnectionTarget, run: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client(connectionOptions(target));
    // The statement in flight is rejected with the same error.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await checkServer(client);
      return await run(client);
    } catch (error) {
      throw storeError(error);
    } finally {
      await client.end();
    }
  }

  #target(schema: string): ConnectionTarget {
    return { url: this.#options.url, schema, applicationName: this.#applicationName };
  }
}
