-- What a lecturer grows into, and the help for one who falls behind.

CREATE TABLE titles (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    programme_id uuid,
    code text NOT NULL,
    snapshot_id uuid,
    policy_code text,
    granted_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    withdraw_reason text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT titles_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT titles_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT titles_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT titles_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT titles_snapshot_fkey FOREIGN KEY (tenant_id, snapshot_id) REFERENCES snapshots (tenant_id, id),
    CONSTRAINT titles_code_check CHECK (char_length(code) BETWEEN 1 AND 64),
    CONSTRAINT titles_policy_code_check CHECK (char_length(policy_code) BETWEEN 1 AND 64),
    CONSTRAINT titles_withdraw_reason_check CHECK (char_length(withdraw_reason) BETWEEN 1 AND 500),
    CONSTRAINT titles_withdrawn_check CHECK ((withdrawn_at IS NULL) = (withdraw_reason IS NULL)),
    CONSTRAINT titles_version_check CHECK (version >= 1)
);

CREATE UNIQUE INDEX titles_held_key ON titles (tenant_id, employee_id, code) WHERE withdrawn_at IS NULL;
CREATE INDEX titles_employee_idx ON titles (tenant_id, employee_id);
CREATE INDEX titles_programme_idx ON titles (tenant_id, programme_id);
CREATE INDEX titles_snapshot_idx ON titles (tenant_id, snapshot_id);

ALTER TABLE titles ENABLE ROW LEVEL SECURITY;
ALTER TABLE titles FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON titles
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON titles TO lectern_service;

COMMENT ON TABLE titles IS
    'A title that a person holds or held (高级讲师).';
COMMENT ON COLUMN titles.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN titles.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN titles.employee_id IS 'The person.';
COMMENT ON COLUMN titles.programme_id IS 'The programme that granted it; null: by hand, for the whole company.';
COMMENT ON COLUMN titles.code IS 'Code of the title (senior-lecturer).';
COMMENT ON COLUMN titles.snapshot_id IS 'The closed snapshot whose streak granted it; null: by hand.';
COMMENT ON COLUMN titles.policy_code IS 'The policy that granted it.';
COMMENT ON COLUMN titles.granted_at IS 'When it was granted.';
COMMENT ON COLUMN titles.withdrawn_at IS 'When it was withdrawn; never automatically. Null: held.';
COMMENT ON COLUMN titles.withdraw_reason IS 'Why it was withdrawn.';
COMMENT ON COLUMN titles.created_at IS 'When the row was made.';
COMMENT ON COLUMN titles.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN titles.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE promotion_applications (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    policy_id uuid NOT NULL,
    target_code text NOT NULL,
    asked_on date NOT NULL,
    answer jsonb NOT NULL,
    state text NOT NULL,
    decided_at timestamptz,
    decided_by_id uuid,
    decision_reason text,
    waiver_reason text,
    waiver_first_approver_id uuid,
    waiver_second_approver_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT promotion_applications_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT promotion_applications_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT promotion_applications_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT promotion_applications_policy_fkey FOREIGN KEY (tenant_id, policy_id) REFERENCES promotion_policies (tenant_id, id),
    CONSTRAINT promotion_applications_decided_by_fkey FOREIGN KEY (tenant_id, decided_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT promotion_applications_waiver_first_approver_fkey
        FOREIGN KEY (tenant_id, waiver_first_approver_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT promotion_applications_waiver_second_approver_fkey
        FOREIGN KEY (tenant_id, waiver_second_approver_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT promotion_applications_target_code_check CHECK (char_length(target_code) BETWEEN 1 AND 64),
    CONSTRAINT promotion_applications_answer_check CHECK (jsonb_typeof(answer) = 'object'),
    CONSTRAINT promotion_applications_state_check CHECK (state IN ('submitted', 'approved', 'rejected', 'withdrawn')),
    CONSTRAINT promotion_applications_decision_reason_check CHECK (char_length(decision_reason) BETWEEN 1 AND 500),
    CONSTRAINT promotion_applications_decision_check
        CHECK ((state = 'submitted') = (decided_at IS NULL) AND (decided_by_id IS NULL OR decided_at IS NOT NULL) AND (state
        NOT IN ('approved', 'rejected') OR decided_by_id IS NOT NULL)),
    CONSTRAINT promotion_applications_decided_by_check CHECK (decided_by_id <> employee_id),
    CONSTRAINT promotion_applications_waiver_reason_check CHECK (char_length(waiver_reason) BETWEEN 1 AND 500),
    CONSTRAINT promotion_applications_waiver_check
        CHECK (num_nulls(waiver_reason, waiver_first_approver_id, waiver_second_approver_id) IN (0, 3) AND employee_id NOT IN
        (waiver_first_approver_id, waiver_second_approver_id) AND waiver_first_approver_id <> waiver_second_approver_id),
    CONSTRAINT promotion_applications_version_check CHECK (version >= 1)
);

CREATE UNIQUE INDEX promotion_applications_open_key
    ON promotion_applications (tenant_id, employee_id, target_code) WHERE state = 'submitted';
CREATE INDEX promotion_applications_employee_idx ON promotion_applications (tenant_id, employee_id);
CREATE INDEX promotion_applications_policy_idx ON promotion_applications (tenant_id, policy_id);
CREATE INDEX promotion_applications_decided_by_idx ON promotion_applications (tenant_id, decided_by_id);
CREATE INDEX promotion_applications_waiver_first_approver_idx ON promotion_applications (tenant_id, waiver_first_approver_id);
CREATE INDEX promotion_applications_waiver_second_approver_idx ON promotion_applications (tenant_id, waiver_second_approver_id);

ALTER TABLE promotion_applications ENABLE ROW LEVEL SECURITY;
ALTER TABLE promotion_applications FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON promotion_applications
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON promotion_applications TO lectern_service;

COMMENT ON TABLE promotion_applications IS
    'An application for a position, with the answer that the check gave on that day.';
COMMENT ON COLUMN promotion_applications.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN promotion_applications.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN promotion_applications.employee_id IS 'Who applies.';
COMMENT ON COLUMN promotion_applications.policy_id IS 'The policy version that it was checked by.';
COMMENT ON COLUMN promotion_applications.target_code IS 'The position aimed at, as the policy names it.';
COMMENT ON COLUMN promotion_applications.asked_on IS 'The day that the check looked at.';
COMMENT ON COLUMN promotion_applications.answer IS 'The whole answer: each criterion, met, not met or waived, with the evidence.';
COMMENT ON COLUMN promotion_applications.state IS 'Where it stands.';
COMMENT ON COLUMN promotion_applications.decided_at IS 'When it was decided or withdrawn.';
COMMENT ON COLUMN promotion_applications.decided_by_id IS 'Who decided.';
COMMENT ON COLUMN promotion_applications.decision_reason IS 'Why.';
COMMENT ON COLUMN promotion_applications.waiver_reason IS 'Why criteria were waived; null: none was.';
COMMENT ON COLUMN promotion_applications.waiver_first_approver_id IS 'One of the two who approved the waiver.';
COMMENT ON COLUMN promotion_applications.waiver_second_approver_id IS 'The other one.';
COMMENT ON COLUMN promotion_applications.created_at IS 'When the row was made.';
COMMENT ON COLUMN promotion_applications.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN promotion_applications.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE improvement_notices (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    programme_id uuid NOT NULL,
    snapshot_id uuid,
    policy_code text,
    state text NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_by_id uuid,
    closing_note text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT improvement_notices_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT improvement_notices_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT improvement_notices_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT improvement_notices_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT improvement_notices_snapshot_fkey FOREIGN KEY (tenant_id, snapshot_id) REFERENCES snapshots (tenant_id, id),
    CONSTRAINT improvement_notices_closed_by_fkey FOREIGN KEY (tenant_id, closed_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT improvement_notices_policy_code_check CHECK (char_length(policy_code) BETWEEN 1 AND 64),
    CONSTRAINT improvement_notices_state_check CHECK (state IN ('open', 'closed')),
    CONSTRAINT improvement_notices_closing_note_check CHECK (char_length(closing_note) BETWEEN 1 AND 2000),
    CONSTRAINT improvement_notices_closed_check
        CHECK ((state = 'closed') = (closed_at IS NOT NULL) AND (closed_at IS NOT NULL OR (closed_by_id IS NULL AND
        closing_note IS NULL))),
    CONSTRAINT improvement_notices_version_check CHECK (version >= 1)
);

CREATE UNIQUE INDEX improvement_notices_open_key
    ON improvement_notices (tenant_id, employee_id, programme_id) WHERE state = 'open';
CREATE INDEX improvement_notices_employee_idx ON improvement_notices (tenant_id, employee_id);
CREATE INDEX improvement_notices_programme_idx ON improvement_notices (tenant_id, programme_id);
CREATE INDEX improvement_notices_snapshot_idx ON improvement_notices (tenant_id, snapshot_id);
CREATE INDEX improvement_notices_closed_by_idx ON improvement_notices (tenant_id, closed_by_id);

ALTER TABLE improvement_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE improvement_notices FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON improvement_notices
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON improvement_notices TO lectern_service;

COMMENT ON TABLE improvement_notices IS
    'An improvement notice (改进提醒) to a lecturer; one open at a time in a programme.';
COMMENT ON COLUMN improvement_notices.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN improvement_notices.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN improvement_notices.employee_id IS 'The lecturer.';
COMMENT ON COLUMN improvement_notices.programme_id IS 'The programme.';
COMMENT ON COLUMN improvement_notices.snapshot_id IS 'The closed snapshot whose streak caused it; null: by hand.';
COMMENT ON COLUMN improvement_notices.policy_code IS 'The policy that caused it.';
COMMENT ON COLUMN improvement_notices.state IS 'Where it stands.';
COMMENT ON COLUMN improvement_notices.opened_at IS 'When it was opened.';
COMMENT ON COLUMN improvement_notices.closed_at IS 'When it was closed; never automatically.';
COMMENT ON COLUMN improvement_notices.closed_by_id IS 'Who closed it.';
COMMENT ON COLUMN improvement_notices.closing_note IS 'What came of it.';
COMMENT ON COLUMN improvement_notices.created_at IS 'When the row was made.';
COMMENT ON COLUMN improvement_notices.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN improvement_notices.version IS 'Counts the row''s changes from 1; the ETag is made of it.';
