import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { processEnvironment } from '@ozg-hub/runtime';

const CLI = fileURLToPath(new URL('../../../services/all-in-one/dist/cli/cli.js', import.meta.url));

// oxlint-disable-next-line no-explicit-any -- what commands print as JSON
type Json = any;

async function migrate(
  args: readonly string[],
  settings: Record<string, string>,
): Promise<{ code: number; out: string }> {
  const { PATH, HOME } = processEnvironment();
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'migrate', ...args], {
      env: { PATH, HOME, ...settings },
    });
    return { code: 0, out: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout || stderr };
  }
}

const migrateJson = async (args: readonly string[], settings: Record<string, string>): Promise<Json> =>
  JSON.parse((await migrate([...args, '--json'], settings)).out);

describe('ozg-hub migrate', () => {
  let database: TestDatabase;
  let settings: Record<string, string>;
  const query = (sql: string) => database.database.open('public', { maxConnections: 1 }).query(sql);

  beforeAll(async () => {
    database = await testDatabase();
    settings = { HUB_DATABASE_URL: database.url };
  });
  afterAll(async () => {
    const made = await readFile(new URL('../../../deploy/roles.sql', import.meta.url), 'utf8');
    const roles = [...made.matchAll(/CREATE ROLE (\w+)/g)].map(([, role]) => role).join(', ');
    await query(`DROP OWNED BY ${roles}`);
    await query(`DROP ROLE ${roles}`);
    await database.drop();
  });

  test('tells by HUB_MIGRATE=check what is missing, and changes nothing', async () => {
    const { code, out } = await migrate(['--roles'], { ...settings, HUB_MIGRATE: 'check' });
    expect(code).toBe(1);
    expect(out).toContain('HUB_STORE_MIGRATION_PENDING');
    expect(await query(`SELECT 1 FROM pg_namespace WHERE nspname = 'vault'`)).toEqual([]);
  });

  test('brings an empty database to this version and ends; once more it does nothing', async () => {
    const first = await migrateJson([], settings);
    const schemas = ['access', 'bus', 'vault', 'directory', 'identity_keys'];
    schemas.push('civento_intake', 'dms_export', 'epay21_bridge', 'identity');
    expect([...new Set(first.applied.map(({ schema }: Json) => schema))]).toEqual(schemas);
    expect(first.roles).toBe(false);
    const again = await migrateJson([], { ...settings, HUB_MIGRATE: 'auto' });
    expect(again).toEqual({ applied: [], upToDate: first.applied.length, newer: [], roles: false });
    expect(await migrateJson([], { ...settings, HUB_MIGRATE: 'check' })).toEqual(again);
  }, 60_000);

  test('sets with --roles what the role of each service may reach', async () => {
    const { code, out } = await migrate(['--roles'], settings);
    expect({ code, said: out.trim() }).toEqual({
      code: 0,
      said: expect.stringMatching(/^0 applied, \d+ were there before\. The rights of the roles are set\.$/),
    });
    const may = (role: string, schema: string) => `has_schema_privilege('${role}', '${schema}', 'USAGE')`;
    expect(
      await query(`SELECT ${may('ozg_dms_export', 'dms_export')} AS own, ${may('ozg_dms_export', 'vault')} AS vault,
        ${may('ozg_dms_export', 'civento_intake')} AS other`),
    ).toEqual([{ own: true, vault: true, other: false }]);
  });

  test('is refused where the hub runs a server of its own', async () => {
    expect(await migrateJson([], {})).toMatchObject({
      error: { code: 'HUB_CONFIG_INVALID', errors: [{ field: 'HUB_DATABASE_URL' }] },
    });
  });
});
