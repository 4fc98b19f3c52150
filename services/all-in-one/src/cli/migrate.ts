import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { runtimeErrors } from '@ozg-hub/runtime/settings';
import type { MigrationName, MigrationReport } from '@ozg-hub/store';
import { readHubSettings } from './hub-client.ts';
import { answer } from './run-command.ts';

/** Roles of the services and what each may do; made from deploy/services.yaml. */
const ROLES = new URL('../../../../deploy/roles.sql', import.meta.url);

/** What a run of migrations did. */
interface Migrated extends MigrationReport {
  /** Whether the rights of the services' roles were set. */
  readonly roles: boolean;
}

export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .description(
      'Brings the database (HUB_DATABASE_URL) to this version and ends: every schema of every service. For a job that ' +
        'runs before services with HUB_MIGRATE=check. With HUB_MIGRATE=check it only tells what is missing (exit code 1).',
    )
    .option('--roles', "make the services' database roles where they are missing, and set what each may reach")
    .option('--json', 'print JSON')
    .action((options: { json?: boolean; roles?: boolean }) =>
      answer(options, { text }, () => migrate(options.roles ?? false)),
    );
}

async function migrate(withRoles: boolean): Promise<Migrated> {
  const { HUB_DATABASE_URL: url, HUB_MIGRATE: mode, HUB_LOG_LEVEL: level } = await readHubSettings();
  if (!url) {
    throw runtimeErrors.HUB_CONFIG_INVALID({
      detail: 'HUB_DATABASE_URL is not set: a hub with a server of its own migrates it at its start.',
      places: [{ field: 'HUB_DATABASE_URL', message: 'is required here' }],
    });
  }
  const { migrationPlan } = await import('@ozg-hub/runtime');
  const { Database } = await import('@ozg-hub/store');
  const { services } = await import('../services.ts');
  // Standard output is the answer.
  const { createLogger } = await import('@ozg-hub/observability');
  const database = Database.connect({ url, logger: createLogger({ level, destination: process.stderr }) });
  try {
    const report = await database.migrate(migrationPlan(services), mode);
    const roles = withRoles && mode === 'auto';
    if (roles) await database.open('public', { maxConnections: 1 }).query(await readFile(ROLES, 'utf8'));
    return { ...report, roles };
  } finally {
    await database.close();
  }
}

function text({ applied, upToDate, newer, roles }: Migrated): string {
  const name = (migration: MigrationName) => `${migration.schema}: ${migration.owner}/${migration.name}`;
  return [
    ...applied.map((migration) => `applied ${name(migration)}`),
    ...newer.map((migration) => `a newer version left ${name(migration)}`),
    `${applied.length} applied, ${upToDate} were there before.${roles ? ' The rights of the roles are set.' : ''}`,
  ].join('\n');
}
