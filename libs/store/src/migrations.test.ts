import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import { Database } from './database.ts';
import type { MigrationSet } from './migration-files.ts';
import { temporaryPostgres } from './temporary-postgres.ts';

let server: Awaited<ReturnType<typeof temporaryPostgres>>;
let database: Database;
let folder: string;

beforeAll(async () => {
  server = await temporaryPostgres();
  database = Database.connect({ url: server.url, logger: silentLogger });
}, 60_000);

afterAll(async () => {
  await database.close();
  await server.stop();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ozg-hub-migrations-'));
  await database.open('public').query('DROP SCHEMA IF EXISTS one CASCADE; DROP SCHEMA IF EXISTS two CASCADE');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function set(owner: string, files: Record<string, string>): Promise<MigrationSet> {
  await mkdir(join(folder, owner), { recursive: true });
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, owner, name), sql);
  return { owner, folder: pathToFileURL(`${join(folder, owner)}/`) };
}

describe('migrations', () => {
  test('are applied once, in fixed order, each into the schema that asks for them', async () => {
    const lib = await set('lib', { '0001-a.sql': 'CREATE TABLE a (id int)' });
    const own = await set('own', { '0002-c.sql': 'CREATE TABLE c ()', '0001-b.sql': 'ALTER TABLE a ADD COLUMN b int' });
    const plan = [
      { schema: 'one', sets: [lib, own] },
      { schema: 'two', sets: [lib] },
    ];
    const report = await database.migrate(plan, 'auto');
    expect(report.applied.map(({ schema, owner, name }) => `${schema} ${owner} ${name}`)).toEqual([
      'one lib 0001-a.sql',
      'one own 0001-b.sql',
      'one own 0002-c.sql',
      'two lib 0001-a.sql',
    ]);
    expect(await database.migrate(plan, 'auto')).toEqual({ applied: [], upToDate: 4, newer: [] });
    expect(await database.migrate(plan, 'check')).toEqual({ applied: [], upToDate: 4, newer: [] });
    expect(await database.open('two').query('SELECT * FROM a')).toEqual([]);
  });

  test('of two processes at once are applied once', async () => {
    const plan = [{ schema: 'one', sets: [await set('own', { '0001-a.sql': 'CREATE TABLE a ()' })] }];
    const reports = await Promise.all([1, 2, 3].map(() => database.migrate(plan, 'auto')));
    expect(reports.map((report) => report.applied.length).toSorted()).toEqual([0, 0, 1]);
  });

  test('that were altered after they were applied stop the start, and nothing else is applied', async () => {
    const sets = [await set('own', { '0001-a.sql': 'CREATE TABLE a ()' })];
    await database.migrate([{ schema: 'one', sets }], 'auto');
    await set('own', { '0001-a.sql': 'CREATE TABLE a (id int)', '0002-b.sql': 'CREATE TABLE b ()' });
    for (const mode of ['auto', 'check'] as const) {
      await expect(database.migrate([{ schema: 'one', sets }], mode)).rejects.toMatchObject({
        code: 'HUB_STORE_MIGRATION_ALTERED',
        places: [{ file: '0001-a.sql' }],
      });
    }
    await expect(database.open('one').query('SELECT * FROM b')).rejects.toMatchObject({
      code: 'HUB_STORE_STATEMENT',
    });
  });

  test('that are missing are listed by a check, which changes nothing', async () => {
    const sets = [await set('own', { '0001-a.sql': 'CREATE TABLE a ()', '0002-b.sql': 'CREATE TABLE b ()' })];
    await expect(database.migrate([{ schema: 'one', sets }], 'check')).rejects.toMatchObject({
      code: 'HUB_STORE_MIGRATION_PENDING',
      places: [{ file: '0001-a.sql' }, { file: '0002-b.sql' }],
    });
    expect(await database.open('public').query("SELECT 1 FROM pg_namespace WHERE nspname = 'one'")).toEqual([]);
  });

  test('that fail leave nothing of their own, keep those before, and name file and line', async () => {
    const files = { '0001-a.sql': 'CREATE TABLE a ()', '0002-b.sql': 'CREATE TABLE b ();\n\nCREATE TABL c ()' };
    const sets = [await set('own', files)];
    await expect(database.migrate([{ schema: 'one', sets }], 'auto')).rejects.toMatchObject({
      code: 'HUB_STORE_MIGRATION_FAILED',
      places: [{ file: '0002-b.sql', line: 3 }],
    });
    await set('own', { '0002-b.sql': 'CREATE TABLE b ()' });
    expect(await database.migrate([{ schema: 'one', sets }], 'auto')).toMatchObject({ upToDate: 1, applied: [{}] });
  });

  test('of a newer version are reported and left alone', async () => {
    const sets = [await set('own', { '0001-a.sql': 'CREATE TABLE a ()', '0002-b.sql': 'CREATE TABLE b ()' })];
    await database.migrate([{ schema: 'one', sets }], 'auto');
    await rm(join(folder, 'own', '0002-b.sql'));
    expect(await database.migrate([{ schema: 'one', sets }], 'check')).toEqual({
      applied: [],
      upToDate: 1,
      newer: [{ schema: 'one', owner: 'own', name: '0002-b.sql' }],
    });
  });

  test('with an unordered name or in a missing folder are refused', async () => {
    const sets = [await set('own', { 'a.sql': 'CREATE TABLE a ()' })];
    await expect(database.migrate([{ schema: 'one', sets }], 'auto')).rejects.toMatchObject({
      code: 'HUB_STORE_MIGRATION_NAME',
      places: [{ file: 'a.sql' }],
    });
    const missing = { owner: 'own', folder: pathToFileURL(join(folder, 'nothing/')) };
    await expect(database.migrate([{ schema: 'one', sets: [missing] }], 'auto')).rejects.toMatchObject({
      code: 'HUB_STORE_MIGRATION_NAME',
    });
  });

  test('wait five seconds at most for a table that others use', async () => {
    const sets = [await set('own', { '0001-a.sql': 'CREATE TABLE a ()' })];
    await database.migrate([{ schema: 'one', sets }], 'auto');
    await set('own', { '0002-b.sql': 'ALTER TABLE a ADD COLUMN b int' });
    await database.open('one').tx(async (tx) => {
      await tx.query('SELECT * FROM a');
      await expect(database.migrate([{ schema: 'one', sets }], 'auto')).rejects.toMatchObject({
        code: 'HUB_STORE_MIGRATION_LOCKED',
        class: 'later',
      });
    });
  });
});
