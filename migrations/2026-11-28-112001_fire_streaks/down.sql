REVOKE INSERT, UPDATE (state, closed_at, closed_by_id, closing_note, updated_at, version) ON improvement_notices FROM lectern_service;
REVOKE UPDATE (withdrawn_at, withdraw_reason, updated_at, version) ON titles FROM lectern_service;
COMMENT ON TABLE improvement_notices IS
    'An improvement notice (改进提醒) to a lecturer; one open at a time in a programme.';
COMMENT ON COLUMN improvement_notices.closed_at IS 'When it was closed; never automatically.';
COMMENT ON COLUMN improvement_notices.closed_by_id IS 'Who closed it.';
COMMENT ON COLUMN improvement_notices.closing_note IS 'What came of it.';
-- What is not closed is open. Row security hides the rows from the owner as well.
ALTER TABLE improvement_notices
    DROP CONSTRAINT improvement_notices_reached_check,
    DROP CONSTRAINT improvement_notices_state_check;
ALTER TABLE improvement_notices NO FORCE ROW LEVEL SECURITY;
UPDATE improvement_notices SET state = 'open' WHERE state IN ('acknowledged', 'answered');
ALTER TABLE improvement_notices FORCE ROW LEVEL SECURITY;
ALTER TABLE improvement_notices
    ADD CONSTRAINT improvement_notices_state_check CHECK (state IN ('open', 'closed'));
DROP INDEX improvement_notices_open_key;
CREATE UNIQUE INDEX improvement_notices_open_key
    ON improvement_notices (tenant_id, employee_id, programme_id) WHERE state = 'open';
ALTER TABLE improvement_notices
    DROP COLUMN passed_period,
    DROP COLUMN plan,
    DROP COLUMN answered_at,
    DROP COLUMN acknowledged_at,
    DROP COLUMN grade_at_most,
    DROP COLUMN run,
    DROP COLUMN earned_period;

DROP INDEX titles_withdrawn_by_idx;
ALTER TABLE titles
    DROP COLUMN withdrawn_by_id,
    DROP COLUMN run,
    DROP COLUMN earned_period;
