-- The identity proof that came with an application: one proof is used for one application.
ALTER TABLE submission ADD COLUMN proof_id uuid;
CREATE UNIQUE INDEX submission_proof ON submission (tenant, proof_id) WHERE proof_id IS NOT NULL;
