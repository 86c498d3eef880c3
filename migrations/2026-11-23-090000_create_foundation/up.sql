-- What everything else stands on: the extension behind the exclusion constraints, the service's role, and the two
-- global tables. Global tables reference no tenant table, so that they can be copied to every node of a cluster.

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Roles belong to the whole server: another database may have made this one already, or be making it right now.
DO $$
DECLARE
    membership text := CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lectern_service') THEN
        BEGIN
            CREATE ROLE lectern_service NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOBYPASSRLS;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'the migration owner % may not create the role lectern_service', current_user
                    USING ERRCODE = 'insufficient_privilege',
                        HINT = 'Grant it CREATEROLE, or run as a superuser: CREATE ROLE lectern_service NOLOGIN NOINHERIT;';
        END;
    END IF;
    -- With one connection URL the service steps down from the owner by SET ROLE, which needs membership.
    IF NOT pg_has_role(current_user, 'lectern_service', membership) THEN
        BEGIN
            EXECUTE format('GRANT lectern_service TO %I', current_user);
        EXCEPTION
            WHEN unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'the migration owner % may not become lectern_service', current_user
                    USING ERRCODE = 'insufficient_privilege',
                        HINT = format('Run as a superuser: GRANT lectern_service TO %I;', current_user);
        END;
    END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO lectern_service;

-- At its start the service looks whether the schema is the one that it was built for.
DO $$
BEGIN
    IF to_regclass('public.__diesel_schema_migrations') IS NOT NULL THEN
        GRANT SELECT ON public.__diesel_schema_migrations TO lectern_service;
    END IF;
END
$$;

CREATE TABLE tenants (
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    locale text NOT NULL DEFAULT 'zh-CN',
    grade_codes text[] NOT NULL DEFAULT '{excellent,good,pass,fail}',
    self_approval boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT tenants_pkey PRIMARY KEY (id),
    CONSTRAINT tenants_code_key UNIQUE (code),
    CONSTRAINT tenants_code_check CHECK (char_length(code) BETWEEN 1 AND 64),
    CONSTRAINT tenants_code_format_check CHECK (code ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'),
    CONSTRAINT tenants_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT tenants_locale_check CHECK (locale IN ('zh-CN', 'en')),
    CONSTRAINT tenants_grade_codes_check
        CHECK (cardinality(grade_codes) BETWEEN 2 AND 20 AND array_position(grade_codes, NULL) IS NULL),
    CONSTRAINT tenants_version_check CHECK (version >= 1)
);

GRANT SELECT, UPDATE (name, locale, grade_codes, self_approval, updated_at, version) ON tenants TO lectern_service;

COMMENT ON TABLE tenants IS
    'A company served by this installation. Global: found before row security can apply. Made by the operator as the owner of the schema.';
COMMENT ON COLUMN tenants.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN tenants.code IS 'Short name in configuration and public links: lower-case letters, digits and hyphens.';
COMMENT ON COLUMN tenants.name IS 'The name of the company as people read it.';
COMMENT ON COLUMN tenants.locale IS 'Language of texts that nobody asked for in another one (notices, certificates).';
COMMENT ON COLUMN tenants.grade_codes IS 'The grades of this tenant, best first; scoring rules give them thresholds.';
COMMENT ON COLUMN tenants.self_approval IS
    'The small-company switch: whoever proposes money, rules or waivers may also approve them.';
COMMENT ON COLUMN tenants.created_at IS 'When the row was made.';
COMMENT ON COLUMN tenants.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN tenants.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE signing_keys (
    id uuid NOT NULL,
    kid text NOT NULL,
    algorithm text NOT NULL,
    public_jwk jsonb NOT NULL,
    private_key_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (id),
    CONSTRAINT signing_keys_kid_key UNIQUE (kid),
    CONSTRAINT signing_keys_kid_check CHECK (char_length(kid) BETWEEN 1 AND 64),
    CONSTRAINT signing_keys_algorithm_check CHECK (algorithm IN ('ES256', 'EdDSA')),
    CONSTRAINT signing_keys_public_jwk_check CHECK (jsonb_typeof(public_jwk) = 'object'),
    CONSTRAINT signing_keys_private_key_sealed_check CHECK (octet_length(private_key_sealed) BETWEEN 1 AND 8192)
);

GRANT SELECT, INSERT, UPDATE (retired_at) ON signing_keys TO lectern_service;

COMMENT ON TABLE signing_keys IS
    'Keys that sign the access tokens this installation issues. Global: a token names its key, not a tenant.';
COMMENT ON COLUMN signing_keys.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN signing_keys.kid IS 'Key id in the header of tokens and in the published key set.';
COMMENT ON COLUMN signing_keys.algorithm IS 'JWS algorithm.';
COMMENT ON COLUMN signing_keys.public_jwk IS 'The public half as a JWK, published in the key set.';
COMMENT ON COLUMN signing_keys.private_key_sealed IS
    'The private half, sealed with AES-256-GCM under the key of the installation.';
COMMENT ON COLUMN signing_keys.created_at IS 'When the key was made; the newest key that is not retired signs.';
COMMENT ON COLUMN signing_keys.retired_at IS
    'From then on it signs nothing; it stays published until the last token it signed has expired.';
