import { type Service, type Services, type Sharing, passwordVariable, sharedWith } from './services-file.ts';

const HEAD = '-- Made from deploy/services.yaml by `npm run deploy:render`; changes here are lost.';

/**
 * Roles and grants. Whole in itself and repeatable: run as the owner of the tables after every migration, it takes from
 * each role what it must not have and gives what it needs, in one transaction. Roles that exist need no right to make them.
 */
export function rolesSql({ services, database }: Services): string {
  const schemas = [...Object.keys(database.shared), ...services.map((service) => service.database.schema)];
  return [
    HEAD,
    '-- Each service has a role that reaches its own schema and, by grants, those that services share.',
    '-- Run by `ozg-hub migrate --roles`, as the owner of the tables.',
    'BEGIN;',
    ...services.map(createRole),
    '-- Nobody but the roles below connects to this database, and nobody finds a schema by default.',
    executed(services.map(({ database: { role } }) => role)),
    'REVOKE ALL ON SCHEMA public FROM PUBLIC;',
    ...services.flatMap((service) => [
      `-- ${service.name}`,
      ...schemas.map((schema) => revoke(schema, service.database.role)),
      ...sharedWith(service.name, database).flatMap(([schema, how]) => grant(schema, service.database.role, how)),
      ...grant(service.database.schema, service.database.role, 'use'),
    ]),
    '-- Tables that no service empties, and those that only a migration writes.',
    withhold(services, schemas, [
      ['DELETE', database.kept],
      ['INSERT, UPDATE, DELETE', database.readOnly],
    ]),
    'COMMIT;',
    '',
  ].join('\n');
}

function createRole({ database: { role } }: Service): string {
  return `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN
    CREATE ROLE ${role} LOGIN;
  END IF;
END $$;`;
}

/** The database's name is known only where the statement runs. */
function executed(roles: readonly string[]): string {
  return `DO $$ BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO ${roles.join(', ')}', current_database());
END $$;`;
}

function revoke(schema: string, role: string): string {
  return [
    `REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM ${role};`,
    `REVOKE ALL ON ALL SEQUENCES IN SCHEMA ${schema} FROM ${role};`,
    `REVOKE ALL ON SCHEMA ${schema} FROM ${role};`,
  ].join('\n');
}

function grant(schema: string, role: string, how: Sharing): string[] {
  if (typeof how !== 'string') {
    return [
      `GRANT USAGE ON SCHEMA ${schema} TO ${role};`,
      ...how.map((table) => `GRANT SELECT ON ${schema}.${table} TO ${role};`),
    ];
  }
  const rights = how === 'use' ? 'SELECT, INSERT, UPDATE, DELETE' : 'SELECT, INSERT';
  return [
    `GRANT USAGE ON SCHEMA ${schema} TO ${role};`,
    `GRANT ${rights} ON ALL TABLES IN SCHEMA ${schema} TO ${role};`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role};`,
  ];
}

function withhold(
  services: readonly Service[],
  schemas: readonly string[],
  rules: readonly (readonly [rights: string, tables: readonly string[]])[],
): string {
  const roles = services.map(({ database: { role } }) => role).join(', ');
  const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');
  return `DO $$ DECLARE found record; BEGIN
${rules
  .map(
    ([rights, tables]) => `  FOR found IN SELECT schemaname, tablename FROM pg_tables
    WHERE schemaname IN (${quoted(schemas)}) AND tablename IN (${quoted(tables)})
  LOOP
    EXECUTE format('REVOKE ${rights} ON %I.%I FROM ${roles}', found.schemaname, found.tablename);
  END LOOP;`,
  )
  .join('\n')}
END $$;`;
}

/** Roles with their passwords out of the environment, for psql as superuser, before the first migration. */
export function loginsSql({ services, database }: Services): string {
  const roles = [database.owner, ...services.map((service) => service.database.role)];
  return [
    HEAD,
    "-- For psql, connected to the server's own database as a superuser, once and after each change of a password:",
    `--   ${roles.map((role) => `${passwordVariable(role)}=…`).join(' ')} psql -v ON_ERROR_STOP=1 -f deploy/logins.sql postgres`,
    '-- psql 15 or newer. The passwords are not logged where the server logs no statements.',
    ...roles.flatMap((role) => login(role)),
    `SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname = '${database.name}') AS missing \\gset`,
    '\\if :missing',
    `  CREATE DATABASE ${database.name} OWNER ${database.owner};`,
    '\\endif',
    '',
  ].join('\n');
}

function login(role: string): string[] {
  return [
    '',
    `SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') AS missing \\gset`,
    '\\if :missing',
    `  CREATE ROLE ${role} LOGIN;`,
    '\\endif',
    `\\getenv password ${passwordVariable(role)}`,
    `ALTER ROLE ${role} PASSWORD :'password';`,
  ];
}
