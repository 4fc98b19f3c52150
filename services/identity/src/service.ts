import { identityVerified } from '@ozg-hub/events';
import { identityKeyMigrations } from '@ozg-hub/identity';
import { defineService } from '@ozg-hub/runtime';
import { identitySettings } from './config.ts';
import { identityModule } from './identity.module.ts';
import { providerKinds } from './saml/provider-kinds.ts';

/** Lets citizens and companies sign in for an application: OpenID Connect to online services, SAML to identity providers. */
export const identity = defineService({
  name: 'identity',
  paths: ['/identity'],
  config: identitySettings,
  migrations: [{ owner: 'identity', folder: new URL('../migrations/', import.meta.url) }],
  shares: [identityKeyMigrations],
  consumes: [],
  publishes: [identityVerified],
  identityKinds: Object.fromEntries(Object.entries(providerKinds).map(([kind, { settings }]) => [kind, settings])),
  module: identityModule,
});
