-- What learners say. Never partitioned by time: once per learner and session could not be kept.

CREATE TABLE feedback (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    learner_id uuid NOT NULL,
    rating integer NOT NULL,
    scale integer NOT NULL,
    items jsonb NOT NULL DEFAULT '[]',
    comment text,
    received_at timestamptz NOT NULL,
    source text NOT NULL,
    CONSTRAINT feedback_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT feedback_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT feedback_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT feedback_learner_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT feedback_learner_key UNIQUE (tenant_id, session_id, learner_id),
    CONSTRAINT feedback_scale_check CHECK (scale BETWEEN 1 AND 100),
    CONSTRAINT feedback_rating_check CHECK (rating BETWEEN 0 AND scale),
    CONSTRAINT feedback_items_check CHECK (jsonb_typeof(items) = 'array'),
    CONSTRAINT feedback_comment_check CHECK (char_length(comment) BETWEEN 1 AND 2000),
    CONSTRAINT feedback_source_check CHECK (source IN ('live', 'import'))
);

CREATE INDEX feedback_learner_idx ON feedback (tenant_id, learner_id);

ALTER TABLE feedback ENABLE ROW LEVEL SECURITY;
ALTER TABLE feedback FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON feedback
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON feedback TO lectern_service;

COMMENT ON TABLE feedback IS
    'A rating of a session by a learner, in the modes named and confidential. Ids and moments are never shown.';
COMMENT ON COLUMN feedback.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN feedback.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN feedback.session_id IS 'The session.';
COMMENT ON COLUMN feedback.learner_id IS 'The learner.';
COMMENT ON COLUMN feedback.rating IS 'The rating, 0 to its scale.';
COMMENT ON COLUMN feedback.scale IS 'Best possible rating on the form it was given on.';
COMMENT ON COLUMN feedback.items IS 'Answers to the items: [{key, value, scale}].';
COMMENT ON COLUMN feedback.comment IS 'Free text; never in audit, outbox or logs.';
COMMENT ON COLUMN feedback.received_at IS 'When it arrived; decides whether it was within the window.';
COMMENT ON COLUMN feedback.source IS 'Given by the learner, or taken over from an older system.';

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

CREATE TABLE application_cases (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    learner_id uuid NOT NULL,
    description text NOT NULL,
    applied_on date,
    state text NOT NULL,
    submitted_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by_id uuid,
    decision_note text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT application_cases_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT application_cases_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT application_cases_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT application_cases_learner_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT application_cases_decided_by_fkey FOREIGN KEY (tenant_id, decided_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT application_cases_learner_key UNIQUE (tenant_id, session_id, learner_id),
    CONSTRAINT application_cases_description_check CHECK (char_length(description) BETWEEN 1 AND 4000),
    CONSTRAINT application_cases_state_check CHECK (state IN ('submitted', 'confirmed', 'rejected')),
    CONSTRAINT application_cases_decision_note_check CHECK (char_length(decision_note) BETWEEN 1 AND 500),
    CONSTRAINT application_cases_decision_check
        CHECK ((state = 'submitted') = (decided_at IS NULL) AND (decided_at IS NOT NULL OR (decided_by_id IS NULL AND
        decision_note IS NULL))),
    CONSTRAINT application_cases_version_check CHECK (version >= 1)
);

CREATE INDEX application_cases_learner_idx ON application_cases (tenant_id, learner_id);
CREATE INDEX application_cases_decided_by_idx ON application_cases (tenant_id, decided_by_id);

ALTER TABLE application_cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE application_cases FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON application_cases
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON application_cases TO lectern_service;

COMMENT ON TABLE application_cases IS
    'An application case (应用案例): what a learner did with what was taught. It counts in the period of its session.';
COMMENT ON COLUMN application_cases.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN application_cases.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN application_cases.session_id IS 'The session it came from.';
COMMENT ON COLUMN application_cases.learner_id IS 'The learner.';
COMMENT ON COLUMN application_cases.description IS 'What was done, and what came of it.';
COMMENT ON COLUMN application_cases.applied_on IS 'When it was applied.';
COMMENT ON COLUMN application_cases.state IS 'Only confirmed ones count.';
COMMENT ON COLUMN application_cases.submitted_at IS 'When it was submitted.';
COMMENT ON COLUMN application_cases.decided_at IS 'When it was confirmed or rejected.';
COMMENT ON COLUMN application_cases.decided_by_id IS 'Who decided; null: nobody yet, or an import.';
COMMENT ON COLUMN application_cases.decision_note IS 'What the one who decided had to say.';
COMMENT ON COLUMN application_cases.created_at IS 'When the row was made.';
COMMENT ON COLUMN application_cases.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN application_cases.version IS 'Counts the row''s changes from 1; the ETag is made of it.';
