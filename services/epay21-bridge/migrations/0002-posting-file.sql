-- Files of postings for finance systems that read no events. Amounts are minor units (cents).

-- Counts the files of one profile of a finance target; locked by who makes the next one.
CREATE TABLE posting_file_series (
  tenant text NOT NULL,
  target text NOT NULL,
  profile text NOT NULL,
  last bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, target, profile)
);

-- A file as it was written, for good: handing it over again hands over these bytes under this name.
CREATE TABLE posting_file (
  id uuid PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  tenant text NOT NULL,
  target text NOT NULL,
  profile text NOT NULL,
  -- From 1, without a gap.
  number bigint NOT NULL,
  business_day date NOT NULL,
  -- 1 for the first file of the day; later ones have what came too late for it.
  part integer NOT NULL,
  name text NOT NULL,
  media_type text NOT NULL,
  content bytea NOT NULL,
  sha256 text NOT NULL,

  -- Control totals; net is what the payment service owes: gross less fee less reversed.
  currency text NOT NULL,
  postings integer NOT NULL,
  gross_minor bigint NOT NULL,
  fee_minor bigint NOT NULL,
  reversed_minor bigint NOT NULL,
  net_minor bigint NOT NULL,

  state text NOT NULL CHECK (state IN ('WRITTEN', 'HANDED_OVER')),
  -- When it may be handed over again; far enough ahead while somebody does.
  next_try_at timestamptz,
  tries integer NOT NULL DEFAULT 0,
  -- Why the last try failed.
  code text,
  reissues integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  handed_over_at timestamptz,
  UNIQUE (tenant, target, profile, number),
  UNIQUE (tenant, target, profile, business_day, part)
);
CREATE INDEX posting_file_waiting ON posting_file (next_try_at) WHERE state = 'WRITTEN';
CREATE INDEX posting_file_of_day ON posting_file (tenant, business_day);

-- In which file of a profile a posting stands; in one, and no other.
CREATE TABLE posting_filed (
  tenant text NOT NULL,
  target text NOT NULL,
  profile text NOT NULL,
  event_id uuid NOT NULL REFERENCES posting (event_id),
  file_id uuid NOT NULL REFERENCES posting_file,
  PRIMARY KEY (tenant, target, profile, event_id)
);
CREATE INDEX posting_filed_in ON posting_filed (file_id);

-- What keeps the postings of a day from being written; gone once they are.
CREATE TABLE posting_file_problem (
  tenant text NOT NULL,
  target text NOT NULL,
  profile text NOT NULL,
  business_day date NOT NULL,
  code text NOT NULL,
  -- Lines and fields; never a value.
  places jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, target, profile, business_day)
);
