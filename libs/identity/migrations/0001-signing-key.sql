-- Keys that sign identity proofs and tokens. What verifies stands in a table of its own, the only one that a service
-- which takes proofs may read.
CREATE TABLE signing_key (
  kid         text PRIMARY KEY,
  -- proof, oidc
  purpose     text NOT NULL,
  algorithm   text NOT NULL,
  public_jwk  jsonb NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  -- set when a younger key took over: until then it still verifies
  retires_at  timestamptz
);
CREATE UNIQUE INDEX signing_key_current ON signing_key (purpose) WHERE retires_at IS NULL;

-- Private parts as the vault seals secrets of the hub.
CREATE TABLE signing_secret (
  kid    text PRIMARY KEY REFERENCES signing_key ON DELETE CASCADE,
  sealed bytea NOT NULL
);
