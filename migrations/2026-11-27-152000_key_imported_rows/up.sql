-- What an import brought is known by the code that its files give it, so that the same file stores nothing twice.

ALTER TABLE sessions
    ADD COLUMN source text,
    ADD COLUMN source_ref text,
    ADD CONSTRAINT sessions_source_check CHECK (char_length(source) BETWEEN 1 AND 64),
    ADD CONSTRAINT sessions_source_ref_check CHECK (char_length(source_ref) BETWEEN 1 AND 255),
    ADD CONSTRAINT sessions_source_pair_check CHECK ((source IS NULL) = (source_ref IS NULL)),
    ADD CONSTRAINT sessions_source_key UNIQUE (tenant_id, source, source_ref);
COMMENT ON COLUMN sessions.source IS 'Where it came from (import); null: it was made in Lectern, or imported before this was kept.';
COMMENT ON COLUMN sessions.source_ref IS 'Its code there: the same code is the same session.';

ALTER TABLE contents
    ADD COLUMN source text,
    ADD COLUMN source_ref text,
    ADD CONSTRAINT contents_source_check CHECK (char_length(source) BETWEEN 1 AND 64),
    ADD CONSTRAINT contents_source_ref_check CHECK (char_length(source_ref) BETWEEN 1 AND 255),
    ADD CONSTRAINT contents_source_pair_check CHECK ((source IS NULL) = (source_ref IS NULL)),
    ADD CONSTRAINT contents_source_key UNIQUE (tenant_id, source, source_ref);
COMMENT ON COLUMN contents.source IS 'Where it came from (import); null: it was made in Lectern, or imported before this was kept.';
COMMENT ON COLUMN contents.source_ref IS 'Its code there: the same code is the same content.';
