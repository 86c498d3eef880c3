-- A lecturer asks for a change of a session that was assigned; HR or an organiser of its group decides.

CREATE TABLE lecturer_group_organisers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT lecturer_group_organisers_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT lecturer_group_organisers_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT lecturer_group_organisers_group_fkey FOREIGN KEY (tenant_id, group_id) REFERENCES lecturer_groups (tenant_id, id),
    CONSTRAINT lecturer_group_organisers_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT lecturer_group_organisers_valid_to_check CHECK (valid_to > valid_from),
    CONSTRAINT lecturer_group_organisers_employee_excl
        EXCLUDE USING gist (tenant_id WITH =, employee_id WITH =, group_id WITH =, daterange(valid_from, valid_to) WITH &&),
    CONSTRAINT lecturer_group_organisers_version_check CHECK (version >= 1)
);

CREATE INDEX lecturer_group_organisers_employee_idx ON lecturer_group_organisers (tenant_id, employee_id);
CREATE INDEX lecturer_group_organisers_group_idx ON lecturer_group_organisers (tenant_id, group_id);

ALTER TABLE lecturer_group_organisers ENABLE ROW LEVEL SECURITY;
ALTER TABLE lecturer_group_organisers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON lecturer_group_organisers
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON lecturer_group_organisers TO lectern_service;

COMMENT ON TABLE lecturer_group_organisers IS
    'Who organises a lecturer group from when to when: decides what its lecturers ask for.';
COMMENT ON COLUMN lecturer_group_organisers.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN lecturer_group_organisers.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN lecturer_group_organisers.group_id IS 'The group.';
COMMENT ON COLUMN lecturer_group_organisers.employee_id IS 'The organiser, appointed by HR.';
COMMENT ON COLUMN lecturer_group_organisers.valid_from IS 'First day of it.';
COMMENT ON COLUMN lecturer_group_organisers.valid_to IS 'First day no longer organiser; null while it lasts.';
COMMENT ON COLUMN lecturer_group_organisers.created_at IS 'When the row was made.';
COMMENT ON COLUMN lecturer_group_organisers.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN lecturer_group_organisers.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE session_change_requests (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    kind text NOT NULL,
    starts_at timestamptz,
    scheduled_minutes integer,
    colleague_id uuid,
    reason text NOT NULL,
    state text NOT NULL,
    asked_by_id uuid NOT NULL,
    late_after timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by_id uuid,
    decision_note text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT session_change_requests_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT session_change_requests_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT session_change_requests_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT session_change_requests_colleague_fkey FOREIGN KEY (tenant_id, colleague_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT session_change_requests_asked_by_fkey FOREIGN KEY (tenant_id, asked_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT session_change_requests_decided_by_fkey FOREIGN KEY (tenant_id, decided_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT session_change_requests_kind_check CHECK (kind IN ('cancel', 'move', 'hand_over', 'change_kind')),
    CONSTRAINT session_change_requests_move_check CHECK ((kind = 'move') = (starts_at IS NOT NULL) AND (scheduled_minutes IS NULL OR kind = 'move')),
    CONSTRAINT session_change_requests_hand_over_check CHECK ((kind = 'hand_over') = (colleague_id IS NOT NULL)),
    CONSTRAINT session_change_requests_scheduled_minutes_check CHECK (scheduled_minutes BETWEEN 1 AND 1440),
    CONSTRAINT session_change_requests_reason_check CHECK (char_length(reason) BETWEEN 1 AND 500),
    CONSTRAINT session_change_requests_state_check CHECK (state IN ('open', 'approved', 'declined', 'withdrawn', 'lapsed')),
    CONSTRAINT session_change_requests_decision_check
        CHECK ((decided_at IS NULL) = (state = 'open') AND (decided_by_id IS NOT NULL) = (state IN ('approved', 'declined'))),
    CONSTRAINT session_change_requests_decider_check CHECK (decided_by_id <> asked_by_id),
    CONSTRAINT session_change_requests_decision_note_check CHECK (char_length(decision_note) BETWEEN 1 AND 500),
    CONSTRAINT session_change_requests_version_check CHECK (version >= 1)
);

CREATE UNIQUE INDEX session_change_requests_open_key ON session_change_requests (tenant_id, session_id, asked_by_id) WHERE state = 'open';
CREATE INDEX session_change_requests_session_idx ON session_change_requests (tenant_id, session_id);
CREATE INDEX session_change_requests_colleague_idx ON session_change_requests (tenant_id, colleague_id);
CREATE INDEX session_change_requests_asked_by_idx ON session_change_requests (tenant_id, asked_by_id);
CREATE INDEX session_change_requests_decided_by_idx ON session_change_requests (tenant_id, decided_by_id);

ALTER TABLE session_change_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_change_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON session_change_requests
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON session_change_requests TO lectern_service;

COMMENT ON TABLE session_change_requests IS
    'What a lecturer asks for about a session that was assigned, and the answer; until then the session stands.';
COMMENT ON COLUMN session_change_requests.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN session_change_requests.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN session_change_requests.session_id IS 'The session.';
COMMENT ON COLUMN session_change_requests.kind IS
    'cancel; move: to another time; hand_over: to a colleague; change_kind: it becomes voluntary.';
COMMENT ON COLUMN session_change_requests.starts_at IS 'The start asked for; only of a move.';
COMMENT ON COLUMN session_change_requests.scheduled_minutes IS 'The length asked for; only of a move, null: the same.';
COMMENT ON COLUMN session_change_requests.colleague_id IS 'Who takes the session over; only of a hand-over.';
COMMENT ON COLUMN session_change_requests.reason IS 'Why; for the lecturer, the organiser and HR only.';
COMMENT ON COLUMN session_change_requests.state IS
    'open; approved, declined: by HR or an organiser; withdrawn: by the lecturer; lapsed: the session was decided first.';
COMMENT ON COLUMN session_change_requests.asked_by_id IS 'The lecturer who asks.';
COMMENT ON COLUMN session_change_requests.late_after IS
    'The last moment at which it was not asked late: one day before the start as it was then.';
COMMENT ON COLUMN session_change_requests.decided_at IS 'When it was answered, withdrawn or lapsed.';
COMMENT ON COLUMN session_change_requests.decided_by_id IS 'Who answered; never who asked.';
COMMENT ON COLUMN session_change_requests.decision_note IS 'What the answer says.';
COMMENT ON COLUMN session_change_requests.created_at IS 'When the row was made.';
COMMENT ON COLUMN session_change_requests.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN session_change_requests.version IS 'Counts the row''s changes from 1; the ETag is made of it.';
