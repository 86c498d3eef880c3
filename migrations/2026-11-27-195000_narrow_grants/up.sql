-- The service may do what its statements do, and no more. Who needs one of these rights again grants it with the statement.

REVOKE DELETE ON content_authors FROM lectern_service;
REVOKE DELETE ON feedback_extensions FROM lectern_service;
REVOKE DELETE ON jobs FROM lectern_service;
REVOKE UPDATE, DELETE ON outbox_events FROM lectern_service;
REVOKE UPDATE ON titles FROM lectern_service;
REVOKE UPDATE ON certificates FROM lectern_service;
REVOKE INSERT, UPDATE ON improvement_notices FROM lectern_service;
REVOKE UPDATE ON signing_keys FROM lectern_service;

-- Of a rating, what is said may change within the window, and what follows from it; never whose it is and of which session.
DO $$
DECLARE
    changing text := (SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
                        FROM information_schema.columns
                       WHERE table_schema = 'public' AND table_name = 'feedback'
                         AND column_name NOT IN ('tenant_id', 'id', 'session_id', 'learner_id'));
BEGIN
    REVOKE UPDATE ON feedback FROM lectern_service;
    EXECUTE format('GRANT UPDATE (%s) ON feedback TO lectern_service', changing);
END
$$;
