-- Which staging folder the hub made for which target: one that is missing or not ours cannot tell what was handed over.
CREATE TABLE staging (
  tenant     text NOT NULL,
  target     text NOT NULL,
  folder     text NOT NULL,
  owner      uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, target, folder)
);
