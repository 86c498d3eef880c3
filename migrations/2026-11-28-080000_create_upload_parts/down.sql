DROP TABLE upload_parts;
DO $$
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM lectern_service', current_database());
EXCEPTION WHEN insufficient_privilege THEN NULL;
END
$$;
