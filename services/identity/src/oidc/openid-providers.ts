import type { SigningKeys } from '@ozg-hub/identity';
import type { HubSecrets } from '@ozg-hub/vault';
import type { Provider } from 'oidc-provider';
import type { OpenIdProviderOptions } from './openid-provider.ts';

export interface OpenIdProvidersOptions extends Omit<
  OpenIdProviderOptions,
  'signingKeys' | 'cookieKeys' | 'subjectKey'
> {
  readonly keys: SigningKeys;
  readonly secrets: HubSecrets;
}

/** Version of the key that subjects are made of: never another, or everybody would be somebody else. */
const SUBJECT_KEY_VERSION = 1;

/** Whether it says that cookie or interaction of a login are missing, or that it went on from there. */
export function isOver(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'SessionNotFound';
}

/** The OpenID Provider with the keys of now: made anew when they were rotated. */
export class OpenIdProviders {
  #made: { readonly print: string; readonly provider: Provider } | undefined;

  constructor(private readonly options: OpenIdProvidersOptions) {}

  /** With keys that another process made a moment ago: for who asks what verifies. */
  async fresh(): Promise<Provider> {
    await this.options.keys.publicKey('oidc', '');
    return await this.current();
  }

  async current(): Promise<Provider> {
    const { keys, secrets } = this.options;
    const signingKeys = await keys.pairs('oidc');
    const cookieKey = await secrets.key('identity cookies');
    const print = [...signingKeys.map(({ kid }) => kid), cookieKey.version].join(' ');
    if (this.#made?.print !== print) {
      const before = cookieKey.version > 1 ? [await secrets.key('identity cookies', cookieKey.version - 1)] : [];
      // Loaded when the first browser comes: on Node 20, which it works on, oidc-provider greets with a warning.
      const { createOpenIdProvider } = await import('./openid-provider.ts');
      const subjectKey = await secrets.key('identity subjects', SUBJECT_KEY_VERSION);
      const cookieKeys = [cookieKey, ...before].map(({ key }) => key);
      const provider = createOpenIdProvider({ ...this.options, signingKeys, cookieKeys, subjectKey: subjectKey.key });
      this.#made = { print, provider };
    }
    return this.#made.provider;
  }
}
