-- What a consumer has already taken; a second delivery of the same event claims nothing.
CREATE TABLE inbox (
  consumer    text NOT NULL,
  source      text NOT NULL,
  event_id    text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, source, event_id)
);

CREATE INDEX inbox_received_at ON inbox USING brin (received_at);
