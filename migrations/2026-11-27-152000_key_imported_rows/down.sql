ALTER TABLE contents DROP CONSTRAINT contents_source_key, DROP COLUMN source_ref, DROP COLUMN source;
ALTER TABLE sessions DROP CONSTRAINT sessions_source_key, DROP COLUMN source_ref, DROP COLUMN source;
