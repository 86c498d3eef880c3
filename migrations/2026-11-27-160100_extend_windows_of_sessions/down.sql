DROP TABLE feedback_extensions;

CREATE TABLE feedback_extensions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    learner_id uuid NOT NULL,
    extended_until timestamptz NOT NULL,
    reason text NOT NULL,
    granted_by_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT feedback_extensions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT feedback_extensions_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT feedback_extensions_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT feedback_extensions_learner_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT feedback_extensions_granted_by_fkey FOREIGN KEY (tenant_id, granted_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT feedback_extensions_learner_key UNIQUE (tenant_id, session_id, learner_id),
    CONSTRAINT feedback_extensions_reason_check CHECK (char_length(reason) BETWEEN 1 AND 500)
);

CREATE INDEX feedback_extensions_learner_idx ON feedback_extensions (tenant_id, learner_id);
CREATE INDEX feedback_extensions_granted_by_idx ON feedback_extensions (tenant_id, granted_by_id);

ALTER TABLE feedback_extensions ENABLE ROW LEVEL SECURITY;
ALTER TABLE feedback_extensions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON feedback_extensions
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON feedback_extensions TO lectern_service;

COMMENT ON TABLE feedback_extensions IS
    'A longer window for one learner and session.';
COMMENT ON COLUMN feedback_extensions.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN feedback_extensions.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN feedback_extensions.session_id IS 'The session.';
COMMENT ON COLUMN feedback_extensions.learner_id IS 'The learner.';
COMMENT ON COLUMN feedback_extensions.extended_until IS 'End of the longer window.';
COMMENT ON COLUMN feedback_extensions.reason IS 'Why.';
COMMENT ON COLUMN feedback_extensions.granted_by_id IS 'Who granted it; null: a machine.';
COMMENT ON COLUMN feedback_extensions.created_at IS 'When the row was made.';
