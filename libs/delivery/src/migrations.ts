import type { MigrationSet } from '@ozg-hub/store';

/** Tables of deliveries, for the schema of a service that sends; needs outbox and {@link trailMigrations} beside it. */
export const deliveryMigrations: MigrationSet = {
  owner: 'delivery',
  folder: new URL('../migrations/delivery/', import.meta.url),
};

/** Tables of the trail, for every service that changes states. */
export const trailMigrations: MigrationSet = {
  owner: 'trail',
  folder: new URL('../migrations/trail/', import.meta.url),
};
