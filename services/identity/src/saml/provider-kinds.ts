import type { IdentityProviderEntry } from '@ozg-hub/directory';
import type { z } from 'zod';
import type { IdentityProvider } from '../identity-provider.port.ts';
import { BundIdAdapter, bundIdSettings } from './bundid.adapter.ts';
import { MukAdapter, mukSettings } from './muk.adapter.ts';
import type { SamlParts } from './saml-connection.ts';
import { ServicekontoAdapter, servicekontoSettings } from './servicekonto.adapter.ts';

interface ProviderKind {
  readonly settings: z.ZodType;
  readonly adapter: (entry: IdentityProviderEntry, parts: SamlParts) => IdentityProvider;
}

/** Kinds of identity providers. A new one is one line here. */
export const providerKinds: Readonly<Record<string, ProviderKind>> = Object.freeze({
  bundid: { settings: bundIdSettings, adapter: (entry, parts) => new BundIdAdapter(entry, parts) },
  muk: { settings: mukSettings, adapter: (entry, parts) => new MukAdapter(entry, parts) },
  saml: { settings: servicekontoSettings, adapter: (entry, parts) => new ServicekontoAdapter(entry, parts) },
});
