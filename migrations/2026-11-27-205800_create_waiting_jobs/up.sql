-- When which company's jobs are next to be looked at, in one place: a worker asks one question for all companies, instead of one
-- transaction for each of them. Global, because it is asked before a tenant is known. It says nothing about a job but its company
-- and an instant, and has one short-lived row for each job that has not ended. The service writes the row in the transaction that
-- writes the job, and adds what a release before this one has left out.

CREATE TABLE waiting_jobs (
    job_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    CONSTRAINT waiting_jobs_pkey PRIMARY KEY (job_id),
    CONSTRAINT waiting_jobs_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

CREATE INDEX waiting_jobs_tenant_idx ON waiting_jobs (tenant_id);
CREATE INDEX waiting_jobs_due_at_idx ON waiting_jobs (due_at);

GRANT SELECT, INSERT, UPDATE (due_at), DELETE ON waiting_jobs TO lectern_service;

COMMENT ON TABLE waiting_jobs IS
    'A job that has not ended, and when a worker is to look at it. Global: read before a tenant is known.';
COMMENT ON COLUMN waiting_jobs.job_id IS 'The job.';
COMMENT ON COLUMN waiting_jobs.tenant_id IS 'The tenant whose job it is.';
COMMENT ON COLUMN waiting_jobs.due_at IS
    'When to look at it: a queued job is due then; a running one may be taken over, unless its worker shows life before.';
