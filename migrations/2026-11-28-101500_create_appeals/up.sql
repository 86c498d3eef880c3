-- A lecturer disputes what the statement of a closed period says, and HR answers.

ALTER TABLE programmes
    ADD COLUMN appeal_days integer NOT NULL DEFAULT 7,
    ADD CONSTRAINT programmes_appeal_days_check CHECK (appeal_days BETWEEN 1 AND 90);
COMMENT ON COLUMN programmes.appeal_days IS
    'For so many local days after the day of a close, or of a restatement that was accepted, lecturers may appeal.';

ALTER TABLE periods ADD COLUMN appeals_until_at timestamptz;
COMMENT ON COLUMN periods.appeals_until_at IS
    'Until when lecturers may appeal against the snapshot that counts: set when it begins to count. Null while it is open.';

-- Row security hides the rows from the owner as well.
ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE periods NO FORCE ROW LEVEL SECURITY;
UPDATE periods p
   SET appeals_until_at = ((p.closed_at AT TIME ZONE g.time_zone)::date + g.appeal_days + 1)::timestamp AT TIME ZONE g.time_zone
  FROM programmes g
 WHERE g.tenant_id = p.tenant_id AND g.id = p.programme_id AND p.state = 'closed';
ALTER TABLE periods FORCE ROW LEVEL SECURITY;
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;

CREATE TABLE appeals (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    period_id uuid NOT NULL,
    snapshot_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    session_id uuid,
    content_id uuid,
    metric text,
    entry_id uuid,
    state text NOT NULL,
    decided_at timestamptz,
    decided_by_id uuid,
    self_approved boolean NOT NULL DEFAULT false,
    correction text,
    audit_entry_id uuid,
    correcting_entry_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT appeals_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT appeals_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT appeals_period_fkey FOREIGN KEY (tenant_id, period_id) REFERENCES periods (tenant_id, id),
    CONSTRAINT appeals_snapshot_fkey FOREIGN KEY (tenant_id, snapshot_id) REFERENCES snapshots (tenant_id, id),
    CONSTRAINT appeals_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT appeals_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT appeals_content_fkey FOREIGN KEY (tenant_id, content_id) REFERENCES contents (tenant_id, id),
    CONSTRAINT appeals_entry_fkey FOREIGN KEY (tenant_id, entry_id) REFERENCES reward_entries (tenant_id, id),
    CONSTRAINT appeals_decided_by_fkey FOREIGN KEY (tenant_id, decided_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT appeals_correcting_entry_fkey FOREIGN KEY (tenant_id, correcting_entry_id) REFERENCES reward_entries (tenant_id, id),
    CONSTRAINT appeals_subject_check CHECK (num_nonnulls(session_id, content_id, metric, entry_id) = 1),
    CONSTRAINT appeals_metric_check CHECK (char_length(metric) BETWEEN 1 AND 100),
    CONSTRAINT appeals_state_check CHECK (state IN ('open', 'asked', 'accepted', 'declined', 'withdrawn')),
    CONSTRAINT appeals_decision_check
        CHECK ((decided_at IS NOT NULL) = (state IN ('accepted', 'declined')) AND (decided_at IS NULL) = (decided_by_id IS NULL)),
    CONSTRAINT appeals_decider_check CHECK (decided_by_id <> employee_id OR self_approved),
    CONSTRAINT appeals_correction_check
        CHECK (correction IN ('fact', 'log', 'reward') AND (correction IS NOT NULL) = (state = 'accepted')
            AND (audit_entry_id IS NOT NULL) = (correction IS NOT NULL AND correction = 'log')
            AND (correcting_entry_id IS NOT NULL) = (correction IS NOT NULL AND correction = 'reward')),
    CONSTRAINT appeals_version_check CHECK (version >= 1)
);

CREATE UNIQUE INDEX appeals_subject_key
    ON appeals (tenant_id, snapshot_id, employee_id, session_id, content_id, metric, entry_id) NULLS NOT DISTINCT WHERE state <> 'withdrawn';
CREATE INDEX appeals_period_idx ON appeals (tenant_id, period_id);
CREATE INDEX appeals_employee_idx ON appeals (tenant_id, employee_id);
CREATE INDEX appeals_session_idx ON appeals (tenant_id, session_id);
CREATE INDEX appeals_content_idx ON appeals (tenant_id, content_id);
CREATE INDEX appeals_snapshot_idx ON appeals (tenant_id, snapshot_id);
CREATE INDEX appeals_entry_idx ON appeals (tenant_id, entry_id);
CREATE INDEX appeals_decided_by_idx ON appeals (tenant_id, decided_by_id);
CREATE INDEX appeals_correcting_entry_idx ON appeals (tenant_id, correcting_entry_id);

ALTER TABLE appeals ENABLE ROW LEVEL SECURITY;
ALTER TABLE appeals FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON appeals
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT,
    UPDATE (employee_id, state, decided_at, decided_by_id, self_approved, correction, audit_entry_id, correcting_entry_id, updated_at, version)
    ON appeals TO lectern_service;

COMMENT ON TABLE appeals IS 'An appeal (申诉): a lecturer disputes what the statement of a closed period says.';
COMMENT ON COLUMN appeals.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN appeals.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN appeals.period_id IS 'The closed period.';
COMMENT ON COLUMN appeals.snapshot_id IS 'The snapshot that counted when it was filed: the one that it disputes.';
COMMENT ON COLUMN appeals.employee_id IS 'The lecturer, who filed it.';
COMMENT ON COLUMN appeals.session_id IS 'The session that it is about.';
COMMENT ON COLUMN appeals.content_id IS 'The content that it is about.';
COMMENT ON COLUMN appeals.metric IS 'The metric that it is about.';
COMMENT ON COLUMN appeals.entry_id IS 'The reward that it is about.';
COMMENT ON COLUMN appeals.state IS
    'open: waits for HR; asked: HR asked back, waits for the lecturer; accepted, declined: by HR; withdrawn: by the lecturer.';
COMMENT ON COLUMN appeals.decided_at IS 'When HR accepted or declined it.';
COMMENT ON COLUMN appeals.decided_by_id IS 'Who did.';
COMMENT ON COLUMN appeals.self_approved IS 'Decided by the lecturer under the small-company switch.';
COMMENT ON COLUMN appeals.correction IS
    'How an accepted one was settled: fact: the acceptance corrected the session; log: by what an entry of the operation log tells; reward: by an adjustment.';
COMMENT ON COLUMN appeals.audit_entry_id IS 'The entry of the operation log that tells of the correction.';
COMMENT ON COLUMN appeals.correcting_entry_id IS 'The reward, entered by hand, that settles it.';
COMMENT ON COLUMN appeals.created_at IS 'When it was filed.';
COMMENT ON COLUMN appeals.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN appeals.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE appeal_events (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    appeal_id uuid NOT NULL,
    seq integer NOT NULL,
    event text NOT NULL,
    actor_id uuid NOT NULL,
    message text,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT appeal_events_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT appeal_events_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT appeal_events_appeal_fkey FOREIGN KEY (tenant_id, appeal_id) REFERENCES appeals (tenant_id, id),
    CONSTRAINT appeal_events_actor_fkey FOREIGN KEY (tenant_id, actor_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT appeal_events_seq_key UNIQUE (tenant_id, appeal_id, seq),
    CONSTRAINT appeal_events_seq_check CHECK (seq >= 1),
    CONSTRAINT appeal_events_event_check CHECK (event IN ('filed', 'asked', 'answered', 'accepted', 'declined', 'withdrawn')),
    CONSTRAINT appeal_events_message_check CHECK (char_length(message) BETWEEN 1 AND 2000),
    CONSTRAINT appeal_events_said_check CHECK ((message IS NULL) = (event = 'withdrawn'))
);

CREATE INDEX appeal_events_actor_idx ON appeal_events (tenant_id, actor_id);

CREATE TRIGGER appeal_events_append_only BEFORE UPDATE OR DELETE ON appeal_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER appeal_events_no_truncate BEFORE TRUNCATE ON appeal_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE appeal_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE appeal_events FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON appeal_events
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON appeal_events TO lectern_service;

COMMENT ON TABLE appeal_events IS 'The course of an appeal: what was said and decided. Append-only.';
COMMENT ON COLUMN appeal_events.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN appeal_events.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN appeal_events.appeal_id IS 'The appeal.';
COMMENT ON COLUMN appeal_events.seq IS 'Number in its course, from 1.';
COMMENT ON COLUMN appeal_events.event IS 'What happened.';
COMMENT ON COLUMN appeal_events.actor_id IS 'Who did it: the lecturer, or somebody of HR.';
COMMENT ON COLUMN appeal_events.message IS 'What was said; for the lecturer, HR and auditors.';
COMMENT ON COLUMN appeal_events.occurred_at IS 'When.';
