import { mappingProfile } from '@ozg-hub/civento';
import { deliveryChanged, submissionAccepted } from '@ozg-hub/events';
import { identityKeyMigrations } from '@ozg-hub/identity';
import { defineService } from '@ozg-hub/runtime';
import { civentoIntakeModule } from './civento-intake.module.ts';
import { intakeSettings } from './config.ts';

/** Takes applications from civento and tells where they are. */
export const civentoIntake = defineService({
  name: 'civento-intake',
  paths: ['/civento', '/civento-intake'],
  config: intakeSettings,
  migrations: [{ owner: 'civento-intake', folder: new URL('../migrations/', import.meta.url) }],
  shares: [identityKeyMigrations],
  consumes: [deliveryChanged],
  publishes: [submissionAccepted],
  profileSchema: mappingProfile,
  module: civentoIntakeModule,
});
