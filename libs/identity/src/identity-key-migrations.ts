import type { SchemaMigrations } from '@ozg-hub/store';

/** The schema `identity_keys` with the tables of this lib. */
export const identityKeyMigrations: SchemaMigrations = {
  schema: 'identity_keys',
  sets: [{ owner: 'identity-keys', folder: new URL('../migrations/', import.meta.url) }],
};
