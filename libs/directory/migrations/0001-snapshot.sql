-- Every accepted state of the directory, by the hash of its content. Written once, never changed:
-- submissions name the version that accepted them.
CREATE TABLE snapshot (
    version     text PRIMARY KEY CHECK (version ~ '^sha256-[0-9a-f]{64}$'),
    content     jsonb NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT now()
);

-- The content under which each blueprint@version was accepted first, to notice when it is altered afterwards.
CREATE TABLE blueprint (
    ref           text PRIMARY KEY,
    sha256        text NOT NULL,
    first_version text NOT NULL REFERENCES snapshot (version),
    accepted_at   timestamptz NOT NULL DEFAULT now()
);
