-- A restatement also proposes titles and notices that are due, and tasks about those that have lost their ground.

ALTER TABLE titles
    ADD COLUMN firing_number integer,
    ADD CONSTRAINT titles_firing_number_check CHECK (firing_number >= 1);
ALTER TABLE improvement_notices
    ADD COLUMN firing_number integer,
    ADD CONSTRAINT improvement_notices_firing_number_check CHECK (firing_number >= 1);
COMMENT ON COLUMN titles.firing_number IS '1 if the policy fired for the person for the first time, 2 for the second time, and so on; null: by hand.';
COMMENT ON COLUMN improvement_notices.firing_number IS
    '1 if the policy fired for the person for the first time, 2 for the second time, and so on; null: by hand.';

ALTER TABLE restatement_proposals
    ADD COLUMN title_code text,
    ADD COLUMN title_id uuid,
    ADD COLUMN notice_id uuid,
    ADD COLUMN firing jsonb,
    ADD CONSTRAINT restatement_proposals_title_fkey FOREIGN KEY (tenant_id, title_id) REFERENCES titles (tenant_id, id),
    ADD CONSTRAINT restatement_proposals_notice_fkey
        FOREIGN KEY (tenant_id, notice_id) REFERENCES improvement_notices (tenant_id, id),
    ADD CONSTRAINT restatement_proposals_title_code_check CHECK (char_length(title_code) BETWEEN 1 AND 64),
    ADD CONSTRAINT restatement_proposals_firing_check CHECK (jsonb_typeof(firing) = 'object'),
    DROP CONSTRAINT restatement_proposals_kind_check,
    ADD CONSTRAINT restatement_proposals_kind_check
        CHECK (kind IN ('grant', 'take_back', 'keep', 'certificate', 'title', 'notice', 'task')),
    DROP CONSTRAINT restatement_proposals_certificate_check,
    ADD CONSTRAINT restatement_proposals_subject_check
        CHECK (CASE kind
                   WHEN 'certificate' THEN certificate_code IS NOT NULL AND num_nonnulls(title_code, title_id, notice_id, firing) = 0
                   WHEN 'title' THEN num_nulls(title_code, firing) = 0 AND num_nonnulls(certificate_code, title_id, notice_id) = 0
                   WHEN 'notice' THEN firing IS NOT NULL AND num_nonnulls(certificate_code, title_code, title_id, notice_id) = 0
                   WHEN 'task' THEN num_nonnulls(certificate_code, title_id, notice_id) = 1 AND (title_id IS NULL) = (title_code IS NULL)
                   ELSE num_nonnulls(certificate_code, title_code, title_id, notice_id, firing) = 0 END);
CREATE INDEX restatement_proposals_title_idx ON restatement_proposals (tenant_id, title_id);
CREATE INDEX restatement_proposals_notice_idx ON restatement_proposals (tenant_id, notice_id);

COMMENT ON TABLE restatement_proposals IS
    'A part of a restatement that somebody decides on: money, a certificate, a title, a notice, or a task for HR.';
COMMENT ON COLUMN restatement_proposals.kind IS
    'To grant, to take back, to keep what is no longer due, to issue a certificate, to grant a title, to open a notice, or a task for HR about what lost its ground.';
COMMENT ON COLUMN restatement_proposals.certificate_code IS 'The certificate; null for what is about none.';
COMMENT ON COLUMN restatement_proposals.title_code IS 'The title that is due or has lost its ground.';
COMMENT ON COLUMN restatement_proposals.title_id IS 'The title that has lost its ground.';
COMMENT ON COLUMN restatement_proposals.notice_id IS 'The notice that has lost its ground.';
COMMENT ON COLUMN restatement_proposals.firing IS
    'When the policy fires or has fired: {number, period, run, grade_at_most}; null for what no run of periods gives.';

CREATE TABLE hr_tasks (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    restatement_id uuid NOT NULL,
    proposal_id uuid NOT NULL,
    programme_id uuid NOT NULL,
    period text NOT NULL,
    employee_id uuid NOT NULL,
    kind text NOT NULL,
    policy_code text NOT NULL,
    certificate_code text,
    title_code text,
    title_id uuid,
    notice_id uuid,
    state text NOT NULL,
    decided_at timestamptz,
    decided_by_id uuid,
    reason text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT hr_tasks_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT hr_tasks_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT hr_tasks_restatement_fkey FOREIGN KEY (tenant_id, restatement_id) REFERENCES restatements (tenant_id, id),
    CONSTRAINT hr_tasks_proposal_fkey FOREIGN KEY (tenant_id, proposal_id) REFERENCES restatement_proposals (tenant_id, id),
    CONSTRAINT hr_tasks_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT hr_tasks_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT hr_tasks_title_fkey FOREIGN KEY (tenant_id, title_id) REFERENCES titles (tenant_id, id),
    CONSTRAINT hr_tasks_notice_fkey FOREIGN KEY (tenant_id, notice_id) REFERENCES improvement_notices (tenant_id, id),
    CONSTRAINT hr_tasks_decided_by_fkey FOREIGN KEY (tenant_id, decided_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT hr_tasks_proposal_key UNIQUE (tenant_id, proposal_id),
    CONSTRAINT hr_tasks_period_check CHECK (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    CONSTRAINT hr_tasks_kind_check CHECK (kind IN ('certificate', 'title', 'notice')),
    CONSTRAINT hr_tasks_policy_code_check CHECK (char_length(policy_code) BETWEEN 1 AND 64),
    CONSTRAINT hr_tasks_certificate_code_check CHECK (char_length(certificate_code) BETWEEN 1 AND 64),
    CONSTRAINT hr_tasks_title_code_check CHECK (char_length(title_code) BETWEEN 1 AND 64),
    CONSTRAINT hr_tasks_subject_check
        CHECK ((kind = 'certificate') = (certificate_code IS NOT NULL) AND (kind = 'title') = (title_id IS NOT NULL)
               AND (kind = 'title') = (title_code IS NOT NULL) AND (kind = 'notice') = (notice_id IS NOT NULL)),
    CONSTRAINT hr_tasks_state_check CHECK (state IN ('open', 'done', 'dismissed')),
    CONSTRAINT hr_tasks_reason_check CHECK (char_length(reason) BETWEEN 1 AND 500),
    CONSTRAINT hr_tasks_decided_check
        CHECK ((state = 'open') = (decided_at IS NULL) AND num_nulls(decided_at, decided_by_id, reason) IN (0, 3)),
    CONSTRAINT hr_tasks_version_check CHECK (version >= 1)
);
CREATE INDEX hr_tasks_restatement_idx ON hr_tasks (tenant_id, restatement_id);
CREATE INDEX hr_tasks_programme_idx ON hr_tasks (tenant_id, programme_id);
CREATE INDEX hr_tasks_employee_idx ON hr_tasks (tenant_id, employee_id);
CREATE INDEX hr_tasks_title_idx ON hr_tasks (tenant_id, title_id);
CREATE INDEX hr_tasks_notice_idx ON hr_tasks (tenant_id, notice_id);
CREATE INDEX hr_tasks_decided_by_idx ON hr_tasks (tenant_id, decided_by_id);

ALTER TABLE hr_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE hr_tasks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON hr_tasks
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (state, decided_at, decided_by_id, reason, updated_at, version) ON hr_tasks TO lectern_service;

COMMENT ON TABLE hr_tasks IS 'Something that an accepted restatement has taken the ground from: HR decides what becomes of it (人力资源待办).';
COMMENT ON COLUMN hr_tasks.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN hr_tasks.id IS 'UUIDv7, generated by the service.';
COMMENT ON COLUMN hr_tasks.restatement_id IS 'The restatement.';
COMMENT ON COLUMN hr_tasks.proposal_id IS 'The part of it that was accepted.';
COMMENT ON COLUMN hr_tasks.programme_id IS 'The programme.';
COMMENT ON COLUMN hr_tasks.period IS 'The period that was restated.';
COMMENT ON COLUMN hr_tasks.employee_id IS 'The lecturer.';
COMMENT ON COLUMN hr_tasks.kind IS 'What has lost its ground: a certificate, a title or a notice.';
COMMENT ON COLUMN hr_tasks.policy_code IS 'The policy that gave it.';
COMMENT ON COLUMN hr_tasks.certificate_code IS 'The certificate; null for others.';
COMMENT ON COLUMN hr_tasks.title_code IS 'The code of the title; null for others.';
COMMENT ON COLUMN hr_tasks.title_id IS 'The title; null for others.';
COMMENT ON COLUMN hr_tasks.notice_id IS 'The notice; null for others.';
COMMENT ON COLUMN hr_tasks.state IS 'Open, done or dismissed.';
COMMENT ON COLUMN hr_tasks.decided_at IS 'When it was done or dismissed; null: open.';
COMMENT ON COLUMN hr_tasks.decided_by_id IS 'Who did or dismissed it.';
COMMENT ON COLUMN hr_tasks.reason IS 'What was done about it, or why nothing is.';
COMMENT ON COLUMN hr_tasks.created_at IS 'When the restatement was accepted.';
COMMENT ON COLUMN hr_tasks.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN hr_tasks.version IS 'Counts the row''s changes from 1; the ETag is made of it.';
