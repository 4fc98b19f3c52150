import type { SchemaMigrations } from '@ozg-hub/store';

/** Schema `access`: the API keys. */
export const accessMigrations: SchemaMigrations = {
  schema: 'access',
  sets: [{ owner: 'runtime', folder: new URL('../migrations/', import.meta.url) }],
};
