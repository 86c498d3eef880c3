-- Long work with progress, queued in the transaction that asks for it and claimed per tenant with SKIP LOCKED.

CREATE TABLE jobs (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    request jsonb NOT NULL,
    result jsonb,
    problem jsonb,
    progress_done bigint NOT NULL DEFAULT 0,
    progress_total bigint,
    attempts integer NOT NULL DEFAULT 0,
    run_after timestamptz NOT NULL,
    claimed_at timestamptz,
    claimed_by text,
    finished_at timestamptz,
    requested_by_kind text NOT NULL,
    requested_by_id uuid NOT NULL,
    request_id text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT jobs_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT jobs_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT jobs_kind_check CHECK (char_length(kind) BETWEEN 1 AND 64),
    CONSTRAINT jobs_state_check CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    CONSTRAINT jobs_request_check CHECK (jsonb_typeof(request) = 'object'),
    CONSTRAINT jobs_problem_check CHECK (jsonb_typeof(problem) = 'object'),
    CONSTRAINT jobs_progress_done_check CHECK (progress_done >= 0),
    CONSTRAINT jobs_progress_total_check CHECK (progress_total >= 0),
    CONSTRAINT jobs_attempts_check CHECK (attempts >= 0),
    CONSTRAINT jobs_claimed_by_check CHECK (char_length(claimed_by) BETWEEN 1 AND 100),
    CONSTRAINT jobs_claimed_check
        CHECK ((state = 'running') = (claimed_at IS NOT NULL) AND (claimed_at IS NULL) = (claimed_by IS NULL)),
    CONSTRAINT jobs_finished_check CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CONSTRAINT jobs_outcome_check
        CHECK ((result IS NULL OR state = 'succeeded') AND (problem IS NULL OR state IN ('queued', 'running', 'failed'))),
    CONSTRAINT jobs_requested_by_kind_check CHECK (requested_by_kind IN ('person', 'client', 'system')),
    CONSTRAINT jobs_requested_by_check
        CHECK ((requested_by_kind = 'system') = (requested_by_id = '00000000-0000-0000-0000-000000000000')),
    CONSTRAINT jobs_request_id_check CHECK (char_length(request_id) BETWEEN 1 AND 128),
    CONSTRAINT jobs_version_check CHECK (version >= 1)
);

CREATE INDEX jobs_queue_idx ON jobs (tenant_id, state, run_after);

ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON jobs
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs TO lectern_service;

COMMENT ON TABLE jobs IS
    'A piece of long work (import, close, export) that somebody can watch.';
COMMENT ON COLUMN jobs.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN jobs.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN jobs.kind IS 'What is to be done.';
COMMENT ON COLUMN jobs.state IS 'Where it stands.';
COMMENT ON COLUMN jobs.request IS 'What it was asked to do.';
COMMENT ON COLUMN jobs.result IS 'What came of it, when it succeeded.';
COMMENT ON COLUMN jobs.problem IS 'The problem document, when it failed.';
COMMENT ON COLUMN jobs.progress_done IS 'Units of work done so far.';
COMMENT ON COLUMN jobs.progress_total IS 'Units of work in all; null while unknown.';
COMMENT ON COLUMN jobs.attempts IS 'How often a worker took it up.';
COMMENT ON COLUMN jobs.run_after IS 'Not to be taken up before this moment; moved on after a failed attempt.';
COMMENT ON COLUMN jobs.claimed_at IS 'When the present worker took it up or last showed life; an old one may be taken over.';
COMMENT ON COLUMN jobs.claimed_by IS 'Which worker has it.';
COMMENT ON COLUMN jobs.finished_at IS 'When it ended, however it ended.';
COMMENT ON COLUMN jobs.requested_by_kind IS 'Who asked for it: person, client (a machine) or system.';
COMMENT ON COLUMN jobs.requested_by_id IS 'Id of that employee or API client; the nil UUID for the system.';
COMMENT ON COLUMN jobs.request_id IS 'X-Request-Id of the call that asked for it.';
COMMENT ON COLUMN jobs.created_at IS 'When the row was made.';
COMMENT ON COLUMN jobs.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN jobs.version IS 'Counts the row''s changes from 1; the ETag is made of it.';
