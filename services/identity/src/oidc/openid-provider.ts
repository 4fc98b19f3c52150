import { createHmac } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { type Logger, isHubError } from '@ozg-hub/core';
import type { Directory } from '@ozg-hub/directory';
import { SIGNING_ALGORITHM, type SigningKeyPair } from '@ozg-hub/identity';
import { pageHeaders } from '@ozg-hub/runtime';
import { type Configuration, type JWK, type KoaContextWithOIDC, Provider, errors } from 'oidc-provider';
import { busyPage, errorPage } from '../choice/error-page.ts';
import { languageOf } from '../choice/language.ts';
import { acrValues, demandOf } from '../demand.ts';
import { ATTEMPT_SECONDS } from '../login-attempt.repository.ts';
import type { LoginRepository } from '../login.repository.ts';
import { limitsOf } from '../session-limits.ts';
import { accountClaims, accountOf, claimsByScope } from './account-claims.ts';
import { demandRequest } from './demand-request.ts';
import { loginEachTime } from './login-policy.ts';
import { OidcStateAdapter, type OidcStateOptions } from './oidc-state.adapter.ts';
import { TellingAdapter, retryAfterOf, tellPassing } from './passing-failure.ts';
import { refusalReason } from './refusal-reason.ts';
import { SESSION_COOKIE } from './session-cookie.ts';

export interface OpenIdProviderOptions extends OidcStateOptions {
  /** `https://hub.example/identity/oidc` */
  readonly issuer: string;
  /** Where a browser goes to sign in. */
  readonly loginUrl: (interaction: string) => string;
  readonly directory: Directory;
  readonly logins: LoginRepository;
  readonly logger: Logger;
  /** Current first. */
  readonly signingKeys: readonly SigningKeyPair[];
  /** Current first. */
  readonly cookieKeys: readonly Buffer[];
  /** Never changes: subjects are made of it. */
  readonly subjectKey: Buffer;
}

const CODE_SECONDS = 60;

/**
 * The OpenID Provider (OpenID Connect Core 1.0): authorization code with PKCE by S256 (RFC 7636), pairwise subjects, no
 * refresh tokens, no single sign-on between online services.
 */
export function createOpenIdProvider(options: OpenIdProviderOptions): Provider {
  const { issuer, logins, logger, subjectKey } = options;
  const cookies = { signed: true, httpOnly: true, sameSite: 'lax' as const, secure: issuer.startsWith('https:') };
  const configuration: Configuration = {
    adapter: (model: string) => new TellingAdapter(model, new OidcStateAdapter(model, options)),
    jwks: { keys: options.signingKeys.map(({ privateJwk }) => privateJwk as JWK) },
    cookies: {
      keys: options.cookieKeys.map((key) => key.toString('base64url')),
      names: { session: SESSION_COOKIE, interaction: 'ozg_identity_login', resume: 'ozg_identity_resume' },
      short: cookies,
      long: cookies,
    },
    clientDefaults: {
      grant_types: ['authorization_code'],
      response_types: ['code'],
      subject_type: 'pairwise',
      id_token_signed_response_alg: SIGNING_ALGORITHM,
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    enabledJWA: { idTokenSigningAlgValues: [SIGNING_ALGORITHM], userinfoSigningAlgValues: [SIGNING_ALGORITHM] },
    responseTypes: ['code'],
    scopes: ['openid', 'profile', 'email', 'address', 'attributes'],
    claims: { ...claimsByScope, iss: null },
    acrValues: [...acrValues],
    subjectTypes: ['pairwise'],
    pairwiseIdentifier: async (_ctx, accountId, client) => {
      const login = await tellPassing(() => logins.find(accountId), { toService: true });
      if (!login) throw new errors.InvalidToken('the login is over');
      const account = `${client.sectorIdentifier}|${accountOf(login)}`;
      return createHmac('sha256', subjectKey).update(account).digest('base64url');
    },
    findAccount: async (_ctx, id) => {
      const login = await tellPassing(() => logins.find(id), { toService: true });
      return login && { accountId: id, claims: () => Promise.resolve(accountClaims(id, login)) };
    },
    pkce: { required: () => true },
    issueRefreshToken: () => Promise.resolve(false),
    allowOmittingSingleRegisteredRedirectUri: false,
    extraParams: {
      tenant: null,
      leistung: null,
      application: (ctx: KoaContextWithOIDC) => checkDemand(ctx, options.directory),
    } as unknown as Configuration['extraParams'],
    interactions: { policy: loginEachTime(), url: (_ctx, { uid }) => options.loginUrl(uid) },
    loadExistingGrant: grantAll,
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      claimsParameter: { enabled: true },
      resourceIndicators: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
    },
    ttl: {
      AuthorizationCode: CODE_SECONDS,
      Interaction: ATTEMPT_SECONDS,
      AccessToken: (ctx) => limitsOf(ctx.oidc.entities.AuthorizationCode?.acr).idle,
      IdToken: (ctx) => limitsOf(ctx.oidc.entities.AuthorizationCode?.acr).idle,
      Session: (_ctx, session) => limitsOf(session.acr).whole,
      Grant: (ctx) => limitsOf(ctx.oidc.session?.acr).whole,
    },
    renderError: (ctx, _out, error) => {
      ctx.set(pageHeaders());
      ctx.body = retryAfterOf(error) ? busyPage(languageOf(ctx)) : errorPage(languageOf(ctx));
    },
  };
  const provider = new Provider(issuer, configuration);
  // Address and scheme are set by the controller, from the issuer, never from the request.
  provider.proxy = true;
  // What Koa itself cannot answer; without a listener it would go to the standard error with all it holds.
  const koa: EventEmitter = provider as unknown as EventEmitter;
  koa.on('error', (error: Error & { readonly expose?: boolean }) => {
    if (!error.expose) logger.error({ error }, 'the OpenID Provider failed');
  });
  provider.on('server_error', (_ctx, error) => logger.error({ error }, 'the OpenID Provider failed'));
  const refused = (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError) => {
    const retryAfter = retryAfterOf(error);
    if (retryAfter) ctx.set('retry-after', retryAfter);
    logger[retryAfter ? 'warn' : 'info'](
      {
        code: codeOf(error),
        oidcError: error.error,
        reason: refusalReason(error),
        client: ctx.oidc.client?.clientId,
      },
      'an OpenID request was refused',
    );
  };
  provider.on('authorization.error', refused);
  provider.on('grant.error', refused);
  provider.on('userinfo.error', refused);
  return provider;
}

/** Consent is the login itself: the online service gets what it asked for. */
async function grantAll(ctx: KoaContextWithOIDC) {
  const { client, session, provider, params } = ctx.oidc;
  if (!client || !session?.accountId || !ctx.oidc.result?.login) return undefined;
  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  grant.addOIDCScope(String(params?.['scope'] ?? 'openid'));
  grant.addOIDCClaims([...ctx.oidc.requestParamClaims]);
  await grant.save();
  return grant;
}

/** Before anybody signs in: is it an application that somebody here can make? */
function checkDemand(ctx: KoaContextWithOIDC, directory: Directory): void {
  try {
    demandOf(demandRequest(ctx.oidc.params ?? {}), directory.current());
  } catch (error) {
    if (!isHubError(error)) throw error;
    throw new errors.InvalidRequest(`${error.code}: ${error.message}`, undefined, { cause: error });
  }
}

function codeOf({ cause }: Error): string | undefined {
  return isHubError(cause) ? cause.code : undefined;
}
