-- What the DMS made of a case: later documents and orders name its Vorgang by the DMS's own id. Ids only.

CREATE TABLE dms_case (
  tenant text NOT NULL,
  target text NOT NULL,
  -- lane of its deliveries: the case id of the source, else the id of its first submission
  lane text NOT NULL,
  -- the first submission that this hub saw of it
  submission_id uuid NOT NULL,
  -- id that the DMS gave to the Vorgang; for xdomea its IDSGO
  object_id text,
  aktenzeichen text,
  opened_at timestamptz NOT NULL DEFAULT now(),
  filed_at timestamptz,
  -- the order to close it, and when the DMS confirmed that
  close_delivery uuid,
  closed_at timestamptz,
  PRIMARY KEY (tenant, target, lane)
);
CREATE INDEX dms_case_lane ON dms_case (lane);
CREATE INDEX dms_case_opened ON dms_case (opened_at);

CREATE TABLE case_submission (
  submission_id uuid NOT NULL,
  tenant text NOT NULL,
  target text NOT NULL,
  lane text NOT NULL,
  -- erstantrag, nachreichung, korrektur
  event text NOT NULL,
  -- envelopeRef, blueprint, directoryVersion …
  reference jsonb NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (submission_id, tenant, target, lane),
  FOREIGN KEY (tenant, target, lane) REFERENCES dms_case ON DELETE CASCADE
);
CREATE INDEX case_submission_case ON case_submission (tenant, target, lane, position);

-- Documents that the DMS took as objects of their own.
CREATE TABLE case_document (
  -- that handed it over; it may be pruned by now
  delivery_id uuid NOT NULL,
  submission_id uuid NOT NULL,
  -- of the document in the vault, or `fachdaten`
  ref text NOT NULL,
  tenant text NOT NULL,
  target text NOT NULL,
  lane text NOT NULL,
  -- hash of role and file name: the same document in another version has the same
  document_key text NOT NULL,
  -- null where the DMS gave none
  object_id text,
  filed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (delivery_id, ref),
  FOREIGN KEY (tenant, target, lane) REFERENCES dms_case ON DELETE CASCADE
);
CREATE INDEX case_document_case ON case_document (tenant, target, lane, document_key, filed_at);

-- Cases of applications that were filed before this table was there.
INSERT INTO dms_case (tenant, target, lane, submission_id, object_id, aktenzeichen, opened_at, filed_at)
SELECT DISTINCT ON (tenant, target, lane) tenant, target, lane, submission_id, object_id, aktenzeichen, created_at,
  CASE WHEN state IN ('CONFIRMED', 'DELIVERED') THEN updated_at END
FROM delivery WHERE purpose = 'dms' AND state <> 'SUPERSEDED' ORDER BY tenant, target, lane, position;

INSERT INTO case_submission (submission_id, tenant, target, lane, event, reference)
SELECT c.submission_id, c.tenant, c.target, c.lane, 'erstantrag', d.reference
FROM dms_case c JOIN LATERAL (
  SELECT d.reference FROM delivery d
  WHERE d.submission_id = c.submission_id AND d.tenant = c.tenant AND d.target = c.target ORDER BY d.position LIMIT 1) d ON true;
