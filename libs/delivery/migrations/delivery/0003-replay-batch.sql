-- Replays of many deliveries by one operator, in portions and at a rate. What is in a batch is decided when it begins.

CREATE TABLE replay_batch (
  id uuid PRIMARY KEY,
  state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'PAUSED', 'DONE', 'CANCELLED')),
  filter jsonb NOT NULL,
  tenants text[] NOT NULL,
  reason text NOT NULL,
  actor text NOT NULL,
  -- deliveries per second, and the bucket that keeps to it in every process
  rate double precision NOT NULL CHECK (rate > 0),
  tokens double precision NOT NULL DEFAULT 1,
  tokens_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz
) WITH (fillfactor = 50);

CREATE INDEX replay_batch_open ON replay_batch (id) WHERE state IN ('RUNNING', 'PAUSED');
CREATE INDEX replay_batch_ended ON replay_batch (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE replay_target (
  batch_id uuid NOT NULL REFERENCES replay_batch (id) ON DELETE CASCADE,
  tenant text NOT NULL,
  target text NOT NULL,
  total integer NOT NULL,
  done integer NOT NULL DEFAULT 0,
  refused integer NOT NULL DEFAULT 0,
  PRIMARY KEY (batch_id, tenant, target)
) WITH (fillfactor = 50);

-- the delivery may be gone by the time it is its turn
CREATE TABLE replay_item (
  batch_id uuid NOT NULL REFERENCES replay_batch (id) ON DELETE CASCADE,
  delivery_id uuid NOT NULL,
  tenant text NOT NULL,
  target text NOT NULL,
  state text NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'DONE', 'REFUSED')),
  -- why it was refused
  code text,
  PRIMARY KEY (batch_id, delivery_id)
) WITH (fillfactor = 80);

CREATE INDEX replay_item_waiting ON replay_item (batch_id, tenant, target, delivery_id) WHERE state = 'WAITING';
CREATE INDEX replay_item_refused ON replay_item (batch_id, delivery_id) WHERE state = 'REFUSED';

-- claims: what a batch has queued comes after all else of its target
CREATE INDEX delivery_ready_batch ON delivery (tenant, target, next_at, position)
  WHERE state = 'QUEUED' AND NOT lane_held AND trigger = 'BATCH';
