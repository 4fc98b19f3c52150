import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { storeErrors } from './errors.ts';

/** The migrations of one owner (a service or a lib that owns tables). */
export interface MigrationSet {
  /** Stable name under which applied files are recorded. */
  readonly owner: string;
  /** Folder of `0001-what-it-adds.sql` files, applied in the order of their names. */
  readonly folder: URL;
}

/** What a schema needs, in the order in which it is applied. */
export interface SchemaMigrations {
  readonly schema: string;
  readonly sets: readonly MigrationSet[];
}

export interface MigrationFile {
  readonly owner: string;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/;

/** @throws HUB_STORE_MIGRATION_NAME */
export async function readMigrations(sets: readonly MigrationSet[]): Promise<MigrationFile[]> {
  const files: MigrationFile[] = [];
  for (const set of sets) {
    for (const name of await migrationNames(set)) {
      const sql = await readFile(new URL(name, set.folder), 'utf8');
      files.push({ owner: set.owner, name, sql, sha256: createHash('sha256').update(sql).digest('hex') });
    }
  }
  return files;
}

async function migrationNames(set: MigrationSet): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(set.folder);
  } catch (cause) {
    throw storeErrors.HUB_STORE_MIGRATION_NAME({ detail: `The migrations of ${set.owner} cannot be read.`, cause });
  }
  const wrong = names.filter((name) => !FILE_NAME.test(name));
  if (wrong.length > 0) {
    throw storeErrors.HUB_STORE_MIGRATION_NAME({
      places: wrong.map((file) => ({ file, message: `is no migration of ${set.owner}` })),
    });
  }
  return names.toSorted();
}
