COMMENT ON COLUMN appeals.self_approved IS 'Decided by the lecturer under the small-company switch.';
