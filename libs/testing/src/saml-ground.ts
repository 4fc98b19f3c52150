import type { HubError } from '@ozg-hub/core';
import {
  type ExpectedResponse,
  type IdentityProviderSettings,
  type ReplayStore,
  type ResponseVerifier,
  type VerifiedResponse,
  createResponseVerifier,
} from '@ozg-hub/saml';
import { type CertifiedKey, certifiedKey } from './fake-idp-key.ts';
import { AES256_GCM, RSA_OAEP_MGF1P, RSA_SHA256, SHA256 } from './fake-idp-names.ts';
import {
  type EncryptionMethod,
  type SaidAssertion,
  type SaidResponse,
  type SignatureMethod,
  assertionXml,
  encryptedXml,
  responseXml,
  signedXml,
} from './saml-response.ts';

/** What a response says; each part can be made wrong. */
export interface SaidLogin extends SaidResponse, SaidAssertion {
  readonly hasAssertion: boolean;
}

/** How it is signed and encrypted. */
export interface ResponseLayout extends SignatureMethod, EncryptionMethod {
  readonly assertionSigned: boolean;
  readonly responseSigned: boolean;
  readonly encrypted: boolean;
  /** Changes the assertion before it is encrypted, or the document before it is signed as a whole. */
  readonly changeAssertion: (xml: string) => string;
  readonly changeResponse: (xml: string) => string;
}

export const sp = 'https://sp.example.org/identity';
export const acs = 'https://sp.example.org/identity/saml/bundid/acs';
export const idp = 'https://idp.example.org/idp';
export const requestId = '_6f0c2d0e5a3b4c5d8e9fa0b1c2d3e4f5';
export const now = new Date('2026-11-22T10:00:00Z');

export const genuine: SaidLogin = {
  responseId: '_response',
  issuer: idp,
  assertionIssuer: idp,
  audience: sp,
  destination: acs,
  recipient: acs,
  inResponseTo: requestId,
  confirmedRequest: requestId,
  issueInstant: '2026-11-22T09:59:58.123Z',
  notBefore: '2026-11-22T09:59:58.123Z',
  notOnOrAfter: '2026-11-22T10:04:58.123Z',
  authnContext: 'STORK-QAA-Level-3',
  nameId: 'ek-mustermann',
  nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
  assertionId: '_assertion',
  sessionIndex: '_session',
  statusCodes: ['Success'],
  statusMessage: undefined,
  statusDetail: undefined,
  attributes: [],
  conditions: [],
  hasAssertion: true,
};

/** Claims everything, as often as asked. */
export const noReplays: ReplayStore = { claim: async () => true };

export const base64 = (xml: string): string => Buffer.from(xml).toString('base64');

/** An assertion without signature, as an attacker could write it. */
export function assertionOf(said: Partial<SaidLogin>): string {
  return assertionXml({ ...genuine, ...said });
}

/** A response in the clear that nobody signed. */
export function plainResponse(
  said: Partial<SaidLogin>,
  changeAssertion: ResponseLayout['changeAssertion'] = (xml) => xml,
): string {
  const login = { ...genuine, ...said };
  return responseXml(login, login.hasAssertion ? changeAssertion(assertionXml(login)) : '');
}

/** A new key whose certificate is valid from {@link now} until 2126. */
export function sampleKey(owner: string, bits = 2048): Promise<CertifiedKey> {
  return certifiedKey({ commonName: `ozg-hub test ${owner}`, from: now, days: 36_500, bits });
}

/** An identity provider and the service provider it answers, with keys of their own: make one per test file. */
export class SamlGround {
  /** The BundID: response and assertion signed. */
  readonly bundidLayout: ResponseLayout;
  /** Mein Unternehmenskonto: the response is signed, the assertion is not. */
  readonly mukLayout: ResponseLayout;
  readonly settings: IdentityProviderSettings;

  private constructor(
    readonly idpKey: CertifiedKey,
    readonly encryptionKey: CertifiedKey,
  ) {
    this.bundidLayout = {
      assertionSigned: true,
      responseSigned: true,
      encrypted: true,
      signatureAlgorithm: RSA_SHA256,
      digestAlgorithm: SHA256,
      contentAlgorithm: AES256_GCM,
      keyTransport: RSA_OAEP_MGF1P,
      oaepDigest: 'sha1',
      key: idpKey,
      encryptFor: encryptionKey.certificate,
      changeAssertion: (xml) => xml,
      changeResponse: (xml) => xml,
    };
    this.mukLayout = { ...this.bundidLayout, assertionSigned: false };
    this.settings = {
      idpEntityId: idp,
      idpCertificates: [idpKey.certificate],
      spEntityId: sp,
      decryptionKeys: [encryptionKey.key],
      assertionSigned: true,
    };
  }

  static async create(): Promise<SamlGround> {
    return new SamlGround(await sampleKey('identity provider'), await sampleKey('encryption'));
  }

  /** The document of an answer. */
  async responseXml(said: Partial<SaidLogin> = {}, how: Partial<ResponseLayout> = {}): Promise<string> {
    const login = { ...genuine, ...said };
    const layout = { ...this.bundidLayout, ...how };
    const changed = layout.changeResponse(responseXml(login, await sealedAssertion(login, layout)));
    return layout.responseSigned ? signedXml(changed, layout) : changed;
  }

  /** The form field of an answer. */
  async samlResponse(said?: Partial<SaidLogin>, how?: Partial<ResponseLayout>): Promise<string> {
    return base64(await this.responseXml(said, how));
  }

  /** A verifier whose time stands still. */
  verifier(settings: Partial<IdentityProviderSettings> = {}, replays = noReplays): ResponseVerifier {
    return createResponseVerifier({ ...this.settings, ...settings }, { replays, clock: { now: () => now } });
  }

  /** What the verifier makes of an answer to the request of the tests. */
  verified(
    response: string,
    settings: Partial<IdentityProviderSettings> = {},
    expected: Partial<ExpectedResponse> = {},
  ): Promise<VerifiedResponse> {
    return this.verifier(settings).verify(response, { requestId, assertionConsumerUrl: acs, ...expected });
  }

  /** The code an answer is refused by; what it proves where it is not. */
  async refusal(...given: Parameters<SamlGround['verified']>): Promise<string | VerifiedResponse> {
    try {
      return await this.verified(...given);
    } catch (error) {
      return (error as HubError).code;
    }
  }
}

async function sealedAssertion(login: SaidLogin, layout: ResponseLayout): Promise<string> {
  if (!login.hasAssertion) return '';
  const plain = assertionXml(login);
  const assertion = layout.changeAssertion(layout.assertionSigned ? signedXml(plain, layout) : plain);
  return layout.encrypted ? encryptedXml(assertion, layout) : assertion;
}
