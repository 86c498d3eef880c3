-- Without the columns a voided case would count again, and two of one learner cannot be told apart.
ALTER TABLE application_cases NO FORCE ROW LEVEL SECURITY;
DELETE FROM application_cases WHERE voided_at IS NOT NULL;
ALTER TABLE application_cases FORCE ROW LEVEL SECURITY;
DROP INDEX application_cases_learner_key;
DROP INDEX application_cases_session_idx;
ALTER TABLE application_cases
    DROP COLUMN void_reason,
    DROP COLUMN voided_by_id,
    DROP COLUMN voided_at,
    ADD CONSTRAINT application_cases_learner_key UNIQUE (tenant_id, session_id, learner_id);

ALTER TABLE reuse_events NO FORCE ROW LEVEL SECURITY;
DELETE FROM reuse_events WHERE voided_at IS NOT NULL;
ALTER TABLE reuse_events FORCE ROW LEVEL SECURITY;
REVOKE UPDATE (voided_at, voided_by_id, void_reason) ON reuse_events FROM lectern_service;
ALTER TABLE reuse_events DROP COLUMN void_reason, DROP COLUMN voided_by_id, DROP COLUMN voided_at;
