import { type DynamicModule, Module } from '@nestjs/common';
import { IdentityProofs, SigningKeys, identityKeyMigrations } from '@ozg-hub/identity';
import type { Snapshot } from '@ozg-hub/directory';
import { type Finding, type ServiceContext, hourly } from '@ozg-hub/runtime';
import { BrowserCookie } from './choice/browser-cookie.ts';
import { SentCookie } from './choice/sent-cookie.ts';
import type { IdentityConfig } from './config.ts';
import { pruneExpired } from './expired-state.ts';
import { CertificateWatch } from './keys/certificate-watch.ts';
import { KeyOperationsController } from './keys/key-operations.controller.ts';
import { measureLogins } from './login-metrics.ts';
import { LoginDesk } from './login-desk.ts';
import { LOGIN_LOGGER, LoginController } from './login.controller.ts';
import { LoginRepository } from './login.repository.ts';
import { Logins } from './logins.ts';
import { OidcController } from './oidc/oidc.controller.ts';
import { OnlineServices } from './oidc/online-services.ts';
import { OpenIdProviders } from './oidc/openid-providers.ts';
import { IdentityProviders } from './saml/identity-providers.ts';
import { isLocal } from './saml/saml-connection.ts';
import { SamlController } from './saml/saml.controller.ts';
import { ServiceMetadata } from './saml/service-metadata.ts';
import { UsedAssertionsRepository } from './saml/used-assertions.repository.ts';
import { SealedRecords } from './sealed-records.ts';

@Module({})
class IdentityModule {}

/** Wires the identity service. */
export function identityModule(context: ServiceContext<IdentityConfig>): DynamicModule {
  const { store, vault, directory, logger, config, metrics, clock, name } = context;
  const publicUrl = config.HUB_IDENTITY_PUBLIC_URL.replace(/\/+$/, '');
  const mostOpen = config.HUB_IDENTITY_OPEN_LOGINS;
  const { secrets } = vault;
  const records = new SealedRecords(secrets);
  const keys = new SigningKeys({ store: context.shared(identityKeyMigrations), secrets, clock });
  const proofs = new IdentityProofs({ keys, secrets, clock });
  const replays = new UsedAssertionsRepository(store);
  const providers = new IdentityProviders(directory, { directory, replays, clock, publicUrl });
  const outcomes = metrics.counter('hub_identity_logins_total', 'Logins by what came of them.', [
    'provider',
    'outcome',
  ]);
  const logins = new Logins({
    store,
    records,
    directory,
    providers,
    proofs,
    clock,
    logger,
    source: `/ozg-hub/${name}`,
    mostOpen,
    observe: (provider, outcome) => outcomes.inc({ provider, outcome }),
  });
  const openIds = new OpenIdProviders({
    issuer: `${publicUrl}/identity/oidc`,
    loginUrl: (uid) => `${publicUrl}/identity/login/${uid}`,
    directory,
    logins: new LoginRepository(store, records),
    logger,
    store,
    records,
    services: new OnlineServices(directory),
    mostOpen,
    keys,
    secrets,
  });
  const watch = new CertificateWatch(directory, clock, isLocal(publicUrl));
  measureLogins(metrics, store, watch);
  context.health.register('identity certificates', () => watch.check(), { essential: false });
  context.diagnose(async () => [...(await watch.report()).findings, ...publicAddress(directory.current(), publicUrl)]);
  context.background(hourly('logins that are over', logger, () => pruneExpired(store)));
  return {
    module: IdentityModule,
    controllers: [OidcController, LoginController, SamlController, KeyOperationsController],
    providers: [
      { provide: Logins, useValue: logins },
      { provide: OpenIdProviders, useValue: openIds },
      { provide: LoginDesk, useValue: new LoginDesk(logins, openIds, directory) },
      { provide: ServiceMetadata, useValue: new ServiceMetadata(directory, publicUrl, logger) },
      { provide: BrowserCookie, useValue: new BrowserCookie(publicUrl.startsWith('https:')) },
      { provide: SentCookie, useValue: new SentCookie(publicUrl.startsWith('https:')) },
      { provide: CertificateWatch, useValue: watch },
      { provide: SigningKeys, useValue: keys },
      { provide: LOGIN_LOGGER, useValue: logger },
    ],
  };
}

function publicAddress({ identity }: Snapshot, publicUrl: string): Finding[] {
  if (identity.clients.length === 0 || !isLocal(publicUrl)) return [];
  const text =
    'HUB_IDENTITY_PUBLIC_URL is not https: identity providers and browsers refuse it outside of this machine.';
  return [{ level: 'warning', subject: 'identity', text }];
}
