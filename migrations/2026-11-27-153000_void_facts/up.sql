-- What was reported wrongly is voided by HR, with a reason: it stays on record and counts no more.

ALTER TABLE reuse_events
    ADD COLUMN voided_at timestamptz,
    ADD COLUMN voided_by_id uuid,
    ADD COLUMN void_reason text,
    ADD CONSTRAINT reuse_events_voided_by_fkey FOREIGN KEY (tenant_id, voided_by_id) REFERENCES employees (tenant_id, id),
    ADD CONSTRAINT reuse_events_void_check
        CHECK ((voided_at IS NULL) = (void_reason IS NULL) AND (voided_by_id IS NULL OR voided_at IS NOT NULL)),
    ADD CONSTRAINT reuse_events_void_reason_check CHECK (char_length(void_reason) BETWEEN 1 AND 500);
CREATE INDEX reuse_events_voided_by_idx ON reuse_events (tenant_id, voided_by_id);
GRANT UPDATE (voided_at, voided_by_id, void_reason) ON reuse_events TO lectern_service;

COMMENT ON COLUMN reuse_events.voided_at IS 'When HR voided it; it counts no more. Null: it stands.';
COMMENT ON COLUMN reuse_events.voided_by_id IS 'Who voided it, or answers for the machine that did; null: nobody answers for it.';
COMMENT ON COLUMN reuse_events.void_reason IS 'Why it was voided.';

ALTER TABLE application_cases
    ADD COLUMN voided_at timestamptz,
    ADD COLUMN voided_by_id uuid,
    ADD COLUMN void_reason text,
    ADD CONSTRAINT application_cases_voided_by_fkey FOREIGN KEY (tenant_id, voided_by_id) REFERENCES employees (tenant_id, id),
    ADD CONSTRAINT application_cases_void_check
        CHECK ((voided_at IS NULL) = (void_reason IS NULL) AND (voided_by_id IS NULL OR voided_at IS NOT NULL)),
    ADD CONSTRAINT application_cases_void_reason_check CHECK (char_length(void_reason) BETWEEN 1 AND 500),
    DROP CONSTRAINT application_cases_learner_key;
CREATE INDEX application_cases_voided_by_idx ON application_cases (tenant_id, voided_by_id);
CREATE INDEX application_cases_session_idx ON application_cases (tenant_id, session_id);
-- A voided case makes room for another.
CREATE UNIQUE INDEX application_cases_learner_key
    ON application_cases (tenant_id, session_id, learner_id) WHERE voided_at IS NULL;

COMMENT ON COLUMN application_cases.voided_at IS 'When HR voided it; it counts no more. Null: it stands.';
COMMENT ON COLUMN application_cases.voided_by_id IS
    'Who voided it, or answers for the machine that did; null: nobody answers for it.';
COMMENT ON COLUMN application_cases.void_reason IS 'Why it was voided.';
