import { createHash } from 'node:crypto';
import { type Profile, SAML, SamlStatusError } from '@node-saml/node-saml';
import { type Clock, type HubError, isHubError, systemClock } from '@ozg-hub/core';
import type { XmlTree } from '@ozg-hub/xml';
import { bareCertificate } from './certificate.ts';
import type { Expectations } from './assertion-checks.ts';
import { samlErrors } from './errors.ts';
import { provenLogin } from './proven-login.ts';
import { decodeResponse, readDocument } from './read-document.ts';
import { MOST_SKEW_MS, checkSettings } from './provider-settings.ts';
import { type ResponseShape, checkAssertionShape, checkResponseShape } from './response-shape.ts';
import type {
  ExpectedResponse,
  IdentityProviderSettings,
  ReplayStore,
  ResponseVerifier,
  VerifiedResponse,
} from './response-verifier.port.ts';

const MAX_AGE_MS = 10 * 60_000;

/** What a verifier needs besides the settings of the provider. */
export interface VerifierParts {
  readonly replays: ReplayStore;
  /** Default: the time of the process. */
  readonly clock?: Clock;
}

/** @throws HUB_SAML_SETTINGS, with places */
export function createResponseVerifier(settings: IdentityProviderSettings, parts: VerifierParts): ResponseVerifier {
  return new NodeSamlVerifier(settings, parts);
}

/**
 * Signatures and decryption by node-saml, everything else here. A response is looked through before node-saml sees it, and what
 * is read afterwards is only what node-saml gives back as signed.
 */
class NodeSamlVerifier implements ResponseVerifier {
  readonly #settings: IdentityProviderSettings;
  readonly #replays: ReplayStore;
  readonly #clock: Clock;

  constructor(settings: IdentityProviderSettings, { replays, clock = systemClock }: VerifierParts) {
    checkSettings(settings);
    this.#settings = settings;
    this.#replays = replays;
    this.#clock = clock;
  }

  async verify(samlResponse: string, expected: ExpectedResponse): Promise<VerifiedResponse> {
    const text = decodeResponse(samlResponse);
    const raw = readDocument(text);
    const shape = checkResponseShape(raw);
    this.#checkLayout(shape);
    const expectations = this.#expectations(expected);
    const signed = await this.#signedParts(text, shape);
    const response = signed.response === undefined ? raw : readDocument(signed.response);
    const assertion = signed.assertion === undefined ? undefined : readDocument(signed.assertion);
    if (assertion !== undefined) this.#checkSigned(assertion);
    const login = provenLogin(response, assertion, expectations);
    await this.#useUp(login, expectations);
    return login;
  }

  /** What came out of the encryption was signed as a whole, but is looked through here for the first time. */
  #checkSigned(assertion: XmlTree): void {
    const isSigned = checkAssertionShape(assertion);
    if (this.#settings.assertionSigned && !isSigned) throw samlErrors.HUB_SAML_ASSERTION_SIGNATURE();
  }

  #checkLayout({ assertion, assertionSigned }: ResponseShape): void {
    if (assertion !== 'clear') return;
    if (!this.#settings.unencryptedAllowed) throw samlErrors.HUB_SAML_NOT_ENCRYPTED();
    if (this.#settings.assertionSigned && !assertionSigned) throw samlErrors.HUB_SAML_ASSERTION_SIGNATURE();
  }

  #expectations(expected: ExpectedResponse): Expectations {
    const { idpEntityId, spEntityId, clockSkewMs = MOST_SKEW_MS, maxAgeMs = MAX_AGE_MS } = this.#settings;
    const now = this.#clock.now();
    const { requestId, assertionConsumerUrl, authnContexts, authenticatedAfter } = expected;
    const asked = { requestId, assertionConsumerUrl, authnContexts, authenticatedAfter };
    return { idpEntityId, spEntityId, ...asked, now, clockSkewMs, maxAgeMs };
  }

  /** Each key in its turn: only where decrypting is what fails does the next one help. */
  async #signedParts(text: string, shape: ResponseShape): Promise<SignedParts> {
    const keys = shape.assertion === 'encrypted' ? this.#settings.decryptionKeys : [undefined];
    let refusal: HubError = samlErrors.HUB_SAML_DECRYPTION();
    for (const key of keys) {
      try {
        return await this.#signedPartsBy(text, key, shape);
      } catch (error) {
        if (!isHubError(error, 'HUB_SAML_DECRYPTION')) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  async #signedPartsBy(text: string, key: string | undefined, shape: ResponseShape): Promise<SignedParts> {
    const verification = new SignatureVerification(this.#settings, key);
    try {
      await verification.validatePostResponseAsync({ SAMLResponse: Buffer.from(text).toString('base64') });
    } catch (cause) {
      if (shape.assertion === 'none' && saysWhatIsSigned(cause)) return {};
      throw this.#refusal(cause, shape);
    }
    return verification.signed;
  }

  /**
   * node-saml tells its refusals apart by words only; other words than the known ones are a signature that does not fit. Words
   * of its XML parser may quote the assertion, so of causes only those of the cryptography are kept.
   */
  #refusal(refused: unknown, { assertion, certificates }: ResponseShape): HubError {
    const { message, code } = refused as NodeJS.ErrnoException;
    if (message === 'Invalid signature' || message === 'Invalid signature from encrypted assertion') {
      return samlErrors.HUB_SAML_ASSERTION_SIGNATURE();
    }
    if (message === 'Invalid document signature') {
      const isPinned = certificates.length === 0 || certificates.some((one) => this.#isPinned(one));
      return isPinned ? samlErrors.HUB_SAML_SIGNATURE() : samlErrors.HUB_SAML_CERTIFICATE();
    }
    if (assertion !== 'encrypted' || message.startsWith('Invalid signature')) return samlErrors.HUB_SAML_SIGNATURE();
    return samlErrors.HUB_SAML_DECRYPTION(code?.startsWith('ERR_') ? { cause: refused } : {});
  }

  #isPinned(certificate: string): boolean {
    const bare = bareCertificate(certificate);
    return this.#settings.idpCertificates.some((pinned) => bareCertificate(pinned) === bare);
  }

  /** The very last: what is refused for another reason is not used up. */
  async #useUp({ assertionId, notOnOrAfter }: VerifiedResponse, expectations: Expectations): Promise<void> {
    const claimed = createHash('sha256').update(`${expectations.idpEntityId} ${assertionId}`).digest('hex');
    const until = new Date(notOnOrAfter.getTime() + expectations.clockSkewMs);
    if (!(await this.#replays.claim(claimed, until))) throw samlErrors.HUB_SAML_REPLAY();
  }
}

/** XML as it was signed: canonical, by the verifier. */
interface SignedParts {
  readonly response?: string;
  readonly assertion?: string;
}

/** node-saml up to the point where it knows what is signed; what it would read from there on is not wanted. One use each. */
class SignatureVerification extends SAML {
  signed: SignedParts = {};

  constructor(settings: IdentityProviderSettings, decryptionKey: string | undefined) {
    super({
      callbackUrl: settings.spEntityId,
      issuer: settings.spEntityId,
      idpCert: [...settings.idpCertificates],
      wantAuthnResponseSigned: true,
      wantAssertionsSigned: settings.assertionSigned,
      ...(decryptionKey === undefined ? {} : { decryptionPvk: decryptionKey }),
    });
  }

  protected override async getSignedAssertion(response: string): Promise<string | null> {
    this.signed = { response };
    return super.getSignedAssertion(response);
  }

  protected override async processValidlySignedAssertionAsync(assertion: string): Promise<Unread> {
    this.signed = { ...this.signed, assertion };
    return { profile: { issuer: '', nameID: '', nameIDFormat: '' }, loggedOut: false };
  }
}

interface Unread {
  readonly profile: Profile;
  readonly loggedOut: boolean;
}

/** A response without assertion that passed the check of its signature ends so. */
function saysWhatIsSigned(cause: unknown): boolean {
  return cause instanceof SamlStatusError || (cause instanceof Error && cause.message === 'Missing SAML assertion');
}
