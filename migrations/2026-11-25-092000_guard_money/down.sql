DROP TRIGGER payroll_batches_locked ON payroll_batches;

GRANT DELETE ON payroll_exclusions TO lectern_service;
-- The older words for the same people; row security hides the rows from the owner as well.
ALTER TABLE payroll_exclusions NO FORCE ROW LEVEL SECURITY;
UPDATE payroll_exclusions SET reason_code = 'not_payable' WHERE reason_code = 'no_pay_group';
ALTER TABLE payroll_exclusions FORCE ROW LEVEL SECURITY;
ALTER TABLE payroll_exclusions
    DROP CONSTRAINT payroll_exclusions_reason_code_check,
    ADD CONSTRAINT payroll_exclusions_reason_code_check
        CHECK (reason_code IN ('no_employee_number', 'negative_total', 'not_payable'));

COMMENT ON COLUMN snapshots.forced IS 'Closed before it was due, or with sessions undecided.';
-- Refuses where a frozen grade has more than 32 characters: what is frozen is not cut.
ALTER TABLE snapshot_lecturers
    DROP CONSTRAINT snapshot_lecturers_grade_check,
    ADD CONSTRAINT snapshot_lecturers_grade_check CHECK (char_length(grade) BETWEEN 1 AND 32);

ALTER TABLE tenants
    DROP CONSTRAINT tenants_grade_codes_length_check,
    DROP COLUMN time_zone;

COMMENT ON COLUMN reward_entries.caused_by_id IS 'For a computed entry the person who closed; null: a machine or the system did.';
COMMENT ON COLUMN promotion_policies.maker_id IS 'Who proposed it; null: a machine did.';
COMMENT ON COLUMN reward_policy_sets.maker_id IS 'Who proposed it; null: a machine did.';
COMMENT ON COLUMN scoring_rules.maker_id IS 'Who proposed it; null: a machine did.';
ALTER TABLE api_clients DROP COLUMN responsible_id;
