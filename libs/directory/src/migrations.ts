import type { SchemaMigrations } from '@ozg-hub/store';

/** Schema `directory`. */
export const directoryMigrations: SchemaMigrations = {
  schema: 'directory',
  sets: [{ owner: 'directory', folder: new URL('../migrations/', import.meta.url) }],
};
