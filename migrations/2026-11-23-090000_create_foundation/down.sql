DROP TABLE signing_keys;
DROP TABLE tenants;

DO $$
BEGIN
    IF to_regclass('public.__diesel_schema_migrations') IS NOT NULL THEN
        REVOKE SELECT ON public.__diesel_schema_migrations FROM lectern_service;
    END IF;
END
$$;

-- The role stays: it belongs to the server, and other databases may still use it.
REVOKE USAGE ON SCHEMA public FROM lectern_service;

DROP EXTENSION btree_gist;
