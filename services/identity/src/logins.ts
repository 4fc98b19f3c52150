import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type Clock, type HubError, type Logger, isHubError, newId } from '@ozg-hub/core';
import type { Directory } from '@ozg-hub/directory';
import { encodeEvent, identityVerified } from '@ozg-hub/events';
import { type IdentityProofs, type Vertrauensniveau, reaches } from '@ozg-hub/identity';
import { type Store, outbox } from '@ozg-hub/store';
import type { LoginDemand } from './demand.ts';
import { loginErrors } from './errors.ts';
import type { IdentityProvider, LoginAttempt, LoginForm, VerifiedIdentity } from './identity-provider.port.ts';
import { type AttemptRow, LoginAttemptRepository, keyOf } from './login-attempt.repository.ts';
import { LoginRepository } from './login.repository.ts';
import type { SealedRecords } from './sealed-records.ts';
import { limitsOf } from './session-limits.ts';

export interface LoginsOptions {
  readonly store: Store;
  readonly records: SealedRecords;
  readonly directory: Directory;
  readonly providers: { all(): readonly IdentityProvider[]; get(id: string): IdentityProvider };
  readonly proofs: IdentityProofs;
  readonly clock: Clock;
  readonly logger: Logger;
  /** CloudEvents source. */
  readonly source: string;
  /** Most login attempts under way. */
  readonly mostOpen: number;
  readonly observe: (provider: string, outcome: string) => void;
}

/** A browser that wants to sign in. */
export interface Beginning {
  readonly demand: LoginDemand;
  /** Uid of the interaction of the OpenID Provider. */
  readonly interaction: string;
  /** Secret of the browser's cookie. */
  readonly browser: string;
  readonly provider: string;
  readonly language: 'de' | 'en';
}

/** What came of a login attempt. */
export type Outcome =
  | { readonly login: string; readonly vertrauensniveau: Vertrauensniveau; readonly authenticatedAt: Date }
  | { readonly refusal: string };

type SealedOutcome =
  | { readonly identity: VerifiedIdentity & { authenticatedAt: string } }
  | { readonly refusal: string }
  /** What is left of an identity once its login is made. */
  | { readonly made: { readonly login: string; readonly vertrauensniveau: Vertrauensniveau; authenticatedAt: string } };

/** Logins from the choice of a provider to the proof: an attempt is begun, answered once, and taken by its browser. */
export class Logins {
  readonly #attempts: LoginAttemptRepository;

  constructor(private readonly options: LoginsOptions) {
    this.#attempts = new LoginAttemptRepository(options.store);
  }

  /** The identity providers that vouch for the applicants of a Leistung as strongly as demanded, in the order of the directory. */
  offers({ applicants, vertrauensniveau }: LoginDemand): readonly IdentityProvider[] {
    return this.options.providers
      .all()
      .filter(({ applicant, highest }) => applicants.includes(applicant) && reaches(highest, vertrauensniveau));
  }

  /** @throws HUB_IDENTITY_NO_PROVIDER, HUB_IDENTITY_BUSY, HUB_IDENTITY_PROVIDER_UNUSABLE */
  async begin({ demand, interaction, browser, provider: id, language }: Beginning): Promise<LoginForm> {
    const provider = this.offers(demand).find((one) => one.id === id);
    if (!provider) throw loginErrors.HUB_IDENTITY_NO_PROVIDER();
    if ((await this.#attempts.open()) >= this.options.mostOpen) {
      throw loginErrors.HUB_IDENTITY_BUSY({ retryAfterSeconds: 60 });
    }
    const relayState = randomBytes(32).toString('base64url');
    const requestId = `_${randomBytes(20).toString('hex')}`;
    const begunAt = this.options.clock.now();
    const attempt = this.#attemptOf(relayState, { requestId, begunAt, demand }, language);
    const form = await provider.begin(attempt);
    const row = { browser: keyOf(browser), interaction, provider: id, requestId, begunAt, demand };
    await this.#attempts.add(relayState, row);
    this.options.observe(id, 'begun');
    return form;
  }

  /**
   * The answer of an identity provider; good or bad, it waits for the browser that began. Where the failure is the hub's
   * own (no database, no keys), the same answer may come again: its assertion is marked as used last of all.
   * @returns uid of the interaction
   * @throws HUB_IDENTITY_RELAY_STATE, HUB_IDENTITY_OTHER_PROVIDER, HUB_IDENTITY_ATTEMPT_EXPIRED, HUB_IDENTITY_ATTEMPT_USED,
   * HUB_IDENTITY_PROVIDER_UNUSABLE, HUB_STORE_…
   */
  async answer(providerId: string, relayState: string, samlResponse: string): Promise<string> {
    const row = await this.#attempts.find(relayState);
    if (!row) throw loginErrors.HUB_IDENTITY_RELAY_STATE();
    if (row.provider !== providerId) throw loginErrors.HUB_IDENTITY_OTHER_PROVIDER();
    if (row.expired) throw loginErrors.HUB_IDENTITY_ATTEMPT_EXPIRED();
    if (!(await this.#attempts.beginAnswer(relayState))) throw loginErrors.HUB_IDENTITY_ATTEMPT_USED();
    try {
      const outcome = await this.#verify(row, relayState, samlResponse);
      await this.#attempts.putOutcome(relayState, await this.options.records.seal(placeOf(relayState), outcome));
    } catch (error) {
      // Where this fails too, the answer is free again by itself.
      await this.#attempts.takeBackAnswer(relayState).catch(() => undefined);
      throw error;
    }
    return row.interaction;
  }

  /**
   * Whether there is an outcome that this browser may take for this interaction.
   * @throws HUB_IDENTITY_RELAY_STATE, HUB_IDENTITY_OTHER_BROWSER, HUB_IDENTITY_OTHER_INTERACTION,
   * HUB_IDENTITY_ATTEMPT_EXPIRED, HUB_IDENTITY_ATTEMPT_USED
   */
  async check(
    relayState: string,
    interaction: string,
    browser: string,
  ): Promise<AttemptRow & { readonly outcome: Buffer }> {
    const row = await this.#attempts.find(relayState);
    if (!row) throw loginErrors.HUB_IDENTITY_RELAY_STATE();
    if (!timingSafeEqual(row.browser, keyOf(browser))) throw loginErrors.HUB_IDENTITY_OTHER_BROWSER();
    if (row.interaction !== interaction) throw loginErrors.HUB_IDENTITY_OTHER_INTERACTION();
    if (row.taken && (row.expired || !row.outcome)) throw loginErrors.HUB_IDENTITY_ATTEMPT_USED();
    if (row.expired || !row.outcome) throw loginErrors.HUB_IDENTITY_ATTEMPT_EXPIRED();
    return { ...row, outcome: row.outcome };
  }

  /**
   * Gives the outcome to the browser that began. The first time makes a login, its proof and `identity.verified`; each
   * later one gives the same login, for a browser to which it could not be handed.
   * @throws those of {@link check}
   */
  async take(relayState: string, interaction: string, browser: string): Promise<Outcome> {
    const row = await this.check(relayState, interaction, browser);
    const outcome = await this.options.records.open<SealedOutcome>(placeOf(relayState), row.outcome);
    if ('made' in outcome) return { ...outcome.made, authenticatedAt: new Date(outcome.made.authenticatedAt) };
    if ('refusal' in outcome) {
      await this.#attempts.take(relayState, row.outcome);
      return outcome;
    }
    const made = await this.#complete(row, relayState, outcome.identity);
    return made ?? (await this.take(relayState, interaction, browser));
  }

  async #verify(
    row: AttemptRow,
    relayState: string,
    samlResponse: string,
  ): Promise<{ identity: VerifiedIdentity } | { refusal: string }> {
    const { logger, observe, providers } = this.options;
    try {
      const attempt = this.#attemptOf(relayState, row, 'de');
      const identity = await providers.get(row.provider).finish(samlResponse, attempt);
      if (!reaches(identity.vertrauensniveau, row.demand.vertrauensniveau))
        throw loginErrors.HUB_IDENTITY_LEVEL_TOO_LOW();
      if (!row.demand.applicants.includes(identity.applicant)) throw loginErrors.HUB_IDENTITY_APPLICANT_KIND();
      observe(row.provider, 'verified');
      return { identity };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const { client, tenant, leistung } = row.demand;
      const status =
        error.cause instanceof Error && error.cause.name === 'SamlStatus' ? error.cause.message : undefined;
      logger.warn(
        { code: error.code, provider: row.provider, client, tenant, leistung, samlStatus: status },
        'a login was refused',
      );
      observe(row.provider, error.code);
      return { refusal: error.code };
    }
  }

  /** @returns undefined where another one was faster */
  async #complete(
    { demand }: AttemptRow,
    relayState: string,
    sealed: VerifiedIdentity & { authenticatedAt: string },
  ): Promise<Outcome | undefined> {
    const { store, proofs, clock, source, records } = this.options;
    const { subject, attributes, replyAddress, ...said } = sealed;
    const authenticatedAt = new Date(sealed.authenticatedAt);
    const { tenant, leistung, application, client } = demand;
    const { provider, applicant, vertrauensniveau } = said;
    const statement = { tenant, leistung, application, applicant, vertrauensniveau, provider, authenticatedAt };
    const identity = { subject, attributes: [...attributes], ...(replyAddress && { replyAddress }) };
    const { proof, id: proofId } = await proofs.sign(statement, identity);
    const now = clock.now();
    const login = newId(now);
    const data = {
      loginId: login,
      tenant,
      leistung,
      application,
      client,
      provider,
      applicant,
      vertrauensniveau,
      proofId,
    };
    const event = encodeEvent(identityVerified, { ...data, at: now.toISOString() }, { source, at: now, sequence: 0 });
    const made = { login, vertrauensniveau, authenticatedAt };
    const left = await records.seal(placeOf(relayState), { made });
    const isFirst = await store.tx(async (tx) => {
      if (!(await new LoginAttemptRepository(tx).take(relayState, left))) return false;
      const row = { ...sealed, tenant, leistung, application, proof };
      await new LoginRepository(tx, records).add(login, row, limitsOf(vertrauensniveau).whole);
      await outbox.append(tx, [event]);
      return true;
    });
    return isFirst ? made : undefined;
  }

  #attemptOf(
    relayState: string,
    { requestId, begunAt, demand }: Pick<AttemptRow, 'requestId' | 'begunAt' | 'demand'>,
    language: 'de' | 'en',
  ): LoginAttempt {
    const tenantName = this.options.directory.current().tenant(demand.tenant)?.name ?? demand.tenant;
    return { requestId, relayState, begunAt, demand, tenantName, language };
  }
}

/** What the answer itself earns. Other failures are ours and pass: the same answer may be good a moment later. */
function isRefusal(error: unknown): error is HubError {
  return isHubError(error) && (error.status < 500 || error.code === 'HUB_SAML_PROVIDER_FAILED');
}

function placeOf(relayState: string): string {
  return `attempt ${keyOf(relayState).toString('hex')}`;
}
