import type { IdentityProviderEntry } from '@ozg-hub/directory';
import type { z } from 'zod';
import type { IdentityProvider } from '../identity-provider.port.ts';
import { BundIdAdapter, bundIdLayout, bundIdSettings } from './bundid.adapter.ts';
import { MukAdapter, mukLayout, mukSettings } from './muk.adapter.ts';
import type { SamlLayout, SamlParts } from './saml-connection.ts';
import { ServicekontoAdapter, servicekontoLayout, servicekontoSettings } from './servicekonto.adapter.ts';

interface ProviderKind {
  readonly settings: z.ZodType;
  /** How the provider signs and answers. */
  readonly layout: (entry: IdentityProviderEntry) => SamlLayout;
  readonly adapter: (entry: IdentityProviderEntry, parts: SamlParts) => IdentityProvider;
}

/** Kinds of identity providers. A new one is one line here. */
export const providerKinds: Readonly<Record<string, ProviderKind>> = Object.freeze({
  bundid: {
    settings: bundIdSettings,
    layout: bundIdLayout,
    adapter: (entry, parts) => new BundIdAdapter(entry, parts),
  },
  muk: { settings: mukSettings, layout: mukLayout, adapter: (entry, parts) => new MukAdapter(entry, parts) },
  saml: {
    settings: servicekontoSettings,
    layout: servicekontoLayout,
    adapter: (entry, parts) => new ServicekontoAdapter(entry, parts),
  },
});
