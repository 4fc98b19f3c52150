import type { Clock } from '@ozg-hub/core';
import type { Directory, IdentityProviderEntry } from '@ozg-hub/directory';
import {
  type AuthnRequest,
  type ExpectedResponse,
  type IdentityProviderSettings,
  type IdpMetadata,
  type ReplayStore,
  type RequestSigning,
  type VerifiedResponse,
  createResponseVerifier,
  postFields,
  readIdpMetadata,
  requireInTime,
  signedAuthnRequest,
} from '@ozg-hub/saml';
import { loginErrors } from '../errors.ts';
import type { LoginAttempt, LoginForm } from '../identity-provider.port.ts';

/** What adapters share. */
export interface SamlParts {
  readonly directory: Directory;
  readonly replays: ReplayStore;
  readonly clock: Clock;
  /** Address under which browsers reach the hub, without slash at the end. */
  readonly publicUrl: string;
}

/** How one kind of provider signs and answers. */
export type SamlLayout = Pick<IdentityProviderSettings, 'assertionSigned' | 'unencryptedAllowed'> &
  Pick<RequestSigning, 'algorithm'>;

/** What a kind of provider adds to a request. */
export type RequestPart = Pick<AuthnRequest, 'nameIdFormat' | 'authnContext' | 'extensions'>;

/** Requests to one identity provider and its answers. Keys are looked up each time, so that changed ones take effect. */
export class SamlConnection {
  #metadata: IdpMetadata | undefined;

  constructor(
    readonly entry: IdentityProviderEntry,
    private readonly layout: SamlLayout,
    private readonly parts: SamlParts,
  ) {}

  /** Where answers come to. */
  get assertionConsumerUrl(): string {
    return assertionConsumerUrl(this.parts.publicUrl, this.entry.id);
  }

  /** @throws HUB_IDENTITY_PROVIDER_UNUSABLE */
  async request({ requestId, relayState }: LoginAttempt, part: RequestPart): Promise<LoginForm> {
    return await this.#usable(async () => {
      const { postUrl } = this.#idp();
      const [pair] = this.entry.keys.signing;
      const request = {
        ...part,
        id: requestId,
        issueInstant: this.parts.clock.now(),
        issuer: this.entry.entityId,
        destination: postUrl,
        assertionConsumerUrl: this.assertionConsumerUrl,
      };
      const [privateKey, certificate] = await Promise.all([
        this.parts.directory.secret(pair!.privateKey),
        this.parts.directory.secret(pair!.certificate),
      ]);
      const xml = signedAuthnRequest(request, { algorithm: this.layout.algorithm, privateKey, certificate });
      return { url: postUrl, fields: { ...postFields(xml, relayState) } };
    });
  }

  /** @throws HUB_SAML_…, HUB_IDENTITY_PROVIDER_UNUSABLE */
  async verify(
    answer: string,
    { requestId, begunAt: authenticatedAfter }: LoginAttempt,
    expected: Pick<ExpectedResponse, 'authnContexts'> = {},
  ): Promise<VerifiedResponse> {
    const { replays, clock, directory } = this.parts;
    const verifier = await this.#usable(async () => {
      const { entityId, signingCertificates } = this.#idp();
      const pairs = this.entry.keys.encryption ?? this.entry.keys.signing;
      const { assertionSigned, unencryptedAllowed = false } = this.layout;
      const settings = {
        idpEntityId: entityId,
        idpCertificates: signingCertificates.map(({ pem }) => pem),
        spEntityId: this.entry.entityId,
        decryptionKeys: await Promise.all(pairs.map(({ privateKey }) => directory.secret(privateKey))),
        assertionSigned,
        unencryptedAllowed,
      };
      return createResponseVerifier(settings, { replays, clock });
    });
    return await verifier.verify(answer, {
      ...expected,
      requestId,
      authenticatedAfter,
      assertionConsumerUrl: this.assertionConsumerUrl,
    });
  }

  #idp(): IdpMetadata {
    const now = this.parts.clock.now();
    this.#metadata ??= readIdpMetadata(this.entry.metadataXml, { now, local: isLocal(this.parts.publicUrl) });
    requireInTime(this.#metadata, now);
    return this.#metadata;
  }

  /** Whatever is wrong with keys and metadata is ours or the provider's, never the user's. */
  async #usable<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw loginErrors.HUB_IDENTITY_PROVIDER_UNUSABLE({ cause });
    }
  }
}

export function assertionConsumerUrl(publicUrl: string, provider: string): string {
  return `${publicUrl}/identity/saml/${provider}/acs`;
}

/** Plain http between hub, browser and provider on one machine: for trials and tests. */
export function isLocal(publicUrl: string): boolean {
  return publicUrl.startsWith('http:');
}
