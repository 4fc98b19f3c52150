import type { ApplicantKind, IdentityAttribute, ReplyAddress, Vertrauensniveau } from '@ozg-hub/identity';
import type { LoginDemand } from './demand.ts';

/** A login attempt as an identity provider sees it. */
export interface LoginAttempt {
  /** ID of the request; the answer must name it. */
  readonly requestId: string;
  /** Comes back beside the answer: opaque, 43 characters. */
  readonly relayState: string;
  /** The provider has to have its user sign in after that: a login from before is another one's. */
  readonly begunAt: Date;
  readonly demand: LoginDemand;
  /** Name of the municipality, for the provider's page. */
  readonly tenantName: string;
  readonly language: 'de' | 'en';
}

/** What the browser posts to the identity provider. */
export interface LoginForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Who signed in. Holds personal data. */
export interface VerifiedIdentity {
  readonly provider: string;
  readonly applicant: ApplicantKind;
  readonly vertrauensniveau: Vertrauensniveau;
  /** Key of the applicant that stays the same at each login: bPK2 of BundID, `du-…` (the company) of MUK. */
  readonly subject: string;
  /** Key of who acts, where several act for one subject: `ek-…` of MUK. */
  readonly account?: string;
  /** In the words of the provider's adapter; see the service's README. */
  readonly attributes: readonly IdentityAttribute[];
  readonly replyAddress?: ReplyAddress;
  readonly authenticatedAt: Date;
}

/** Vouches for citizens or companies: BundID, Mein Unternehmenskonto, a Servicekonto. */
export interface IdentityProvider {
  readonly id: string;
  /** What the choice page calls it. */
  readonly name: string;
  readonly applicant: ApplicantKind;
  /** The best that it ever vouches for; it is not offered where more is demanded. */
  readonly highest: Vertrauensniveau;
  /** @throws HUB_IDENTITY_PROVIDER_UNUSABLE */
  begin(attempt: LoginAttempt): Promise<LoginForm>;
  /**
   * Checks the answer and reads who it was; level and required attributes are compared with the demand.
   * @param answer the form field as it came
   * @throws HUB_SAML_…, HUB_IDENTITY_… of the first thing that is wrong
   */
  finish(answer: string, attempt: LoginAttempt): Promise<VerifiedIdentity>;
}
