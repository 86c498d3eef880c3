-- After bulk work the planner knows nothing of the new rows until autovacuum has come round, a minute later or more, and expects one
-- row where there are a hundred thousand. ANALYZE is for the owner of a table, which the service is not, so the owner lends it this
-- function. It can do nothing but count rows anew, in tables of this schema.
--
-- A table of fewer than ten pages is left alone. Postgres takes one that it knows nothing of for ten pages and finds rows by an index,
-- which stays right while the table grows; of a small or empty one that it has counted it reads everything, and goes on to do so in
-- plans that connections keep, through all of the next import.

CREATE FUNCTION refresh_statistics(table_names text[]) RETURNS void
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
DECLARE
    table_name text;
BEGIN
    -- In the order of names: two at once wait for each other and never lock each other out.
    FOR table_name IN
        SELECT c.relname::text FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname = ANY (table_names)
           AND pg_relation_size(c.oid) >= 10 * current_setting('block_size')::bigint
         ORDER BY c.relname
    LOOP
        EXECUTE format('ANALYZE public.%I', table_name);
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION refresh_statistics(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refresh_statistics(text[]) TO lectern_service;

COMMENT ON FUNCTION refresh_statistics(text[]) IS
    'Has the planner count the rows of these tables anew, after bulk work.';
