import { trailMigrations } from '@ozg-hub/delivery';
import { directoryMigrations } from '@ozg-hub/directory';
import { busMigrations } from '@ozg-hub/messaging';
import { type SchemaMigrations, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { vaultMigrations } from '@ozg-hub/vault';
import { accessMigrations } from './access-migrations.ts';
import { type ServiceDefinition, schemaName } from './service-definition.ts';

/** All that the database needs for these services: the schemas they share, then their own. */
export function migrationPlan(services: readonly ServiceDefinition[]): readonly SchemaMigrations[] {
  const shared = new Map(services.flatMap(({ shares = [] }) => shares.map((schema) => [schema.schema, schema])));
  const ofAll = [accessMigrations, busMigrations, vaultMigrations, directoryMigrations];
  return [...ofAll, ...shared.values(), ...services.map(migrationsOf)];
}

function migrationsOf(definition: ServiceDefinition): SchemaMigrations {
  return {
    schema: schemaName(definition.name),
    sets: [outboxMigrations, inboxMigrations, trailMigrations, ...definition.migrations],
  };
}
