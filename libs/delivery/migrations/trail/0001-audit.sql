-- Trail of one service: ids, states and codes; no personal data.

CREATE TABLE audit (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL,
  tenant text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  kind text NOT NULL,
  subject jsonb NOT NULL,
  actor text NOT NULL,
  state text,
  code text,
  details jsonb NOT NULL DEFAULT '{}',
  -- set by the sealer once the row is committed: place in the tenant's chain, and its hash
  chain_number bigint,
  chain_hash bytea,
  sealed_at timestamptz,
  CHECK ((chain_number IS NULL) = (chain_hash IS NULL))
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

CREATE INDEX audit_unsealed ON audit (position) WHERE chain_number IS NULL;
CREATE UNIQUE INDEX audit_chain ON audit (tenant, chain_number) WHERE chain_number IS NOT NULL;
CREATE INDEX audit_delivery ON audit ((subject ->> 'delivery')) WHERE subject ? 'delivery';
CREATE INDEX audit_submission ON audit ((subject ->> 'submission')) WHERE subject ? 'submission';

CREATE TABLE audit_checkpoint (
  number bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  -- the signed text, byte for byte
  body text NOT NULL,
  key_id text NOT NULL,
  signature text NOT NULL
);
