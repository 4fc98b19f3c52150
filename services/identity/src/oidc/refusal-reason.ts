import type { errors } from 'oidc-provider';

/** Why the OpenID Provider refuses, in words for the log, by what it says itself (error_detail, error_description). */
const REASONS: readonly (readonly [said: RegExp, reason: string])[] = [
  [/^authorization code not found$/, 'code_unknown'],
  [/^(?:authorization code already consumed|it was used before)$/, 'code_used'],
  [/^authorization code is expired$/, 'code_expired'],
  [/^client mismatch$/, 'code_of_other_client'],
  [/^authorization code redirect_uri mismatch$/, 'redirect_uri_mismatch'],
  [/^redirect_uri did not match /, 'redirect_uri_unknown'],
  [/^code_verifier must be provided$/, 'verifier_missing'],
  [/^code_verifier /, 'verifier_wrong'],
  [/^Authorization Server policy requires PKCE /, 'pkce_missing'],
  [/^code_challenge must be provided /, 'challenge_missing'],
  [/^code_challenge_method must be provided$/, 'challenge_method_missing'],
  [/^not supported value of code_challenge_method$/, 'challenge_method_unsupported'],
  [/^code_challenge /, 'challenge_malformed'],
  [/^grant (?:not found|is expired)$|referenced account not found|associated account not found/, 'login_over'],
  [/^invalid secret provided$/, 'secret_wrong'],
  [/^client not found$|^client is invalid$/, 'client_unknown'],
  [/authentication mechanism/, 'client_authentication_method'],
  [/^access token not found$/, 'access_token_unknown'],
  [/^no access token provided$/, 'access_token_missing'],
  [/^could not validate id_token_hint$/, 'id_token_hint_invalid'],
  [/^another account signed in /, 'other_account'],
  [/^missing required parameters? /, 'parameter_missing'],
  [/must not be provided twice$/, 'parameter_twice'],
  [/^could not parse the claims parameter JSON$|^claims/, 'claims_malformed'],
  [/^authorization request has expired$|^interaction session /, 'interaction_over'],
];

/** A word for the log; never what was sent, which the library's own words may quote. undefined: a reason without word */
export function refusalReason({ error_detail, error_description }: errors.OIDCProviderError): string | undefined {
  const said = [error_detail, error_description].filter((text) => text !== undefined);
  return said
    .flatMap((text) => REASONS.filter(([pattern]) => pattern.test(text)))
    .map(([, reason]) => reason)
    .at(0);
}
