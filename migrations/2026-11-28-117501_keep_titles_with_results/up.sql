-- What the sessions and contents of a result are called is stored with it, so that a statement is read by one key.
ALTER TABLE live_results
    ADD COLUMN titles jsonb,
    ADD CONSTRAINT live_results_titles_check CHECK (jsonb_typeof(titles) = 'object'),
    ALTER COLUMN titles SET STATISTICS 0;
DO $$
BEGIN
    IF (SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression') THEN
        ALTER TABLE live_results ALTER COLUMN titles SET COMPRESSION lz4;
    END IF;
END
$$;
COMMENT ON COLUMN live_results.titles IS
    'Of each session and content of the facts, by id: its title, when the session began, and whether ratings of it came on paper. Null: stored by a release that did not keep them.';

-- What is stored already gets its titles when it is computed anew. Row security hides the rows from the owner as well.
ALTER TABLE live_marks NO FORCE ROW LEVEL SECURITY;
ALTER TABLE live_periods NO FORCE ROW LEVEL SECURITY;
INSERT INTO live_marks (tenant_id, id, marked_at, programme_id)
SELECT DISTINCT ON (p.tenant_id, p.programme_id) p.tenant_id, gen_random_uuid(), now(), p.programme_id FROM live_periods p;
ALTER TABLE live_periods FORCE ROW LEVEL SECURITY;
ALTER TABLE live_marks FORCE ROW LEVEL SECURITY;
