-- A closed period computed again from today's facts: what would move and what it proposes in money. One person orders it, and nothing
-- of it counts before another one has accepted it.

CREATE TABLE restatements (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    programme_id uuid NOT NULL,
    period_id uuid NOT NULL,
    period text NOT NULL,
    base_id uuid NOT NULL,
    base_number integer NOT NULL,
    snapshot_id uuid NOT NULL,
    number integer NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    lecturer_count integer NOT NULL,
    currency char(3) NOT NULL,
    later_periods jsonb NOT NULL,
    maker_id uuid,
    checker_id uuid,
    self_approved boolean NOT NULL DEFAULT false,
    decided_at timestamptz,
    decision_reason text,
    created_at timestamptz NOT NULL,
    CONSTRAINT restatements_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT restatements_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT restatements_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT restatements_period_fkey FOREIGN KEY (tenant_id, period_id) REFERENCES periods (tenant_id, id),
    CONSTRAINT restatements_base_fkey FOREIGN KEY (tenant_id, base_id) REFERENCES snapshots (tenant_id, id),
    CONSTRAINT restatements_snapshot_fkey FOREIGN KEY (tenant_id, snapshot_id) REFERENCES snapshots (tenant_id, id),
    CONSTRAINT restatements_maker_fkey FOREIGN KEY (tenant_id, maker_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT restatements_checker_fkey FOREIGN KEY (tenant_id, checker_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT restatements_snapshot_key UNIQUE (tenant_id, snapshot_id),
    CONSTRAINT restatements_period_check CHECK (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    CONSTRAINT restatements_number_check CHECK (base_number >= 1 AND number > base_number),
    CONSTRAINT restatements_state_check CHECK (state IN ('proposed', 'accepted', 'declined')),
    CONSTRAINT restatements_reason_check CHECK (char_length(reason) BETWEEN 1 AND 500),
    CONSTRAINT restatements_lecturer_count_check CHECK (lecturer_count >= 1),
    CONSTRAINT restatements_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT restatements_later_periods_check CHECK (jsonb_typeof(later_periods) = 'array'),
    CONSTRAINT restatements_decision_reason_check CHECK (char_length(decision_reason) BETWEEN 1 AND 500),
    CONSTRAINT restatements_decided_check
        CHECK ((state = 'proposed') = (decided_at IS NULL) AND (state <> 'accepted' OR checker_id IS NOT NULL)),
    CONSTRAINT restatements_checker_check CHECK (state <> 'accepted' OR checker_id <> maker_id OR self_approved)
);
CREATE UNIQUE INDEX restatements_waiting_key ON restatements (tenant_id, period_id) WHERE state = 'proposed';
CREATE INDEX restatements_programme_idx ON restatements (tenant_id, programme_id, period);
CREATE INDEX restatements_period_idx ON restatements (tenant_id, period_id);
CREATE INDEX restatements_base_idx ON restatements (tenant_id, base_id);
CREATE INDEX restatements_maker_idx ON restatements (tenant_id, maker_id);
CREATE INDEX restatements_checker_idx ON restatements (tenant_id, checker_id);

ALTER TABLE restatements ENABLE ROW LEVEL SECURITY;
ALTER TABLE restatements FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON restatements
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (state, checker_id, self_approved, decided_at, decision_reason)
    ON restatements TO lectern_service;

COMMENT ON TABLE restatements IS 'A closed period computed again (重新核算): the snapshot, and what it proposes until somebody decides.';
COMMENT ON COLUMN restatements.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN restatements.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN restatements.programme_id IS 'The programme.';
COMMENT ON COLUMN restatements.period_id IS 'The closed period.';
COMMENT ON COLUMN restatements.period IS 'Its name.';
COMMENT ON COLUMN restatements.base_id IS 'The snapshot that counted when it was computed, with which it is compared.';
COMMENT ON COLUMN restatements.base_number IS 'The number of that one.';
COMMENT ON COLUMN restatements.snapshot_id IS 'The snapshot of today''s facts. It counts once the restatement is accepted.';
COMMENT ON COLUMN restatements.number IS 'The number of that one.';
COMMENT ON COLUMN restatements.state IS 'Proposed, accepted or declined.';
COMMENT ON COLUMN restatements.reason IS 'Why the period was computed again.';
COMMENT ON COLUMN restatements.lecturer_count IS 'Lecturers whose facts or results differ.';
COMMENT ON COLUMN restatements.currency IS 'ISO 4217 code of this money.';
COMMENT ON COLUMN restatements.later_periods IS 'Closed periods after it that today''s facts would move as well: [{period, lecturer_count}].';
COMMENT ON COLUMN restatements.maker_id IS 'Who ordered it, or answers for the machine that did; null: a machine that nobody answers for.';
COMMENT ON COLUMN restatements.checker_id IS 'Who decided; null: nobody yet, or a machine declined.';
COMMENT ON COLUMN restatements.self_approved IS 'Accepted by its maker under the small-company switch.';
COMMENT ON COLUMN restatements.decided_at IS 'When it was decided; null: not yet.';
COMMENT ON COLUMN restatements.decision_reason IS 'Why it was decided so.';
COMMENT ON COLUMN restatements.created_at IS 'When it was computed.';

CREATE TABLE restatement_lines (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    restatement_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    facts jsonb NOT NULL,
    before jsonb,
    after jsonb,
    CONSTRAINT restatement_lines_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT restatement_lines_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT restatement_lines_restatement_fkey FOREIGN KEY (tenant_id, restatement_id) REFERENCES restatements (tenant_id, id),
    CONSTRAINT restatement_lines_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT restatement_lines_employee_key UNIQUE (tenant_id, restatement_id, employee_id),
    CONSTRAINT restatement_lines_facts_check CHECK (jsonb_typeof(facts) = 'array'),
    CONSTRAINT restatement_lines_before_check CHECK (jsonb_typeof(before) = 'object'),
    CONSTRAINT restatement_lines_after_check CHECK (jsonb_typeof(after) = 'object')
);
CREATE INDEX restatement_lines_restatement_idx ON restatement_lines (tenant_id, restatement_id, id);
CREATE INDEX restatement_lines_employee_idx ON restatement_lines (tenant_id, employee_id);

ALTER TABLE restatement_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE restatement_lines FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON restatement_lines
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON restatement_lines TO lectern_service;

COMMENT ON TABLE restatement_lines IS 'A lecturer in a restatement: what moves and why.';
COMMENT ON COLUMN restatement_lines.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN restatement_lines.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN restatement_lines.restatement_id IS 'The restatement.';
COMMENT ON COLUMN restatement_lines.employee_id IS 'The lecturer.';
COMMENT ON COLUMN restatement_lines.facts IS 'Facts that differ from the frozen ones; none if those of others move the result.';
COMMENT ON COLUMN restatement_lines.before IS 'The result in the snapshot that counted; null: not in it.';
COMMENT ON COLUMN restatement_lines.after IS 'The result of today''s facts; null: no longer in the period.';

CREATE TABLE restatement_proposals (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    restatement_id uuid NOT NULL,
    line_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    kind text NOT NULL,
    policy_code text NOT NULL,
    session_id uuid,
    certificate_code text,
    had_minor bigint NOT NULL,
    due_minor bigint NOT NULL,
    amount_minor bigint NOT NULL,
    held boolean NOT NULL,
    pay_item_code text NOT NULL,
    reason_code text NOT NULL,
    reason_params jsonb NOT NULL,
    decline_reason text,
    CONSTRAINT restatement_proposals_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT restatement_proposals_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT restatement_proposals_restatement_fkey FOREIGN KEY (tenant_id, restatement_id) REFERENCES restatements (tenant_id, id),
    CONSTRAINT restatement_proposals_line_fkey FOREIGN KEY (tenant_id, line_id) REFERENCES restatement_lines (tenant_id, id),
    CONSTRAINT restatement_proposals_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT restatement_proposals_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT restatement_proposals_kind_check CHECK (kind IN ('grant', 'take_back', 'keep', 'certificate', 'task')),
    CONSTRAINT restatement_proposals_policy_code_check CHECK (char_length(policy_code) BETWEEN 1 AND 64),
    CONSTRAINT restatement_proposals_certificate_code_check CHECK (char_length(certificate_code) BETWEEN 1 AND 64),
    CONSTRAINT restatement_proposals_certificate_check CHECK ((kind IN ('certificate', 'task')) = (certificate_code IS NOT NULL)),
    CONSTRAINT restatement_proposals_amount_minor_check
        CHECK (CASE kind WHEN 'grant' THEN amount_minor > 0 WHEN 'take_back' THEN amount_minor < 0 ELSE amount_minor = 0 END),
    CONSTRAINT restatement_proposals_pay_item_code_check CHECK (char_length(pay_item_code) BETWEEN 1 AND 64),
    CONSTRAINT restatement_proposals_reason_code_check CHECK (char_length(reason_code) BETWEEN 1 AND 64),
    CONSTRAINT restatement_proposals_reason_params_check CHECK (jsonb_typeof(reason_params) = 'object'),
    CONSTRAINT restatement_proposals_decline_reason_check CHECK (char_length(decline_reason) BETWEEN 1 AND 500)
);
CREATE INDEX restatement_proposals_restatement_idx ON restatement_proposals (tenant_id, restatement_id, id);
CREATE INDEX restatement_proposals_line_idx ON restatement_proposals (tenant_id, line_id);
CREATE INDEX restatement_proposals_employee_idx ON restatement_proposals (tenant_id, employee_id);
CREATE INDEX restatement_proposals_session_idx ON restatement_proposals (tenant_id, session_id);

ALTER TABLE restatement_proposals ENABLE ROW LEVEL SECURITY;
ALTER TABLE restatement_proposals FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON restatement_proposals
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (decline_reason) ON restatement_proposals TO lectern_service;

COMMENT ON TABLE restatement_proposals IS 'A part of a restatement that somebody decides on: money, a certificate, or a task for HR.';
COMMENT ON COLUMN restatement_proposals.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN restatement_proposals.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN restatement_proposals.restatement_id IS 'The restatement.';
COMMENT ON COLUMN restatement_proposals.line_id IS 'The line of the lecturer.';
COMMENT ON COLUMN restatement_proposals.employee_id IS 'The lecturer.';
COMMENT ON COLUMN restatement_proposals.kind IS
    'To grant, to take back, to keep what is no longer due, to issue a certificate, or a task for HR about one that lost its ground.';
COMMENT ON COLUMN restatement_proposals.policy_code IS 'The policy.';
COMMENT ON COLUMN restatement_proposals.session_id IS 'The session, for a fee.';
COMMENT ON COLUMN restatement_proposals.certificate_code IS 'The certificate; null for money.';
COMMENT ON COLUMN restatement_proposals.had_minor IS 'What the lecturer had of the policy when it was computed, in minor units.';
COMMENT ON COLUMN restatement_proposals.due_minor IS 'What today''s facts give, in minor units.';
COMMENT ON COLUMN restatement_proposals.amount_minor IS 'What it moves, in minor units.';
COMMENT ON COLUMN restatement_proposals.held IS 'Over budget: granted, but not payable until the budget is raised.';
COMMENT ON COLUMN restatement_proposals.pay_item_code IS 'Pay item under which payroll pays it.';
COMMENT ON COLUMN restatement_proposals.reason_code IS 'Why, as a code with texts in both languages.';
COMMENT ON COLUMN restatement_proposals.reason_params IS 'Values that those texts name.';
COMMENT ON COLUMN restatement_proposals.decline_reason IS 'Why this part was declined when the rest was accepted; null: it was not.';
