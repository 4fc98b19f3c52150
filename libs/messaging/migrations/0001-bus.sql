-- The log of the PostgreSQL bus. A position becomes visible only in commit order: it is taken from partition.next_position,
-- whose row stays locked until the publisher commits.

CREATE TABLE topic (
  name           text PRIMARY KEY,
  partitions     integer NOT NULL CHECK (partitions BETWEEN 1 AND 1024),
  retention_days integer NOT NULL CHECK (retention_days > 0),
  created_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE partition (
  id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic         text    NOT NULL REFERENCES topic (name),
  number        integer NOT NULL CHECK (number >= 0),
  next_position bigint  NOT NULL DEFAULT 1,
  UNIQUE (topic, number)
) WITH (fillfactor = 50);

CREATE TABLE message (
  partition_id integer     NOT NULL,
  position     bigint      NOT NULL,
  id           uuid        NOT NULL,
  key          text        NOT NULL,
  headers      jsonb       NOT NULL,
  value        bytea       NOT NULL,
  published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (partition_id, position)
);

-- next_position is the first message that the group has not committed.
-- The row stays locked while a consumer works on a batch: one consumer per partition and group, across processes.
CREATE TABLE consumer_offset (
  consumer_group text        NOT NULL,
  partition_id   integer     NOT NULL REFERENCES partition (id),
  next_position  bigint      NOT NULL,
  committed_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer_group, partition_id)
) WITH (fillfactor = 50);
