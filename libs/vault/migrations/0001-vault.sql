-- Keys and objects of the vault. Nothing here can be read without the keyring, which lies outside of the database
-- and of the data directory (deploy/decisions/0001).

-- Blocks of 32 leaves of the key tree; 2^27 blocks make its 2^32 leaves. Abandoned leaves cost nothing.
CREATE SEQUENCE vault.leaf_block AS bigint MINVALUE 0 MAXVALUE 134217727 START WITH 0 NO CYCLE;

CREATE TABLE vault.tenant_key (
  tenant text NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  -- master key of the keyring that wraps the key now, and the one that did when the key was made
  master_id text NOT NULL,
  made_under text NOT NULL,
  wrapped bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, version)
);

-- One per submission. Deleting the row and forgetting the leaf erases all content of the submission.
CREATE TABLE vault.data_key (
  submission_id uuid PRIMARY KEY,
  tenant text NOT NULL,
  tenant_key_version integer NOT NULL,
  master_id text NOT NULL,
  leaf bigint NOT NULL UNIQUE CHECK (leaf BETWEEN 0 AND 4294967295),
  wrapped bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- No foreign key to data_key: it would be checked per row at each intake. Objects are inserted in the statement that
-- inserts or locks their data key, and deleted after it.
CREATE TABLE vault.object (
  object_id uuid PRIMARY KEY,
  submission_id uuid NOT NULL,
  tenant text NOT NULL,
  -- sealed JSON: kind, media type, file name, size, sha256
  meta bytea NOT NULL,
  -- either the sealed content, or the path of its file below the vault's folder
  content bytea,
  file text,
  stored_bytes bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((content IS NULL) <> (file IS NULL))
);
-- Ciphertext does not compress; do not try.
ALTER TABLE vault.object ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX object_submission ON vault.object (submission_id);
CREATE UNIQUE INDEX object_file ON vault.object (file) WHERE file IS NOT NULL;

-- Written by the transaction that erases; finished when the keyring on disk has forgotten the leaf.
CREATE TABLE vault.erasure (
  submission_id uuid PRIMARY KEY,
  tenant text NOT NULL,
  leaf bigint NOT NULL,
  master_id text NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT now(),
  punctured_at timestamptz,
  -- generation of the keyring that forgot it
  generation bigint
);
CREATE INDEX erasure_pending ON vault.erasure (requested_at) WHERE punctured_at IS NULL;
CREATE INDEX erasure_generation ON vault.erasure (generation) WHERE generation IS NOT NULL;
