-- Ratings on paper forms count when two administrators entered the same.

CREATE TABLE feedback_papers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    digest text NOT NULL,
    form_count integer NOT NULL,
    entered_by_id uuid NOT NULL,
    entered_at timestamptz NOT NULL,
    confirmed_by_id uuid,
    confirmed_at timestamptz,
    CONSTRAINT feedback_papers_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT feedback_papers_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT feedback_papers_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT feedback_papers_entered_by_fkey FOREIGN KEY (tenant_id, entered_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT feedback_papers_confirmed_by_fkey FOREIGN KEY (tenant_id, confirmed_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT feedback_papers_digest_key UNIQUE (tenant_id, session_id, digest),
    CONSTRAINT feedback_papers_digest_check CHECK (digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT feedback_papers_form_count_check CHECK (form_count BETWEEN 1 AND 200),
    CONSTRAINT feedback_papers_confirmed_check
        CHECK ((confirmed_by_id IS NULL) = (confirmed_at IS NULL) AND confirmed_by_id <> entered_by_id)
);

CREATE INDEX feedback_papers_entered_by_idx ON feedback_papers (tenant_id, entered_by_id);
CREATE INDEX feedback_papers_confirmed_by_idx ON feedback_papers (tenant_id, confirmed_by_id);

ALTER TABLE feedback_papers ENABLE ROW LEVEL SECURITY;
ALTER TABLE feedback_papers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON feedback_papers
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (confirmed_by_id, confirmed_at) ON feedback_papers TO lectern_service;

COMMENT ON TABLE feedback_papers IS
    'Paper forms of a session as one administrator entered them. Their ratings are stored when another has entered the same.';
COMMENT ON COLUMN feedback_papers.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN feedback_papers.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN feedback_papers.session_id IS 'The session.';
COMMENT ON COLUMN feedback_papers.digest IS 'SHA-256 of the forms, in the order of their learners; the forms themselves are not kept.';
COMMENT ON COLUMN feedback_papers.form_count IS 'How many forms.';
COMMENT ON COLUMN feedback_papers.entered_by_id IS 'Who entered them first.';
COMMENT ON COLUMN feedback_papers.entered_at IS 'When.';
COMMENT ON COLUMN feedback_papers.confirmed_by_id IS 'Who else entered the same; null: nobody yet.';
COMMENT ON COLUMN feedback_papers.confirmed_at IS 'When.';

ALTER TABLE feedback
    DROP CONSTRAINT feedback_source_check,
    ADD CONSTRAINT feedback_source_check CHECK (source IN ('live', 'import', 'paper'));
COMMENT ON COLUMN feedback.source IS
    'Given by the learner, taken over from an older system, or entered from a paper form by two administrators.';
