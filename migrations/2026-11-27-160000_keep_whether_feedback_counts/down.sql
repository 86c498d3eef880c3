COMMENT ON COLUMN audit_entries.actor_kind IS 'Who did it: person, client (a machine) or system.';
ALTER TABLE feedback DROP COLUMN counts;
