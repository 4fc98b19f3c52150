-- Deliveries of one sending service. Times come from the database.

CREATE TABLE target_state (
  tenant text NOT NULL,
  target text NOT NULL,
  paused boolean NOT NULL DEFAULT false,
  pause_reason text,
  paused_by text,
  paused_at timestamptz,
  breaker text NOT NULL DEFAULT 'CLOSED' CHECK (breaker IN ('CLOSED', 'OPEN', 'HALF_OPEN')),
  breaker_failures integer NOT NULL DEFAULT 0,
  breaker_openings integer NOT NULL DEFAULT 0,
  breaker_until timestamptz,
  -- Retry-After of the target as a whole
  not_before timestamptz,
  tokens double precision NOT NULL DEFAULT 0,
  tokens_at timestamptz,
  -- time with the target paused or its breaker not closed; burns no budget
  closed_ms double precision NOT NULL DEFAULT 0,
  closed_since timestamptz,
  PRIMARY KEY (tenant, target)
) WITH (fillfactor = 50);

CREATE TABLE delivery (
  id uuid PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY,
  natural_key text NOT NULL UNIQUE,
  submission_id uuid NOT NULL,
  tenant text NOT NULL,
  purpose text NOT NULL,
  target text NOT NULL,
  lane text NOT NULL,
  -- seen behind another delivery of its lane; cleared by the change that releases the lane
  lane_held boolean NOT NULL DEFAULT false,
  reference jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('QUEUED', 'IN_FLIGHT', 'RETRY_WAIT', 'IN_DOUBT', 'AWAITING_RECEIPT',
    'AWAITING_RESULT', 'CONFIRMED', 'DELIVERED', 'PARKED', 'REJECTED', 'CANCELLED', 'SUPERSEDED')),
  sequence integer NOT NULL DEFAULT 0,
  fence integer NOT NULL DEFAULT 0,
  lease_until timestamptz,
  next_at timestamptz,
  due_at timestamptz,
  overdue boolean NOT NULL DEFAULT false,
  attempts integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  budget_mark double precision,
  budget_used_ms double precision NOT NULL DEFAULT 0,
  trigger text NOT NULL DEFAULT 'NEW',
  exchange_id uuid NOT NULL,
  exchange_number integer NOT NULL DEFAULT 1,
  code text,
  text_key text,
  fingerprint text,
  aktenzeichen text,
  object_id text,
  supersedes uuid,
  superseded_by uuid,
  traceparent text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
  autovacuum_analyze_scale_factor = 0.05);

-- claims: the front of each target's queue
CREATE INDEX delivery_ready ON delivery (tenant, target, next_at, position)
  WHERE state IN ('QUEUED', 'RETRY_WAIT') AND NOT lane_held;
CREATE INDEX delivery_doubt ON delivery (tenant, target, next_at)
  WHERE state = 'IN_DOUBT' AND lease_until IS NULL AND next_at IS NOT NULL;
-- under way per target, and leases that ran out
CREATE INDEX delivery_leased ON delivery (tenant, target, lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX delivery_lease ON delivery (lease_until) WHERE lease_until IS NOT NULL;
-- lanes: who is before me, who waits behind me
CREATE INDEX delivery_lane ON delivery (tenant, target, lane, position)
  WHERE state IN ('QUEUED', 'IN_FLIGHT', 'RETRY_WAIT', 'IN_DOUBT', 'AWAITING_RECEIPT', 'PARKED', 'REJECTED');
CREATE INDEX delivery_held ON delivery (tenant, target, lane) WHERE lane_held;
CREATE INDEX delivery_due ON delivery (due_at) WHERE due_at IS NOT NULL AND NOT overdue;
CREATE INDEX delivery_overdue ON delivery (tenant, id) WHERE overdue;
-- operators: what is not terminal by state, and everything by submission and age
CREATE INDEX delivery_open ON delivery (state, tenant, target, id)
  WHERE state NOT IN ('CONFIRMED', 'DELIVERED', 'CANCELLED', 'SUPERSEDED');
CREATE INDEX delivery_fingerprint ON delivery (fingerprint, id)
  WHERE fingerprint IS NOT NULL AND state IN ('PARKED', 'RETRY_WAIT', 'REJECTED', 'IN_DOUBT');
CREATE INDEX delivery_submission ON delivery (submission_id);
CREATE INDEX delivery_tenant ON delivery (tenant, id);
CREATE INDEX delivery_terminal ON delivery (updated_at)
  WHERE state IN ('CONFIRMED', 'DELIVERED', 'CANCELLED', 'SUPERSEDED');

CREATE TABLE exchange (
  id uuid PRIMARY KEY,
  delivery_id uuid NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
  number integer NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT now(),
  receipt_at timestamptz,
  result_at timestamptz,
  -- what the target said in the end: CONFIRMED or REJECTED
  result text,
  code text,
  UNIQUE (delivery_id, number)
) WITH (fillfactor = 80);

CREATE TABLE step (
  exchange_id uuid NOT NULL REFERENCES exchange (id) ON DELETE CASCADE,
  name text NOT NULL,
  result jsonb NOT NULL,
  fence integer NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (exchange_id, name)
);

CREATE TABLE attempt (
  id uuid PRIMARY KEY,
  delivery_id uuid NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
  exchange_id uuid NOT NULL,
  trigger text NOT NULL,
  fence integer NOT NULL,
  started_at timestamptz NOT NULL,
  duration_ms integer NOT NULL,
  class text NOT NULL,
  code text,
  status text,
  excerpt text,
  actor text NOT NULL,
  -- came under an old fence: recorded, without effect on the delivery
  fenced boolean NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX attempt_delivery ON attempt (delivery_id, started_at);

CREATE TABLE reply_event (
  id uuid PRIMARY KEY,
  exchange_id uuid NOT NULL REFERENCES exchange (id) ON DELETE CASCADE,
  kind text NOT NULL,
  outcome text NOT NULL,
  code text,
  received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reply_event_exchange ON reply_event (exchange_id);
