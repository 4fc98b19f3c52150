import type { SchemaMigrations } from '@ozg-hub/store';

/** The schema `vault` with the tables of this lib. */
export const vaultMigrations: SchemaMigrations = {
  schema: 'vault',
  sets: [{ owner: 'vault', folder: new URL('../migrations/', import.meta.url) }],
};
