-- A delivery may need the result of those before it in its lane, not only their receipt: the id the target gave them.
ALTER TABLE delivery ADD COLUMN awaits_result boolean NOT NULL DEFAULT false;

CREATE INDEX delivery_lane_result ON delivery (tenant, target, lane, position) WHERE state = 'AWAITING_RESULT';
