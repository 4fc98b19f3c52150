import type { XmlTree } from '@ozg-hub/xml';

/** What an identity provider is known by, and how it answers. */
export interface IdentityProviderSettings {
  /** Issuer of every response and assertion. */
  readonly idpEntityId: string;
  /** PEM; the only certificates whose keys are trusted. Two or more side by side for a rollover. */
  readonly idpCertificates: readonly string[];
  /** Our own entityID: the audience. */
  readonly spEntityId: string;
  /** PEM private keys, the current one first: an assertion may be encrypted to any of them. */
  readonly decryptionKeys: readonly string[];
  /**
   * Whether the assertion must be signed itself; the response always must. BundID: true, MUK: false.
   */
  readonly assertionSigned: boolean;
  /** Accepts assertions in the clear too; default false. For tests and for providers that have no encryption. */
  readonly unencryptedAllowed?: boolean;
  /** Difference of clocks in milliseconds that is accepted; default and most 60,000. */
  readonly clockSkewMs?: number;
  /** Oldest assertion in milliseconds, from its IssueInstant, whatever it says itself; default 10 minutes. */
  readonly maxAgeMs?: number;
}

/** What the login attempt knows that the response answers. */
export interface ExpectedResponse {
  /** ID of the AuthnRequest. */
  readonly requestId: string;
  /** Our assertion consumer service: Destination of the response, Recipient of the assertion. */
  readonly assertionConsumerUrl: string;
  /** AuthnContextClassRefs that are good enough, compared exactly; undefined: any. */
  readonly authnContexts?: readonly string[];
  /** When the request was made that forces authentication: an older login is single sign-on. Undefined: any. */
  readonly authenticatedAfter?: Date;
}

/** An attribute of the assertion, under its signature. */
export interface SamlAttribute {
  /** As sent, e.g. `urn:oid:2.5.4.42`. */
  readonly name: string;
  readonly friendlyName?: string;
  /** Each a text, or the AttributeValue itself where it has elements in it (MUK: Unternehmensanschrift). */
  readonly values: readonly (string | XmlTree)[];
  /** `akdb:TrustLevel` of the BundID: UNTERGEORDNET, NORMAL, SUBSTANTIELL, HOCH. */
  readonly trustLevel?: string;
}

/** What a response proves. Holds personal data. */
export interface VerifiedResponse {
  readonly nameId: string;
  readonly nameIdFormat?: string;
  readonly sessionIndex?: string;
  /** AuthnContextClassRef: the level that was reached. */
  readonly authnContext: string;
  readonly authnInstant: Date;
  /** In the order of the assertion. A name may stand there twice. */
  readonly attributes: readonly SamlAttribute[];
  readonly assertionId: string;
  /** From then on the assertion is refused. */
  readonly notOnOrAfter: Date;
}

/** Checks the answers of one identity provider (SAML 2.0 Web Browser SSO profile, §4.1.4). */
export interface ResponseVerifier {
  /**
   * @param samlResponse the form field `SAMLResponse` as it came (HTTP-POST binding §3.5.4)
   * @throws one of samlErrors; of a status other than success the `cause` is a `SamlStatus`. Nothing of the response may be
   * used then
   */
  verify(samlResponse: string, expected: ExpectedResponse): Promise<VerifiedResponse>;
}

/** Assertions that were used; shared by all instances of the service. */
export interface ReplayStore {
  /**
   * Notes that an assertion is used.
   * @param id of at most 64 characters
   * @param until when it may be forgotten
   * @returns false where it was used before
   */
  claim(id: string, until: Date): Promise<boolean>;
}
