-- The containers of everything that is scored, and the versioned documents by which it is.

CREATE TABLE programmes (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    description text,
    state text NOT NULL,
    time_zone text NOT NULL,
    currency char(3) NOT NULL,
    cycle text NOT NULL,
    rank_scope text NOT NULL,
    board_size integer NOT NULL DEFAULT 10,
    feedback_mode text NOT NULL DEFAULT 'confidential',
    feedback_window_minutes integer NOT NULL DEFAULT 1440,
    feedback_scale integer NOT NULL DEFAULT 10,
    feedback_min_k integer NOT NULL DEFAULT 5,
    budget_minor bigint,
    over_budget text NOT NULL DEFAULT 'hold',
    person_cap_minor bigint,
    take_back text NOT NULL DEFAULT 'none',
    appraisal_weight_bp integer NOT NULL DEFAULT 0,
    settle_days integer NOT NULL DEFAULT 5,
    reuse_kinds text[] NOT NULL DEFAULT '{download,forward,taught}',
    case_max_age_days integer,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT programmes_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT programmes_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT programmes_code_key UNIQUE (tenant_id, code),
    CONSTRAINT programmes_code_check CHECK (char_length(code) BETWEEN 1 AND 64),
    CONSTRAINT programmes_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT programmes_description_check CHECK (char_length(description) BETWEEN 1 AND 2000),
    CONSTRAINT programmes_state_check CHECK (state IN ('pilot', 'active', 'ended')),
    CONSTRAINT programmes_time_zone_check CHECK (char_length(time_zone) BETWEEN 1 AND 64),
    CONSTRAINT programmes_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT programmes_cycle_check CHECK (cycle IN ('month', 'quarter', 'year')),
    CONSTRAINT programmes_rank_scope_check CHECK (rank_scope IN ('programme', 'department')),
    CONSTRAINT programmes_board_size_check CHECK (board_size BETWEEN 1 AND 1000),
    CONSTRAINT programmes_feedback_mode_check CHECK (feedback_mode IN ('named', 'confidential', 'anonymous')),
    CONSTRAINT programmes_feedback_window_minutes_check CHECK (feedback_window_minutes BETWEEN 1 AND 525600),
    CONSTRAINT programmes_feedback_scale_check CHECK (feedback_scale BETWEEN 1 AND 100),
    CONSTRAINT programmes_feedback_min_k_check CHECK (feedback_min_k BETWEEN 1 AND 1000),
    CONSTRAINT programmes_budget_minor_check CHECK (budget_minor >= 0),
    CONSTRAINT programmes_over_budget_check CHECK (over_budget IN ('scale', 'hold')),
    CONSTRAINT programmes_person_cap_minor_check CHECK (person_cap_minor >= 0),
    CONSTRAINT programmes_take_back_check CHECK (take_back IN ('none', 'adjust')),
    CONSTRAINT programmes_appraisal_weight_bp_check CHECK (appraisal_weight_bp BETWEEN 0 AND 10000),
    CONSTRAINT programmes_settle_days_check CHECK (settle_days BETWEEN 0 AND 366),
    CONSTRAINT programmes_reuse_kinds_check
        CHECK (cardinality(reuse_kinds) <= 3 AND array_position(reuse_kinds, NULL) IS NULL AND reuse_kinds <@
        '{download,forward,taught}'::text[]),
    CONSTRAINT programmes_case_max_age_days_check CHECK (case_max_age_days BETWEEN 0 AND 3660),
    CONSTRAINT programmes_version_check CHECK (version >= 1)
);

CREATE INDEX programmes_updated_at_idx ON programmes (tenant_id, updated_at, id);

ALTER TABLE programmes ENABLE ROW LEVEL SECURITY;
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON programmes
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON programmes TO lectern_service;

COMMENT ON TABLE programmes IS
    'An incentive programme (激励方案): what is scored together, by one rule, paid from one budget.';
COMMENT ON COLUMN programmes.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN programmes.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN programmes.code IS 'Short name in imports and links.';
COMMENT ON COLUMN programmes.name IS 'Name as people read it.';
COMMENT ON COLUMN programmes.description IS 'What it is for.';
COMMENT ON COLUMN programmes.state IS 'pilot scores and does not pay; active pays; ended takes no new sessions.';
COMMENT ON COLUMN programmes.time_zone IS 'IANA time zone whose local midnights bound periods and days.';
COMMENT ON COLUMN programmes.currency IS 'ISO 4217 code of all its money.';
COMMENT ON COLUMN programmes.cycle IS 'Length of a period (考核周期).';
COMMENT ON COLUMN programmes.rank_scope IS 'Among whom lecturers are ranked.';
COMMENT ON COLUMN programmes.board_size IS 'How many places the board shows.';
COMMENT ON COLUMN programmes.feedback_mode IS 'What may tie a rating to a person.';
COMMENT ON COLUMN programmes.feedback_window_minutes IS 'Minutes after the end of a session in which its feedback counts.';
COMMENT ON COLUMN programmes.feedback_scale IS 'Best rating on its forms; ratings run from 0 to it.';
COMMENT ON COLUMN programmes.feedback_min_k IS 'Least number of answers behind anything that is broken down by learner or time.';
COMMENT ON COLUMN programmes.budget_minor IS 'Money for one period in minor units of the currency; null: no limit.';
COMMENT ON COLUMN programmes.over_budget IS 'Over budget: make every amount smaller, or grant all and hold the money.';
COMMENT ON COLUMN programmes.person_cap_minor IS 'Most that a person gets in one period, in minor units; null: no limit.';
COMMENT ON COLUMN programmes.take_back IS 'What a restatement does with money granted in excess: leave it, or a negative line.';
COMMENT ON COLUMN programmes.appraisal_weight_bp IS 'Share of the score in the whole appraisal of an employee, in basis points.';
COMMENT ON COLUMN programmes.settle_days IS 'Days after the end of a period before it may be closed without force.';
COMMENT ON COLUMN programmes.reuse_kinds IS 'Kinds of reuse that count; views are shown and never count.';
COMMENT ON COLUMN programmes.case_max_age_days IS
    'Application cases later than so many days after their session are not counted; null: all count.';
COMMENT ON COLUMN programmes.created_at IS 'When the row was made.';
COMMENT ON COLUMN programmes.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN programmes.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE programme_groups (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    programme_id uuid NOT NULL,
    group_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT programme_groups_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT programme_groups_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT programme_groups_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT programme_groups_group_fkey FOREIGN KEY (tenant_id, group_id) REFERENCES lecturer_groups (tenant_id, id),
    CONSTRAINT programme_groups_group_key UNIQUE (tenant_id, group_id)
);

CREATE INDEX programme_groups_programme_idx ON programme_groups (tenant_id, programme_id);

ALTER TABLE programme_groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE programme_groups FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON programme_groups
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON programme_groups TO lectern_service;

COMMENT ON TABLE programme_groups IS
    'Which lecturer groups make up the population of a programme; a group belongs to one programme or none.';
COMMENT ON COLUMN programme_groups.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN programme_groups.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN programme_groups.programme_id IS 'The programme.';
COMMENT ON COLUMN programme_groups.group_id IS 'The group.';
COMMENT ON COLUMN programme_groups.created_at IS 'When the row was made.';

CREATE TABLE scoring_rules (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    programme_id uuid NOT NULL,
    version integer NOT NULL,
    starts_period text NOT NULL,
    starts_on date NOT NULL,
    document jsonb NOT NULL,
    maker_id uuid,
    checker_id uuid,
    self_approved boolean NOT NULL DEFAULT false,
    published_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT scoring_rules_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT scoring_rules_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT scoring_rules_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT scoring_rules_maker_fkey FOREIGN KEY (tenant_id, maker_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT scoring_rules_checker_fkey FOREIGN KEY (tenant_id, checker_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT scoring_rules_version_key UNIQUE (tenant_id, programme_id, version),
    CONSTRAINT scoring_rules_version_check CHECK (version >= 1),
    CONSTRAINT scoring_rules_starts_period_check CHECK (starts_period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    CONSTRAINT scoring_rules_document_check CHECK (jsonb_typeof(document) = 'object'),
    CONSTRAINT scoring_rules_checker_check CHECK (checker_id <> maker_id OR self_approved)
);

CREATE UNIQUE INDEX scoring_rules_starts_on_key
    ON scoring_rules (tenant_id, programme_id, starts_on) WHERE published_at IS NOT NULL;
CREATE INDEX scoring_rules_maker_idx ON scoring_rules (tenant_id, maker_id);
CREATE INDEX scoring_rules_checker_idx ON scoring_rules (tenant_id, checker_id);

ALTER TABLE scoring_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE scoring_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON scoring_rules
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (checker_id, self_approved, published_at, updated_at), DELETE ON scoring_rules TO lectern_service;

COMMENT ON TABLE scoring_rules IS
    'A version of the scoring rule (规则版本) of a programme. Its document is never changed; a score names its version.';
COMMENT ON COLUMN scoring_rules.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN scoring_rules.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN scoring_rules.programme_id IS 'The programme.';
COMMENT ON COLUMN scoring_rules.version IS 'Number of the version in the programme, from 1.';
COMMENT ON COLUMN scoring_rules.starts_period IS 'First period that it serves for (2026-03, 2026-Q1, 2026).';
COMMENT ON COLUMN scoring_rules.starts_on IS 'First local day of that period.';
COMMENT ON COLUMN scoring_rules.document IS 'The rule: components, curves, grades, gates, feedback conditions.';
COMMENT ON COLUMN scoring_rules.maker_id IS 'Who proposed it; null: a machine did.';
COMMENT ON COLUMN scoring_rules.checker_id IS 'Who approved it; null until then.';
COMMENT ON COLUMN scoring_rules.self_approved IS 'Approved by its proposer under the small-company switch.';
COMMENT ON COLUMN scoring_rules.published_at IS 'From then on it is in force from its first period on; null: a draft.';
COMMENT ON COLUMN scoring_rules.created_at IS 'When the row was made.';
COMMENT ON COLUMN scoring_rules.updated_at IS 'When the row was last changed.';

CREATE TABLE reward_policy_sets (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    programme_id uuid NOT NULL,
    version integer NOT NULL,
    starts_period text NOT NULL,
    starts_on date NOT NULL,
    document jsonb NOT NULL,
    maker_id uuid,
    checker_id uuid,
    self_approved boolean NOT NULL DEFAULT false,
    published_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT reward_policy_sets_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT reward_policy_sets_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT reward_policy_sets_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT reward_policy_sets_maker_fkey FOREIGN KEY (tenant_id, maker_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT reward_policy_sets_checker_fkey FOREIGN KEY (tenant_id, checker_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT reward_policy_sets_version_key UNIQUE (tenant_id, programme_id, version),
    CONSTRAINT reward_policy_sets_version_check CHECK (version >= 1),
    CONSTRAINT reward_policy_sets_starts_period_check CHECK (starts_period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    CONSTRAINT reward_policy_sets_document_check CHECK (jsonb_typeof(document) IN ('array', 'object')),
    CONSTRAINT reward_policy_sets_checker_check CHECK (checker_id <> maker_id OR self_approved)
);

CREATE UNIQUE INDEX reward_policy_sets_starts_on_key
    ON reward_policy_sets (tenant_id, programme_id, starts_on) WHERE published_at IS NOT NULL;
CREATE INDEX reward_policy_sets_maker_idx ON reward_policy_sets (tenant_id, maker_id);
CREATE INDEX reward_policy_sets_checker_idx ON reward_policy_sets (tenant_id, checker_id);

ALTER TABLE reward_policy_sets ENABLE ROW LEVEL SECURITY;
ALTER TABLE reward_policy_sets FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reward_policy_sets
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (checker_id, self_approved, published_at, updated_at), DELETE
    ON reward_policy_sets TO lectern_service;

COMMENT ON TABLE reward_policy_sets IS
    'A version of the reward policies of a programme. Its document is never changed; an entry names its version.';
COMMENT ON COLUMN reward_policy_sets.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN reward_policy_sets.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN reward_policy_sets.programme_id IS 'The programme.';
COMMENT ON COLUMN reward_policy_sets.version IS 'Number of the version in the programme, from 1.';
COMMENT ON COLUMN reward_policy_sets.starts_period IS 'First period that it serves for.';
COMMENT ON COLUMN reward_policy_sets.starts_on IS 'First local day of that period.';
COMMENT ON COLUMN reward_policy_sets.document IS 'The policies in order of priority.';
COMMENT ON COLUMN reward_policy_sets.maker_id IS 'Who proposed it; null: a machine did.';
COMMENT ON COLUMN reward_policy_sets.checker_id IS 'Who approved it; null until then.';
COMMENT ON COLUMN reward_policy_sets.self_approved IS 'Approved by its proposer under the small-company switch.';
COMMENT ON COLUMN reward_policy_sets.published_at IS 'From then on it is in force from its first period on; null: a draft.';
COMMENT ON COLUMN reward_policy_sets.created_at IS 'When the row was made.';
COMMENT ON COLUMN reward_policy_sets.updated_at IS 'When the row was last changed.';

CREATE TABLE promotion_policies (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    target_code text NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    document jsonb NOT NULL,
    maker_id uuid,
    checker_id uuid,
    self_approved boolean NOT NULL DEFAULT false,
    published_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT promotion_policies_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT promotion_policies_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT promotion_policies_maker_fkey FOREIGN KEY (tenant_id, maker_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT promotion_policies_checker_fkey FOREIGN KEY (tenant_id, checker_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT promotion_policies_version_key UNIQUE (tenant_id, target_code, version),
    CONSTRAINT promotion_policies_target_code_check CHECK (char_length(target_code) BETWEEN 1 AND 64),
    CONSTRAINT promotion_policies_version_check CHECK (version >= 1),
    CONSTRAINT promotion_policies_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT promotion_policies_document_check CHECK (jsonb_typeof(document) = 'object'),
    CONSTRAINT promotion_policies_checker_check CHECK (checker_id <> maker_id OR self_approved)
);

CREATE INDEX promotion_policies_maker_idx ON promotion_policies (tenant_id, maker_id);
CREATE INDEX promotion_policies_checker_idx ON promotion_policies (tenant_id, checker_id);

ALTER TABLE promotion_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE promotion_policies FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON promotion_policies
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (checker_id, self_approved, published_at, updated_at), DELETE
    ON promotion_policies TO lectern_service;

COMMENT ON TABLE promotion_policies IS
    'A version of what a target position asks for. Its document is never changed; an application names its version.';
COMMENT ON COLUMN promotion_policies.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN promotion_policies.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN promotion_policies.target_code IS 'The position aimed at (department-manager).';
COMMENT ON COLUMN promotion_policies.version IS 'Number of the version for that position, from 1.';
COMMENT ON COLUMN promotion_policies.name IS 'Name of the position as people read it.';
COMMENT ON COLUMN promotion_policies.document IS 'The criteria, joined by all and any.';
COMMENT ON COLUMN promotion_policies.maker_id IS 'Who proposed it; null: a machine did.';
COMMENT ON COLUMN promotion_policies.checker_id IS 'Who approved it; null until then.';
COMMENT ON COLUMN promotion_policies.self_approved IS 'Approved by its proposer under the small-company switch.';
COMMENT ON COLUMN promotion_policies.published_at IS
    'From then on checks use it, unless a later version is published; null: a draft.';
COMMENT ON COLUMN promotion_policies.created_at IS 'When the row was made.';
COMMENT ON COLUMN promotion_policies.updated_at IS 'When the row was last changed.';
