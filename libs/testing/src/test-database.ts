import { randomBytes } from 'node:crypto';
import { type Logger, silentLogger } from '@ozg-hub/core';
import { Database, type SchemaMigrations } from '@ozg-hub/store';

/** A database of its own for one test file, on the PostgreSQL that the test run started. */
export interface TestDatabase {
  readonly url: string;
  readonly database: Database;
  /** Closes all connections and drops the database. */
  drop(): Promise<void>;
}

/**
 * Creates an empty database and applies the migrations given.
 * The server's address comes from `HUB_TEST_DATABASE_URL`; the jest run sets it (see test/start-postgres.mjs).
 */
export async function testDatabase(
  migrations: readonly SchemaMigrations[] = [],
  logger: Logger = silentLogger,
): Promise<TestDatabase> {
  const server = process.env['HUB_TEST_DATABASE_URL'];
  if (!server) throw new Error('HUB_TEST_DATABASE_URL is not set: run the tests through jest.config.mjs');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const administration = async (sql: string) => {
    const admin = Database.connect({ url: server, logger });
    const store = admin.open('public', { maxConnections: 1 });
    try {
      await store.query(sql);
    } finally {
      await admin.close();
    }
  };
  await administration(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = Database.connect({ url: url.href, logger });
  if (migrations.length > 0) await database.migrate(migrations, 'auto');
  return {
    url: url.href,
    database,
    drop: async () => {
      await database.close();
      await administration(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
