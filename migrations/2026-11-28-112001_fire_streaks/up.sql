-- Titles and improvement notices that policies bring about, with the run of periods that they rest on.

ALTER TABLE titles
    ADD COLUMN earned_period text,
    ADD COLUMN run jsonb,
    ADD COLUMN withdrawn_by_id uuid,
    ADD CONSTRAINT titles_withdrawn_by_fkey FOREIGN KEY (tenant_id, withdrawn_by_id) REFERENCES employees (tenant_id, id),
    ADD CONSTRAINT titles_earned_period_check CHECK (earned_period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    ADD CONSTRAINT titles_run_check CHECK (jsonb_typeof(run) = 'array'),
    ADD CONSTRAINT titles_earned_check CHECK ((earned_period IS NULL) = (run IS NULL)),
    ADD CONSTRAINT titles_withdrawn_by_check CHECK (withdrawn_by_id IS NULL OR withdrawn_at IS NOT NULL);
CREATE INDEX titles_withdrawn_by_idx ON titles (tenant_id, withdrawn_by_id);

COMMENT ON COLUMN titles.earned_period IS 'The period with which the streak fired; null: by hand.';
COMMENT ON COLUMN titles.run IS 'The periods of the streak with their grades: [{period, grade}]; null: by hand.';
COMMENT ON COLUMN titles.withdrawn_by_id IS 'Who decided to withdraw it; null: nobody, or a machine that nobody answers for.';

ALTER TABLE improvement_notices
    ADD COLUMN earned_period text,
    ADD COLUMN run jsonb,
    ADD COLUMN grade_at_most text,
    ADD COLUMN acknowledged_at timestamptz,
    ADD COLUMN answered_at timestamptz,
    ADD COLUMN plan text,
    ADD COLUMN passed_period text,
    ADD CONSTRAINT improvement_notices_earned_period_check CHECK (earned_period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    ADD CONSTRAINT improvement_notices_run_check CHECK (jsonb_typeof(run) = 'array'),
    ADD CONSTRAINT improvement_notices_grade_at_most_check CHECK (char_length(grade_at_most) BETWEEN 1 AND 64),
    ADD CONSTRAINT improvement_notices_earned_check CHECK (num_nulls(earned_period, run, grade_at_most) IN (0, 3)),
    ADD CONSTRAINT improvement_notices_plan_check CHECK (char_length(plan) BETWEEN 1 AND 2000),
    ADD CONSTRAINT improvement_notices_answered_check
        CHECK ((answered_at IS NULL) = (plan IS NULL) AND (answered_at IS NULL OR acknowledged_at IS NOT NULL)),
    ADD CONSTRAINT improvement_notices_passed_period_check CHECK (passed_period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    ADD CONSTRAINT improvement_notices_passed_check
        CHECK (passed_period IS NULL OR (closed_at IS NOT NULL AND closed_by_id IS NULL AND closing_note IS NULL)),
    DROP CONSTRAINT improvement_notices_state_check,
    ADD CONSTRAINT improvement_notices_state_check CHECK (state IN ('open', 'acknowledged', 'answered', 'closed')),
    ADD CONSTRAINT improvement_notices_reached_check
        CHECK (CASE state WHEN 'open' THEN acknowledged_at IS NULL
                          WHEN 'acknowledged' THEN acknowledged_at IS NOT NULL AND answered_at IS NULL
                          WHEN 'answered' THEN answered_at IS NOT NULL ELSE true END);
DROP INDEX improvement_notices_open_key;
CREATE UNIQUE INDEX improvement_notices_open_key
    ON improvement_notices (tenant_id, employee_id, programme_id) WHERE state <> 'closed';

COMMENT ON COLUMN improvement_notices.earned_period IS 'The period with which the policy fired; null: by hand.';
COMMENT ON COLUMN improvement_notices.run IS 'The periods that it rests on with their grades: [{period, grade}]; null: by hand.';
COMMENT ON COLUMN improvement_notices.grade_at_most IS 'The first rated period better than this grade closes it; null: only HR does.';
COMMENT ON COLUMN improvement_notices.acknowledged_at IS 'When the lecturer had seen it; null: not yet.';
COMMENT ON COLUMN improvement_notices.answered_at IS 'When the lecturer answered; null: not yet.';
COMMENT ON COLUMN improvement_notices.plan IS 'What the lecturer is going to do.';
COMMENT ON COLUMN improvement_notices.passed_period IS 'The better period that closed it; null: open, or closed by HR.';
COMMENT ON COLUMN improvement_notices.closed_at IS 'When it was closed, by a better period or by HR.';
COMMENT ON COLUMN improvement_notices.closed_by_id IS 'Who closed it; null: nobody, or a better period did.';
COMMENT ON COLUMN improvement_notices.closing_note IS 'Why HR closed it.';
COMMENT ON TABLE improvement_notices IS
    'An improvement notice (改进提醒) to a lecturer; one that is not closed at a time in a programme.';

GRANT UPDATE (withdrawn_at, withdraw_reason, withdrawn_by_id, updated_at, version) ON titles TO lectern_service;
GRANT INSERT,
    UPDATE (state, acknowledged_at, answered_at, plan, passed_period, closed_at, closed_by_id, closing_note, updated_at, version)
    ON improvement_notices TO lectern_service;
