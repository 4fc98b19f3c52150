-- Notices for the citizen, filed with the case of their submission. One whose submission has not come here yet waits for it.
CREATE TABLE notice (
  id uuid PRIMARY KEY,
  submission_id uuid NOT NULL,
  tenant text NOT NULL,
  -- when it was made
  issued_at timestamptz NOT NULL,
  -- of each: ref in the vault, role, fileName, title, mediaType
  documents jsonb NOT NULL,
  traceparent text,
  received_at timestamptz NOT NULL DEFAULT now(),
  -- position among those of its submission
  position bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX notice_submission ON notice (submission_id, position);
CREATE INDEX notice_received ON notice (received_at);
