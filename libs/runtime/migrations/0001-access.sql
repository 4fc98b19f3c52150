-- API keys of partners and operators. The secret itself is never stored.
CREATE TABLE api_key (
  id          text PRIMARY KEY,
  secret_hash bytea NOT NULL,
  name        text NOT NULL,
  scopes      text[] NOT NULL,
  -- null: every tenant
  tenants     text[],
  created_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text NOT NULL,
  revoked_at  timestamptz,
  revoked_by  text
);
