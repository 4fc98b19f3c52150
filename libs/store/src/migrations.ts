import type { Logger } from '@ozg-hub/core';
import pg from 'pg';
import { checkSchemaName } from './connection.ts';
import { storeErrors } from './errors.ts';
import { type MigrationFile, type SchemaMigrations, readMigrations } from './migration-files.ts';
import { SqlFailure, storeError } from './sql-failure.ts';

export interface MigrationName {
  readonly schema: string;
  readonly owner: string;
  readonly name: string;
}

export interface MigrationReport {
  readonly applied: readonly MigrationName[];
  /** Files of the plan that were applied before. */
  readonly upToDate: number;
  /** Recorded by owners of the plan, unknown to it: a newer version of the hub was here. */
  readonly newer: readonly MigrationName[];
}

/** `auto` applies what is missing, `check` only tells. */
export type MigrationMode = 'auto' | 'check';

interface Recorded {
  readonly owner: string;
  readonly name: string;
  readonly sha256: string;
}

/** `ozg-hub` as a number: one migration run at a time per database. */
const RUN_LOCK = 0x6f7a672d687562n.toString();
const LOCK_WAIT_MS = 60_000;

/** Applies a plan through one connection, each file in a transaction of its own, under an advisory lock. */
export class MigrationRun {
  readonly #client: pg.ClientBase;
  readonly #logger: Logger;

  constructor(client: pg.ClientBase, logger: Logger) {
    this.#client = client;
    this.#logger = logger;
  }

  async run(plan: readonly SchemaMigrations[], mode: MigrationMode): Promise<MigrationReport> {
    for (const { schema } of plan) checkSchemaName(schema);
    if (mode === 'auto') await this.#takeLock();
    const applied: MigrationName[] = [];
    const missing: MigrationName[] = [];
    const newer: MigrationName[] = [];
    let upToDate = 0;
    for (const { schema, sets } of plan) {
      const files = await readMigrations(sets);
      const recorded = await this.#recorded(schema, mode);
      const pending = this.#compare(schema, files, recorded);
      upToDate += files.length - pending.length;
      newer.push(...unknownOnes(schema, files, recorded));
      for (const file of pending) {
        if (mode === 'auto') await this.#apply(schema, file);
        (mode === 'auto' ? applied : missing).push({ schema, owner: file.owner, name: file.name });
      }
    }
    if (missing.length > 0) throw pendingError(missing);
    return { applied, upToDate, newer };
  }

  async #takeLock(): Promise<void> {
    try {
      await this.#client.query(`SET lock_timeout = ${LOCK_WAIT_MS}`);
      await this.#client.query('SELECT pg_advisory_lock($1)', [RUN_LOCK]);
      await this.#client.query('SET lock_timeout = 5000');
    } catch (error) {
      if (new SqlFailure(error).sqlState === '55P03') throw storeErrors.HUB_STORE_MIGRATION_LOCKED({ cause: error });
      throw storeError(error);
    }
  }

  async #recorded(schema: string, mode: MigrationMode): Promise<Recorded[]> {
    try {
      if (mode === 'auto') {
        await this.#client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
        await this.#client.query(`CREATE TABLE IF NOT EXISTS "${schema}".migration (
          owner text NOT NULL, name text NOT NULL, sha256 text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (owner, name))`);
      } else {
        const { rows } = await this.#client.query('SELECT to_regclass($1) AS found', [`"${schema}".migration`]);
        if (rows[0].found === null) return [];
      }
      return (await this.#client.query<Recorded>(`SELECT owner, name, sha256 FROM "${schema}".migration`)).rows;
    } catch (error) {
      throw storeError(error);
    }
  }

  #compare(schema: string, files: readonly MigrationFile[], recorded: readonly Recorded[]): MigrationFile[] {
    const hashes = new Map(recorded.map((row) => [`${row.owner}/${row.name}`, row.sha256]));
    const altered = files.filter((file) => (hashes.get(`${file.owner}/${file.name}`) ?? file.sha256) !== file.sha256);
    if (altered.length > 0) {
      throw storeErrors.HUB_STORE_MIGRATION_ALTERED({
        detail: `Applied migrations were altered: ${altered.map((file) => `${schema}: ${file.owner}/${file.name}`).join(', ')}.`,
        places: altered.map((file) => ({ file: file.name, message: `differs from what was applied to ${schema}` })),
      });
    }
    return files.filter((file) => !hashes.has(`${file.owner}/${file.name}`));
  }

  async #apply(schema: string, file: MigrationFile): Promise<void> {
    try {
      await this.#client.query('BEGIN');
      await this.#client.query(`SET LOCAL search_path = "${schema}"`);
      await this.#client.query(file.sql);
      await this.#client.query(`INSERT INTO "${schema}".migration (owner, name, sha256) VALUES ($1, $2, $3)`, [
        file.owner,
        file.name,
        file.sha256,
      ]);
      await this.#client.query('COMMIT');
    } catch (error) {
      // Where this fails as well the connection is gone, and with it the transaction.
      await this.#client.query('ROLLBACK').catch(() => undefined);
      throw failedError(schema, file, error);
    }
    this.#logger.info({ schema, owner: file.owner, migration: file.name }, 'migration applied');
  }
}

function unknownOnes(schema: string, files: readonly MigrationFile[], recorded: readonly Recorded[]): MigrationName[] {
  const known = new Set(files.map((file) => `${file.owner}/${file.name}`));
  const owners = new Set(files.map((file) => file.owner));
  return recorded
    .filter((row) => owners.has(row.owner) && !known.has(`${row.owner}/${row.name}`))
    .map(({ owner, name }) => ({ schema, owner, name }));
}

function pendingError(missing: readonly MigrationName[]): Error {
  return storeErrors.HUB_STORE_MIGRATION_PENDING({
    detail: `The database lacks ${missing.length} migration(s) of this version.`,
    places: missing.map(({ schema, owner, name }) => ({
      file: name,
      message: `${owner} is missing in schema ${schema}`,
    })),
  });
}

function failedError(schema: string, file: MigrationFile, error: unknown): Error {
  const cause = new SqlFailure(error);
  if (cause.sqlState === '') return storeError(error);
  if (cause.sqlState === '55P03') return storeErrors.HUB_STORE_MIGRATION_LOCKED({ cause });
  const line = cause.position === undefined ? {} : { line: file.sql.slice(0, cause.position).split('\n').length };
  return storeErrors.HUB_STORE_MIGRATION_FAILED({
    detail: `Migration ${file.owner}/${file.name} failed in schema ${schema}.`,
    places: [{ file: file.name, ...line, message: cause.message }],
    cause,
  });
}
