-- Until when published rows may be gone: what was published later is all held. One row; NULL: nothing was ever pruned.
CREATE TABLE outbox_pruned (until timestamptz);

-- An outbox that was in use may have been pruned of what is older than two days.
INSERT INTO outbox_pruned (until) SELECT CASE WHEN is_called THEN now() - interval '2 days' END FROM outbox_position_seq;
