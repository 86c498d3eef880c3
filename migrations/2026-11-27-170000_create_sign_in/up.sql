-- Who signs in as whom: a subject of an issuer belongs to one person from the first sign-on, and what would change who a person
-- is, or what they may do, waits for a second person.

CREATE TABLE sign_in_bindings (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT sign_in_bindings_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT sign_in_bindings_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT sign_in_bindings_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT sign_in_bindings_subject_key UNIQUE (tenant_id, issuer, subject),
    CONSTRAINT sign_in_bindings_employee_key UNIQUE (tenant_id, employee_id, issuer),
    CONSTRAINT sign_in_bindings_issuer_check CHECK (char_length(issuer) BETWEEN 1 AND 255),
    CONSTRAINT sign_in_bindings_subject_check CHECK (char_length(subject) BETWEEN 1 AND 255)
);

ALTER TABLE sign_in_bindings ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_bindings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sign_in_bindings
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON sign_in_bindings TO lectern_service;

COMMENT ON TABLE sign_in_bindings IS
    'Who signs in as whom: made at the first sign-on, and stronger from then on than every number, address or id of the person.';
COMMENT ON COLUMN sign_in_bindings.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN sign_in_bindings.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN sign_in_bindings.employee_id IS 'The person.';
COMMENT ON COLUMN sign_in_bindings.issuer IS 'The issuer (iss) of the tokens.';
COMMENT ON COLUMN sign_in_bindings.subject IS 'The subject (sub) of the tokens: the account at the issuer.';
COMMENT ON COLUMN sign_in_bindings.created_at IS 'When the person signed in for the first time.';

CREATE TABLE access_changes (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    field text NOT NULL,
    target text NOT NULL,
    present jsonb NOT NULL,
    proposed jsonb NOT NULL,
    state text NOT NULL,
    proposed_kind text NOT NULL,
    proposed_id uuid NOT NULL,
    answerable_id uuid,
    decided_kind text,
    decided_id uuid,
    decided_at timestamptz,
    self_approved boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT access_changes_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT access_changes_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT access_changes_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT access_changes_answerable_fkey FOREIGN KEY (tenant_id, answerable_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT access_changes_field_check CHECK (field IN ('employee_number', 'email', 'external_id', 'employment',
        'department_manager', 'role', 'sign_in')),
    CONSTRAINT access_changes_target_check CHECK (char_length(target) BETWEEN 1 AND 255),
    CONSTRAINT access_changes_state_check CHECK (state IN ('waiting', 'confirmed', 'withdrawn')),
    CONSTRAINT access_changes_proposed_kind_check CHECK (proposed_kind IN ('person', 'client', 'system')),
    CONSTRAINT access_changes_decided_kind_check CHECK (decided_kind IN ('person', 'client', 'system')),
    CONSTRAINT access_changes_decided_check
        CHECK ((state = 'waiting') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_kind IS NULL)
           AND (decided_at IS NULL) = (decided_id IS NULL)),
    CONSTRAINT access_changes_version_check CHECK (version >= 1)
);

CREATE UNIQUE INDEX access_changes_waiting_key ON access_changes (tenant_id, field, target) WHERE state = 'waiting';
CREATE INDEX access_changes_employee_idx ON access_changes (tenant_id, employee_id);
CREATE INDEX access_changes_answerable_idx ON access_changes (tenant_id, answerable_id);

ALTER TABLE access_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON access_changes
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON access_changes TO lectern_service;
GRANT UPDATE (state, decided_kind, decided_id, decided_at, self_approved, updated_at, version) ON access_changes
    TO lectern_service;

COMMENT ON TABLE access_changes IS
    'A change of who somebody is or what they may do. It waits until a second person confirms it; the old value stands meanwhile.';
COMMENT ON COLUMN access_changes.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN access_changes.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN access_changes.employee_id IS 'The person whose access it is.';
COMMENT ON COLUMN access_changes.field IS 'What changes.';
COMMENT ON COLUMN access_changes.target IS
    'Whose field it is, or which of several; one change of it waits at a time.';
COMMENT ON COLUMN access_changes.present IS 'The value that stood when it was proposed.';
COMMENT ON COLUMN access_changes.proposed IS 'The value that it proposes.';
COMMENT ON COLUMN access_changes.state IS 'Whether it waits, or how it ended.';
COMMENT ON COLUMN access_changes.proposed_kind IS 'Kind of who proposed it.';
COMMENT ON COLUMN access_changes.proposed_id IS 'Who proposed it; nil for the system.';
COMMENT ON COLUMN access_changes.answerable_id IS
    'The person who proposed it, or answered for the machine that did; null if nobody did.';
COMMENT ON COLUMN access_changes.decided_kind IS 'Kind of who confirmed or withdrew it; null while it waits.';
COMMENT ON COLUMN access_changes.decided_id IS 'Who confirmed or withdrew it; null while it waits.';
COMMENT ON COLUMN access_changes.decided_at IS 'When it was confirmed or withdrawn; null while it waits.';
COMMENT ON COLUMN access_changes.self_approved IS
    'Whether who confirmed it had proposed it, answered for it or was the person concerned; only where the company allows that.';
COMMENT ON COLUMN access_changes.created_at IS 'When the row was made.';
COMMENT ON COLUMN access_changes.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN access_changes.version IS 'Counts the row''s changes from 1; the ETag is made of it.';
