-- A criterion of a position is waived for one lecturer: asked for by one person, approved by two others.

CREATE TABLE promotion_waivers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    policy_id uuid NOT NULL,
    target_code text NOT NULL,
    place text NOT NULL,
    criterion jsonb NOT NULL,
    reason text NOT NULL,
    state text NOT NULL,
    maker_id uuid,
    first_approver_id uuid,
    first_approved_at timestamptz,
    second_approver_id uuid,
    approved_at timestamptz,
    ended_by_id uuid,
    ended_at timestamptz,
    end_reason text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT promotion_waivers_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT promotion_waivers_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT promotion_waivers_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT promotion_waivers_policy_fkey FOREIGN KEY (tenant_id, policy_id) REFERENCES promotion_policies (tenant_id, id),
    CONSTRAINT promotion_waivers_maker_fkey FOREIGN KEY (tenant_id, maker_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT promotion_waivers_first_approver_fkey
        FOREIGN KEY (tenant_id, first_approver_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT promotion_waivers_second_approver_fkey
        FOREIGN KEY (tenant_id, second_approver_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT promotion_waivers_ended_by_fkey FOREIGN KEY (tenant_id, ended_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT promotion_waivers_target_code_check CHECK (char_length(target_code) BETWEEN 1 AND 64),
    CONSTRAINT promotion_waivers_place_check CHECK (char_length(place) BETWEEN 1 AND 100 AND place ~ '^/criteria(/criteria/[0-9]{1,2}){0,6}$'),
    CONSTRAINT promotion_waivers_criterion_check CHECK (jsonb_typeof(criterion) = 'object'),
    CONSTRAINT promotion_waivers_reason_check CHECK (char_length(reason) BETWEEN 1 AND 500),
    CONSTRAINT promotion_waivers_state_check
        CHECK (state IN ('requested', 'approved_once', 'approved', 'rejected', 'withdrawn', 'revoked')),
    CONSTRAINT promotion_waivers_first_check CHECK ((first_approver_id IS NULL) = (first_approved_at IS NULL)),
    CONSTRAINT promotion_waivers_second_check
        CHECK ((second_approver_id IS NULL) = (approved_at IS NULL) AND (second_approver_id IS NULL OR first_approver_id IS NOT NULL)),
    CONSTRAINT promotion_waivers_approved_check
        CHECK (CASE state WHEN 'requested' THEN first_approver_id IS NULL
                          WHEN 'approved_once' THEN first_approver_id IS NOT NULL AND second_approver_id IS NULL
                          WHEN 'approved' THEN second_approver_id IS NOT NULL
                          WHEN 'revoked' THEN second_approver_id IS NOT NULL
                          ELSE second_approver_id IS NULL END),
    CONSTRAINT promotion_waivers_three_people_check
        CHECK (first_approver_id <> second_approver_id AND maker_id NOT IN (first_approver_id, second_approver_id)
               AND employee_id NOT IN (first_approver_id, second_approver_id)),
    CONSTRAINT promotion_waivers_ended_check
        CHECK ((state IN ('rejected', 'withdrawn', 'revoked')) = (ended_at IS NOT NULL)
               AND (ended_at IS NOT NULL OR ended_by_id IS NULL AND end_reason IS NULL)
               AND (state NOT IN ('rejected', 'revoked') OR end_reason IS NOT NULL)),
    CONSTRAINT promotion_waivers_end_reason_check CHECK (char_length(end_reason) BETWEEN 1 AND 500),
    CONSTRAINT promotion_waivers_version_check CHECK (version >= 1)
);

CREATE UNIQUE INDEX promotion_waivers_open_key ON promotion_waivers (tenant_id, employee_id, policy_id, place)
    WHERE state IN ('requested', 'approved_once', 'approved');
CREATE INDEX promotion_waivers_employee_idx ON promotion_waivers (tenant_id, employee_id);
CREATE INDEX promotion_waivers_policy_idx ON promotion_waivers (tenant_id, policy_id);
CREATE INDEX promotion_waivers_target_idx ON promotion_waivers (tenant_id, target_code, employee_id) WHERE approved_at IS NOT NULL;
CREATE INDEX promotion_waivers_maker_idx ON promotion_waivers (tenant_id, maker_id);
CREATE INDEX promotion_waivers_first_approver_idx ON promotion_waivers (tenant_id, first_approver_id);
CREATE INDEX promotion_waivers_second_approver_idx ON promotion_waivers (tenant_id, second_approver_id);
CREATE INDEX promotion_waivers_ended_by_idx ON promotion_waivers (tenant_id, ended_by_id);

ALTER TABLE promotion_waivers ENABLE ROW LEVEL SECURITY;
ALTER TABLE promotion_waivers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON promotion_waivers
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (employee_id, state, first_approver_id, first_approved_at, second_approver_id, approved_at,
    ended_by_id, ended_at, end_reason, updated_at, version) ON promotion_waivers TO lectern_service;

COMMENT ON TABLE promotion_waivers IS
    'A criterion that one lecturer need not meet for one position, with the reason, who asked and which two approved.';
COMMENT ON COLUMN promotion_waivers.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN promotion_waivers.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN promotion_waivers.employee_id IS 'For whom the criterion is waived.';
COMMENT ON COLUMN promotion_waivers.policy_id IS 'The policy version in force when it was asked for.';
COMMENT ON COLUMN promotion_waivers.target_code IS 'The position, as the policy names it.';
COMMENT ON COLUMN promotion_waivers.place IS 'JSON pointer of the criterion in that version.';
COMMENT ON COLUMN promotion_waivers.criterion IS
    'The criterion as it stood there. In another version of the policy the waiver counts only for an equal one.';
COMMENT ON COLUMN promotion_waivers.reason IS 'Why it is waived.';
COMMENT ON COLUMN promotion_waivers.state IS 'Where it stands.';
COMMENT ON COLUMN promotion_waivers.maker_id IS
    'Who asked for it, or answers for the machine that did; null: a machine that nobody answers for.';
COMMENT ON COLUMN promotion_waivers.first_approver_id IS 'Who approved it first; null: nobody yet.';
COMMENT ON COLUMN promotion_waivers.first_approved_at IS 'When it was approved first.';
COMMENT ON COLUMN promotion_waivers.second_approver_id IS 'The other one who approved it; null: nobody yet.';
COMMENT ON COLUMN promotion_waivers.approved_at IS 'When the second person approved it: it counts from that day on.';
COMMENT ON COLUMN promotion_waivers.ended_by_id IS 'Who rejected, withdrew or revoked it; null: nobody, or a machine that nobody answers for.';
COMMENT ON COLUMN promotion_waivers.ended_at IS 'When it was rejected, withdrawn or revoked; null: it was not.';
COMMENT ON COLUMN promotion_waivers.end_reason IS 'Why it was rejected or revoked.';
COMMENT ON COLUMN promotion_waivers.created_at IS 'When it was asked for.';
COMMENT ON COLUMN promotion_waivers.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN promotion_waivers.version IS 'Counts the row''s changes from 1; the ETag is made of it.';
