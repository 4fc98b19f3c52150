import { type Logger, isHubError } from '@ozg-hub/core';
import type { Directory, IdentityProviderEntry } from '@ozg-hub/directory';
import { writeSpMetadata } from '@ozg-hub/saml';
import { loginErrors } from '../errors.ts';
import { providerKinds } from './provider-kinds.ts';
import { assertionConsumerUrl, isLocal } from './saml-connection.ts';

/** What identity providers are told about us: every certificate that signs, and the one to encrypt to. */
export class ServiceMetadata {
  constructor(
    private readonly directory: Directory,
    private readonly publicUrl: string,
    private readonly logger: Logger,
  ) {}

  /** @throws HUB_IDENTITY_PROVIDER_UNKNOWN, HUB_DIRECTORY_SECRET_MISSING, HUB_SAML_SETTINGS */
  async of(id: string): Promise<string> {
    const entry = this.directory.current().identity.providers.find((one) => one.id === id);
    const kind = entry && providerKinds[entry.kind];
    if (!kind) throw loginErrors.HUB_IDENTITY_PROVIDER_UNKNOWN();
    const { signing, encryption = signing } = entry.keys;
    return writeSpMetadata({
      entityId: entry.entityId,
      assertionConsumerUrls: [assertionConsumerUrl(this.publicUrl, id)],
      signingCertificates: await this.#certificates(signing),
      // Providers encrypt to the first they find, so an older key only opens what is still on its way.
      encryptionCertificates: await this.#certificates(encryption.slice(0, 1)),
      wantAssertionsSigned: kind.layout(entry).assertionSigned,
      local: isLocal(this.publicUrl),
    });
  }

  /**
   * For everybody: what is wrong with keys and settings, and where they lie, is for the log alone.
   * @throws HUB_IDENTITY_PROVIDER_UNKNOWN, HUB_IDENTITY_PROVIDER_UNUSABLE
   */
  async published(id: string): Promise<string> {
    try {
      return await this.of(id);
    } catch (error) {
      if (isHubError(error, 'HUB_IDENTITY_PROVIDER_UNKNOWN')) throw error;
      this.logger.warn({ provider: id, error: error as Error }, 'our metadata cannot be written');
      throw loginErrors.HUB_IDENTITY_PROVIDER_UNUSABLE({ cause: error });
    }
  }

  async #certificates(pairs: IdentityProviderEntry['keys']['signing']): Promise<string[]> {
    return await Promise.all(pairs.map(({ certificate }) => this.directory.secret(certificate)));
  }
}
