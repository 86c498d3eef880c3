-- The frozen truth: what was known when a period was closed, and what followed from it.

CREATE TABLE periods (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    programme_id uuid NOT NULL,
    period text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    state text NOT NULL,
    closed_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT periods_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT periods_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT periods_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT periods_period_key UNIQUE (tenant_id, programme_id, period),
    CONSTRAINT periods_starts_on_key UNIQUE (tenant_id, programme_id, starts_on),
    CONSTRAINT periods_period_check CHECK (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    CONSTRAINT periods_ends_on_check CHECK (ends_on > starts_on),
    CONSTRAINT periods_ends_at_check CHECK (ends_at > starts_at),
    CONSTRAINT periods_state_check CHECK (state IN ('open', 'closed')),
    CONSTRAINT periods_closed_at_check CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CONSTRAINT periods_version_check CHECK (version >= 1)
);

ALTER TABLE periods ENABLE ROW LEVEL SECURITY;
ALTER TABLE periods FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON periods
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON periods TO lectern_service;

COMMENT ON TABLE periods IS
    'A period (考核周期) of a programme, half-open between two local midnights.';
COMMENT ON COLUMN periods.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN periods.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN periods.programme_id IS 'The programme.';
COMMENT ON COLUMN periods.period IS 'Its name (2026-03, 2026-Q1, 2026).';
COMMENT ON COLUMN periods.starts_on IS 'First local day.';
COMMENT ON COLUMN periods.ends_on IS 'First local day after it.';
COMMENT ON COLUMN periods.starts_at IS 'The instant at which its first day starts in the time zone of the programme.';
COMMENT ON COLUMN periods.ends_at IS 'The instant at which the day after it starts.';
COMMENT ON COLUMN periods.state IS 'Closed ones have a snapshot.';
COMMENT ON COLUMN periods.closed_at IS 'When it was closed first.';
COMMENT ON COLUMN periods.created_at IS 'When the row was made.';
COMMENT ON COLUMN periods.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN periods.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE snapshots (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    period_id uuid NOT NULL,
    number integer NOT NULL,
    rule_id uuid NOT NULL,
    policy_set_id uuid,
    settings jsonb NOT NULL,
    digest char(64) NOT NULL,
    lecturer_count integer NOT NULL,
    rated_count integer NOT NULL,
    reward_total_minor bigint NOT NULL,
    currency char(3) NOT NULL,
    forced boolean NOT NULL DEFAULT false,
    reason text,
    closed_at timestamptz NOT NULL,
    closed_by_kind text NOT NULL,
    closed_by_id uuid NOT NULL,
    CONSTRAINT snapshots_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT snapshots_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT snapshots_period_fkey FOREIGN KEY (tenant_id, period_id) REFERENCES periods (tenant_id, id),
    CONSTRAINT snapshots_rule_fkey FOREIGN KEY (tenant_id, rule_id) REFERENCES scoring_rules (tenant_id, id),
    CONSTRAINT snapshots_policy_set_fkey FOREIGN KEY (tenant_id, policy_set_id) REFERENCES reward_policy_sets (tenant_id, id),
    CONSTRAINT snapshots_number_key UNIQUE (tenant_id, period_id, number),
    CONSTRAINT snapshots_number_check CHECK (number >= 1),
    CONSTRAINT snapshots_settings_check CHECK (jsonb_typeof(settings) = 'object'),
    CONSTRAINT snapshots_digest_check CHECK (digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT snapshots_lecturer_count_check CHECK (lecturer_count >= 0),
    CONSTRAINT snapshots_rated_count_check CHECK (rated_count BETWEEN 0 AND lecturer_count),
    CONSTRAINT snapshots_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT snapshots_reason_check CHECK (char_length(reason) BETWEEN 1 AND 500),
    CONSTRAINT snapshots_forced_check CHECK (NOT forced OR reason IS NOT NULL),
    CONSTRAINT snapshots_closed_by_kind_check CHECK (closed_by_kind IN ('person', 'client', 'system')),
    CONSTRAINT snapshots_closed_by_check
        CHECK ((closed_by_kind = 'system') = (closed_by_id = '00000000-0000-0000-0000-000000000000'))
);

CREATE INDEX snapshots_rule_idx ON snapshots (tenant_id, rule_id);
CREATE INDEX snapshots_policy_set_idx ON snapshots (tenant_id, policy_set_id);

CREATE TRIGGER snapshots_append_only BEFORE UPDATE OR DELETE ON snapshots
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshots_no_truncate BEFORE TRUNCATE ON snapshots
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE snapshots ENABLE ROW LEVEL SECURITY;
ALTER TABLE snapshots FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON snapshots
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON snapshots TO lectern_service;

COMMENT ON TABLE snapshots IS
    'The frozen inputs and results of a closed period. Number k+1 is a restatement of k. Append-only; inserted whole, digest included.';
COMMENT ON COLUMN snapshots.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN snapshots.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN snapshots.period_id IS 'The period.';
COMMENT ON COLUMN snapshots.number IS 'k: 1 at the close, more for each restatement.';
COMMENT ON COLUMN snapshots.rule_id IS 'The scoring rule in force.';
COMMENT ON COLUMN snapshots.policy_set_id IS 'The reward policies in force; null: none.';
COMMENT ON COLUMN snapshots.settings IS
    'The settings of the programme as frozen (scope, currency, budget, cap, weight, order of grades ...), so that a replay needs nothing else.';
COMMENT ON COLUMN snapshots.digest IS 'SHA-256 of the canonical form of rule, inputs and results, in hexadecimal.';
COMMENT ON COLUMN snapshots.lecturer_count IS 'Lecturers in it.';
COMMENT ON COLUMN snapshots.rated_count IS 'Of these, rated.';
COMMENT ON COLUMN snapshots.reward_total_minor IS 'Money that its computation granted, in minor units.';
COMMENT ON COLUMN snapshots.currency IS 'Currency of that money.';
COMMENT ON COLUMN snapshots.forced IS 'Closed before it was due, or with sessions undecided.';
COMMENT ON COLUMN snapshots.reason IS 'Why it was forced or restated.';
COMMENT ON COLUMN snapshots.closed_at IS 'When the cut was made.';
COMMENT ON COLUMN snapshots.closed_by_kind IS 'Who closed: person, client (a machine) or system.';
COMMENT ON COLUMN snapshots.closed_by_id IS 'Id of that employee or API client; the nil UUID for the system.';

CREATE TABLE snapshot_lecturers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    snapshot_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    employee_number text,
    department_id uuid,
    inputs jsonb NOT NULL,
    card jsonb NOT NULL,
    rewards jsonb NOT NULL DEFAULT '[]',
    status text NOT NULL,
    reason text,
    score numeric(5,2),
    grade text,
    rank integer,
    ranked_of integer,
    CONSTRAINT snapshot_lecturers_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT snapshot_lecturers_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT snapshot_lecturers_snapshot_fkey FOREIGN KEY (tenant_id, snapshot_id) REFERENCES snapshots (tenant_id, id),
    CONSTRAINT snapshot_lecturers_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT snapshot_lecturers_department_fkey FOREIGN KEY (tenant_id, department_id) REFERENCES departments (tenant_id, id),
    CONSTRAINT snapshot_lecturers_employee_key UNIQUE (tenant_id, snapshot_id, employee_id),
    CONSTRAINT snapshot_lecturers_employee_number_check CHECK (char_length(employee_number) BETWEEN 1 AND 64),
    CONSTRAINT snapshot_lecturers_inputs_check CHECK (jsonb_typeof(inputs) = 'object'),
    CONSTRAINT snapshot_lecturers_card_check CHECK (jsonb_typeof(card) = 'object'),
    CONSTRAINT snapshot_lecturers_rewards_check CHECK (jsonb_typeof(rewards) = 'array'),
    CONSTRAINT snapshot_lecturers_status_check CHECK (status IN ('rated', 'not_rated')),
    CONSTRAINT snapshot_lecturers_reason_check CHECK (reason IN ('exempt', 'insufficient_data')),
    CONSTRAINT snapshot_lecturers_grade_check CHECK (char_length(grade) BETWEEN 1 AND 32),
    CONSTRAINT snapshot_lecturers_rank_check CHECK (rank >= 1),
    CONSTRAINT snapshot_lecturers_result_check
        CHECK ((status = 'rated') = (score IS NOT NULL) AND (score IS NULL) = (grade IS NULL) AND (status = 'rated') = (reason
        IS NULL) AND (rank IS NULL OR score IS NOT NULL)),
    CONSTRAINT snapshot_lecturers_ranked_of_check CHECK ((rank IS NULL) = (ranked_of IS NULL) AND ranked_of >= rank),
    CONSTRAINT snapshot_lecturers_score_check CHECK (score BETWEEN 0 AND 100)
);

CREATE INDEX snapshot_lecturers_rank_idx ON snapshot_lecturers (tenant_id, snapshot_id, department_id, rank);
CREATE INDEX snapshot_lecturers_employee_idx ON snapshot_lecturers (tenant_id, employee_id);
CREATE INDEX snapshot_lecturers_department_idx ON snapshot_lecturers (tenant_id, department_id);

CREATE TRIGGER snapshot_lecturers_append_only BEFORE UPDATE OR DELETE ON snapshot_lecturers
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshot_lecturers_no_truncate BEFORE TRUNCATE ON snapshot_lecturers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE snapshot_lecturers ENABLE ROW LEVEL SECURITY;
ALTER TABLE snapshot_lecturers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON snapshot_lecturers
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON snapshot_lecturers TO lectern_service;

COMMENT ON TABLE snapshot_lecturers IS
    'One lecturer in a snapshot: what went in and what came out. Append-only.';
COMMENT ON COLUMN snapshot_lecturers.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN snapshot_lecturers.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN snapshot_lecturers.snapshot_id IS 'The snapshot.';
COMMENT ON COLUMN snapshot_lecturers.employee_id IS 'The lecturer.';
COMMENT ON COLUMN snapshot_lecturers.employee_number IS 'Employee number as frozen.';
COMMENT ON COLUMN snapshot_lecturers.department_id IS 'Department whose board the lecturer is on, as frozen; null: none.';
COMMENT ON COLUMN snapshot_lecturers.inputs IS 'The frozen facts.';
COMMENT ON COLUMN snapshot_lecturers.card IS 'The scorecard: metrics, components, gates.';
COMMENT ON COLUMN snapshot_lecturers.rewards IS
    'What the policies decided for this lecturer and why, lines dropped or trimmed included.';
COMMENT ON COLUMN snapshot_lecturers.status IS 'Whether there is a score.';
COMMENT ON COLUMN snapshot_lecturers.reason IS 'Why there is none.';
COMMENT ON COLUMN snapshot_lecturers.score IS 'Score, 0 to 100.';
COMMENT ON COLUMN snapshot_lecturers.grade IS 'Code of the grade.';
COMMENT ON COLUMN snapshot_lecturers.rank IS 'Place in the rank scope.';
COMMENT ON COLUMN snapshot_lecturers.ranked_of IS 'Of how many.';
