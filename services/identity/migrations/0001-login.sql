-- A way to an identity provider and back, begun by one browser. No personal data but in `outcome`, which is sealed.
CREATE TABLE login_attempt (
  -- SHA-256 of the RelayState, which only the browser and the identity provider know.
  key bytea PRIMARY KEY,
  -- SHA-256 of the secret in the browser's cookie.
  browser bytea NOT NULL,
  -- Uid of the interaction of the OpenID Provider.
  interaction text NOT NULL,
  provider text NOT NULL,
  -- ID of the AuthnRequest.
  request_id text NOT NULL,
  -- Who asks for whom and what: client, tenant, leistung, application, level, applicant kinds.
  demand jsonb NOT NULL,
  begun_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  -- When the answer of the identity provider came; a second one is refused.
  answered_at timestamptz,
  outcome bytea,
  -- When the browser took the outcome; a second time is refused.
  taken_at timestamptz
);
CREATE INDEX login_attempt_expiry ON login_attempt (expires_at);

-- A login that succeeded, for as long as its tokens live. Who it was is sealed.
CREATE TABLE login (
  id uuid PRIMARY KEY,
  sealed bytea NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX login_expiry ON login (expires_at);

-- What the OpenID Provider keeps: interactions, codes, tokens, sessions. Keys are SHA-256, payloads sealed.
CREATE TABLE oidc_state (
  model text NOT NULL,
  key bytea NOT NULL,
  grant_key bytea,
  uid_key bytea,
  sealed bytea NOT NULL,
  consumed_at timestamptz,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (model, key)
);
CREATE INDEX oidc_state_grant ON oidc_state (grant_key) WHERE grant_key IS NOT NULL;
CREATE INDEX oidc_state_uid ON oidc_state (uid_key) WHERE uid_key IS NOT NULL;
CREATE INDEX oidc_state_expiry ON oidc_state (model, expires_at);

-- Assertions that were used, until they expire by themselves.
CREATE TABLE used_assertion (
  id text PRIMARY KEY,
  until timestamptz NOT NULL
);
CREATE INDEX used_assertion_until ON used_assertion (until);
