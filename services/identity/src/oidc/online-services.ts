import type { Directory, IdentityClient } from '@ozg-hub/directory';
import type { AdapterPayload } from 'oidc-provider';

/** The online services of the directory, as the OpenID Provider wants them; secrets are looked up each time. */
export class OnlineServices {
  constructor(private readonly directory: Directory) {}

  name(id: string): string | undefined {
    return this.#find(id)?.name;
  }

  /** @throws HUB_DIRECTORY_SECRET_MISSING */
  async metadata(id: string): Promise<AdapterPayload | undefined> {
    const client = this.#find(id);
    if (!client) return undefined;
    return {
      client_id: client.id,
      client_name: client.name,
      redirect_uris: [...client.redirectUris],
      application_type: 'web',
      ...(await this.#proof(client)),
    } as AdapterPayload;
  }

  /** A client is public where the directory names no secret, never because the secret is not there. */
  async #proof({ clientSecret }: IdentityClient): Promise<AdapterPayload> {
    if (clientSecret === undefined) return { token_endpoint_auth_method: 'none' };
    return {
      client_secret: await this.directory.secret(clientSecret),
      token_endpoint_auth_method: 'client_secret_basic',
    };
  }

  #find(id: string) {
    return this.directory.current().identity.clients.find((client) => client.id === id);
  }
}
