import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Directory } from '@ozg-hub/directory';
import { type LoginDemand, demandOf } from './demand.ts';
import { loginErrors } from './errors.ts';
import type { IdentityProvider, LoginForm } from './identity-provider.port.ts';
import type { Logins, Outcome } from './logins.ts';
import { demandRequest } from './oidc/demand-request.ts';
import { type OpenIdProviders, isOver } from './oidc/openid-providers.ts';

/** The two sides of a browser's request, for the OpenID Provider. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A login that an online service asked for. */
export interface OpenLogin {
  readonly demand: LoginDemand;
  /** Name of the online service. */
  readonly service: string;
  readonly providers: readonly IdentityProvider[];
}

/** Refusals that the online service hears of, because its user, or the provider, can do something. */
const TOLD: readonly string[] = [
  'HUB_SAML_CANCELLED',
  'HUB_SAML_ATTRIBUTE_MISSING',
  'HUB_SAML_LEVEL_UNAVAILABLE',
  'HUB_SAML_REFUSED',
  'HUB_SAML_PROVIDER_FAILED',
];

/** Between the OpenID Provider, which wants somebody to sign in, and the logins. */
export class LoginDesk {
  constructor(
    private readonly logins: Logins,
    private readonly openIds: OpenIdProviders,
    private readonly directory: Directory,
  ) {}

  /**
   * The login under way in this browser.
   * @throws HUB_IDENTITY_INTERACTION, HUB_IDENTITY_NO_PROVIDER, and those of the demand
   */
  async open(uid: string, exchange: Exchange): Promise<OpenLogin> {
    const details = await this.#underWay(uid, exchange);
    const directory = this.directory.current();
    const demand = demandOf(demandRequest(details.params), directory);
    const providers = this.logins.offers(demand);
    if (providers.length === 0) throw loginErrors.HUB_IDENTITY_NO_PROVIDER();
    const { name = demand.client } = directory.identity.clients.find(({ id }) => id === demand.client) ?? {};
    return { demand, service: name, providers };
  }

  /** See {@link Logins.begin}. */
  async begin(
    uid: string,
    { demand }: OpenLogin,
    by: { readonly provider: string; readonly browser: string; readonly language: 'de' | 'en' },
  ): Promise<LoginForm> {
    return await this.logins.begin({ ...by, demand, interaction: uid });
  }

  /**
   * Takes the outcome of a login attempt; again as long as the OpenID Provider has not gone on.
   * @returns where the browser goes on, or the code of a refusal that the online service does not hear of
   * @throws those of {@link Logins.take}
   */
  async take(
    uid: string,
    { relayState, browser }: { readonly relayState: string; readonly browser: string },
    exchange: Exchange,
  ): Promise<{ readonly location: string } | { readonly refusal: string }> {
    const { taken } = await this.logins.check(relayState, uid, browser);
    await this.open(uid, exchange).catch((error: unknown) => {
      // Taken, and the OpenID Provider has gone on from there.
      throw taken && isOver(error) ? loginErrors.HUB_IDENTITY_ATTEMPT_USED({ cause: error }) : error;
    });
    const outcome = await this.logins.take(relayState, uid, browser);
    if ('refusal' in outcome && !TOLD.includes(outcome.refusal)) return outcome;
    return { location: await this.#handOver(outcome, exchange) };
  }

  /**
   * Ends a login because its user wants back to the online service.
   * @returns where the browser goes on
   * @throws HUB_IDENTITY_INTERACTION
   */
  async leave(uid: string, exchange: Exchange): Promise<string> {
    await this.#underWay(uid, exchange);
    return await this.#handOver({ refusal: 'HUB_SAML_CANCELLED' }, exchange);
  }

  async #underWay(uid: string, { request, response }: Exchange) {
    const details = await (await this.openIds.current()).interactionDetails(request, response);
    if (details.uid !== uid) throw loginErrors.HUB_IDENTITY_INTERACTION();
    return details;
  }

  async #handOver(outcome: Outcome, { request, response }: Exchange): Promise<string> {
    const provider = await this.openIds.current();
    const options = { mergeWithLastSubmission: false };
    return await provider.interactionResult(request, response, resultOf(outcome), options);
  }
}

function resultOf(outcome: Outcome) {
  if ('refusal' in outcome) return { error: 'access_denied', error_description: outcome.refusal };
  const ts = Math.floor(outcome.authenticatedAt.getTime() / 1000);
  return { login: { accountId: outcome.login, acr: outcome.vertrauensniveau, ts, remember: false } };
}
