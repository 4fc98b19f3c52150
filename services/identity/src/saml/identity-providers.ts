import type { Directory } from '@ozg-hub/directory';
import { loginErrors } from '../errors.ts';
import type { IdentityProvider } from '../identity-provider.port.ts';
import { providerKinds } from './provider-kinds.ts';
import type { SamlParts } from './saml-connection.ts';

/** The identity providers of the current directory. */
export class IdentityProviders {
  #made: { readonly version: string; readonly providers: readonly IdentityProvider[] } | undefined;

  constructor(
    private readonly directory: Directory,
    private readonly parts: SamlParts,
  ) {}

  all(): readonly IdentityProvider[] {
    const { version, identity } = this.directory.current();
    if (this.#made?.version !== version) {
      const providers = identity.providers.flatMap(
        (entry) => providerKinds[entry.kind]?.adapter(entry, this.parts) ?? [],
      );
      this.#made = { version, providers };
    }
    return this.#made.providers;
  }

  /** @throws HUB_IDENTITY_PROVIDER_UNKNOWN */
  get(id: string): IdentityProvider {
    const provider = this.all().find((one) => one.id === id);
    if (!provider) throw loginErrors.HUB_IDENTITY_PROVIDER_UNKNOWN();
    return provider;
  }
}
