-- Messages that could not be decoded or handled, as they came; a person decides.
CREATE TABLE parked_message (
  id          uuid PRIMARY KEY,
  consumer    text NOT NULL,
  topic       text NOT NULL,
  partition   int NOT NULL,
  position    text NOT NULL,
  key         text NOT NULL,
  headers     jsonb NOT NULL,
  value       bytea NOT NULL,
  code        text NOT NULL,
  detail      text,
  attempts    int NOT NULL,
  parked_at   timestamptz NOT NULL DEFAULT now(),
  resolved_at timestamptz
);

CREATE INDEX parked_message_open ON parked_message (parked_at) WHERE resolved_at IS NULL;
