-- Accepted applications. Contents lie in the vault; here are keys, references and hashes only.
CREATE TABLE submission (
  id                  uuid PRIMARY KEY,
  tenant              text NOT NULL,
  leistung            text NOT NULL,
  blueprint           text NOT NULL,
  directory_version   text NOT NULL,
  source              text NOT NULL,
  organisationseinheit text NOT NULL,
  prozessschluessel   text NOT NULL,
  vorgang             text,
  hauptvorgang        text,
  art                 text NOT NULL,
  laufende_nummer     integer NOT NULL,
  header_key          text,
  content_hash        text NOT NULL,
  envelope_ref        uuid NOT NULL,
  -- what has to be delivered before the submission is complete, e.g. {dms}
  expects             text[] NOT NULL,
  traceparent         text NOT NULL,
  key_id              text NOT NULL,
  accepted_at         timestamptz NOT NULL,
  retain_until        date,
  erased_at           timestamptz
);

-- The natural key of the source: the same case and number is the same application.
CREATE UNIQUE INDEX submission_natural_key
  ON submission (tenant, source, organisationseinheit, prozessschluessel, vorgang, laufende_nummer)
  WHERE vorgang IS NOT NULL;
CREATE UNIQUE INDEX submission_header_key ON submission (tenant, source, header_key) WHERE header_key IS NOT NULL;
CREATE INDEX submission_vorgang ON submission (vorgang) WHERE vorgang IS NOT NULL;
CREATE INDEX submission_retention ON submission (retain_until) WHERE erased_at IS NULL;

-- What other services said about the deliveries of a submission: a projection of delivery.changed.
CREATE TABLE delivery_progress (
  delivery_id   uuid PRIMARY KEY,
  submission_id uuid NOT NULL,
  tenant        text NOT NULL,
  service       text NOT NULL,
  purpose       text NOT NULL,
  target        text NOT NULL,
  state         text NOT NULL,
  sequence      bigint NOT NULL,
  changed_at    timestamptz NOT NULL,
  due_at        timestamptz,
  code          text,
  aktenzeichen  text
);
CREATE INDEX delivery_progress_submission ON delivery_progress (submission_id);
