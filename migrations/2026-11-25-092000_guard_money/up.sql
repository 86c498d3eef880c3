-- Who answers for a machine that proposes money, in which zone a company's days begin, and what a locked batch holds on to.

ALTER TABLE api_clients
    ADD COLUMN responsible_id uuid,
    ADD CONSTRAINT api_clients_responsible_fkey
        FOREIGN KEY (tenant_id, responsible_id) REFERENCES employees (tenant_id, id);
CREATE INDEX api_clients_responsible_idx ON api_clients (tenant_id, responsible_id);

COMMENT ON COLUMN api_clients.responsible_id IS
    'Who answers for what it does: the person who made it or last gave it a secret; null: the operator made it.';
COMMENT ON COLUMN scoring_rules.maker_id IS
    'Who proposed it, or answers for the machine that did; null: a machine that nobody answers for.';
COMMENT ON COLUMN reward_policy_sets.maker_id IS
    'Who proposed it, or answers for the machine that did; null: a machine that nobody answers for.';
COMMENT ON COLUMN promotion_policies.maker_id IS
    'Who proposed it, or answers for the machine that did; null: a machine that nobody answers for.';
COMMENT ON COLUMN reward_entries.caused_by_id IS
    'For a computed entry the person who closed, or who answers for the machine that did; null: the system, or a machine that nobody answers for.';

ALTER TABLE tenants
    ADD COLUMN time_zone text NOT NULL DEFAULT 'Asia/Shanghai',
    ADD CONSTRAINT tenants_time_zone_check CHECK (char_length(time_zone) BETWEEN 1 AND 64),
    ADD CONSTRAINT tenants_grade_codes_length_check
        CHECK (array_to_string(grade_codes, E'\n') ~ E'^[^\n]{1,64}(\n[^\n]{1,64})*$');

COMMENT ON COLUMN tenants.time_zone IS 'IANA time zone in which its days begin, where no programme says otherwise.';

-- A rule's grades may have as many characters.
ALTER TABLE snapshot_lecturers
    DROP CONSTRAINT snapshot_lecturers_grade_check,
    ADD CONSTRAINT snapshot_lecturers_grade_check CHECK (char_length(grade) BETWEEN 1 AND 64);

COMMENT ON COLUMN snapshots.forced IS
    'Closed before it was due, before an earlier period, or with sessions undecided or unconfirmed.';

ALTER TABLE payroll_exclusions
    DROP CONSTRAINT payroll_exclusions_reason_code_check,
    ADD CONSTRAINT payroll_exclusions_reason_code_check
        CHECK (reason_code IN ('no_employee_number', 'no_pay_group', 'negative_total', 'not_payable'));
REVOKE DELETE ON payroll_exclusions FROM lectern_service;

-- A locked batch goes on to be acknowledged or void; what payroll was told of it stays.
CREATE TRIGGER payroll_batches_locked BEFORE UPDATE ON payroll_batches
    FOR EACH ROW
    WHEN (OLD.locked_at IS NOT NULL AND
        (OLD.pay_group_id, OLD.currency, OLD.pay_period, OLD.cut_off_at, OLD.line_count, OLD.people_count, OLD.total_minor,
         OLD.lines_sha256, OLD.locked_at, OLD.locked_by_kind, OLD.locked_by_id)
        IS DISTINCT FROM
        (NEW.pay_group_id, NEW.currency, NEW.pay_period, NEW.cut_off_at, NEW.line_count, NEW.people_count, NEW.total_minor,
         NEW.lines_sha256, NEW.locked_at, NEW.locked_by_kind, NEW.locked_by_id))
    EXECUTE FUNCTION refuse_change();
