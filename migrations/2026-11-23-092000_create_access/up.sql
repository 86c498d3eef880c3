-- Who may call. Rights are looked up here, never trusted from a token. The keys of role_grants to people and
-- departments follow with those tables.

CREATE TABLE api_clients (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    secret_sha256 bytea NOT NULL,
    roles text[] NOT NULL,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT api_clients_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT api_clients_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT api_clients_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT api_clients_secret_sha256_check CHECK (octet_length(secret_sha256) = 32),
    CONSTRAINT api_clients_roles_check
        CHECK (cardinality(roles) BETWEEN 1 AND 7 AND array_position(roles, NULL) IS NULL AND roles <@
        '{admin,manager,lecturer,learner,payroll,hris,auditor}'::text[]),
    CONSTRAINT api_clients_version_check CHECK (version >= 1)
);

CREATE INDEX api_clients_name_idx ON api_clients (tenant_id, name);

ALTER TABLE api_clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_clients FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON api_clients
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON api_clients TO lectern_service;

COMMENT ON TABLE api_clients IS
    'A machine that calls the API with client credentials (payroll, HRIS, attendance ...).';
COMMENT ON COLUMN api_clients.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN api_clients.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN api_clients.name IS 'What the administrators call it.';
COMMENT ON COLUMN api_clients.secret_sha256 IS
    'SHA-256 of its secret of 256 random bits; the secret itself is shown once and not kept.';
COMMENT ON COLUMN api_clients.roles IS 'Its roles; each gives scopes.';
COMMENT ON COLUMN api_clients.revoked_at IS 'From then on it gets no token, and those it holds are refused.';
COMMENT ON COLUMN api_clients.created_at IS 'When the row was made.';
COMMENT ON COLUMN api_clients.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN api_clients.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE role_grants (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    role text NOT NULL,
    department_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT role_grants_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT role_grants_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT role_grants_grant_key UNIQUE NULLS NOT DISTINCT (tenant_id, employee_id, role, department_id),
    CONSTRAINT role_grants_role_check CHECK (role IN ('admin', 'manager', 'lecturer', 'learner', 'payroll', 'hris', 'auditor')),
    CONSTRAINT role_grants_department_check CHECK (department_id IS NULL OR role = 'manager')
);

CREATE INDEX role_grants_department_idx ON role_grants (tenant_id, department_id);

ALTER TABLE role_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE role_grants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON role_grants
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON role_grants TO lectern_service;

COMMENT ON TABLE role_grants IS
    'A role given to a person. Being appointed as lecturer or attending a session needs no grant.';
COMMENT ON COLUMN role_grants.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN role_grants.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN role_grants.employee_id IS 'The person.';
COMMENT ON COLUMN role_grants.role IS 'The role.';
COMMENT ON COLUMN role_grants.department_id IS
    'For a manager: the department (and those below) that it is limited to; null: those the person heads.';
COMMENT ON COLUMN role_grants.created_at IS 'When the row was made.';
