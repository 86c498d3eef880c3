-- What was planned and what took place. Facts only: late, qualifying or counted are derived from them.

CREATE TABLE sessions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    programme_id uuid NOT NULL,
    group_id uuid,
    title text NOT NULL,
    topic text,
    kind text NOT NULL,
    mode text NOT NULL,
    place text,
    state text NOT NULL,
    scheduled_start timestamptz NOT NULL,
    scheduled_minutes integer NOT NULL,
    due_at timestamptz,
    submitted_at timestamptz,
    delivered_start timestamptz,
    delivered_minutes integer,
    head_count integer,
    department_id uuid,
    difficulty text,
    is_first_run boolean NOT NULL DEFAULT false,
    delivery_reported_at timestamptz,
    delivery_reported_by_id uuid,
    delivery_confirmed_at timestamptz,
    delivery_confirmed_by_id uuid,
    state_reason text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT sessions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT sessions_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT sessions_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT sessions_group_fkey FOREIGN KEY (tenant_id, group_id) REFERENCES lecturer_groups (tenant_id, id),
    CONSTRAINT sessions_department_fkey FOREIGN KEY (tenant_id, department_id) REFERENCES departments (tenant_id, id),
    CONSTRAINT sessions_delivery_reported_by_fkey
        FOREIGN KEY (tenant_id, delivery_reported_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT sessions_delivery_confirmed_by_fkey
        FOREIGN KEY (tenant_id, delivery_confirmed_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT sessions_title_check CHECK (char_length(title) BETWEEN 1 AND 200),
    CONSTRAINT sessions_topic_check CHECK (char_length(topic) BETWEEN 1 AND 200),
    CONSTRAINT sessions_kind_check CHECK (kind IN ('assigned', 'voluntary')),
    CONSTRAINT sessions_mode_check CHECK (mode IN ('on_site', 'online')),
    CONSTRAINT sessions_place_check CHECK (char_length(place) BETWEEN 1 AND 500),
    CONSTRAINT sessions_state_check CHECK (state IN ('planned', 'delivered', 'missed', 'cancelled')),
    CONSTRAINT sessions_scheduled_minutes_check CHECK (scheduled_minutes BETWEEN 1 AND 1440),
    CONSTRAINT sessions_delivered_minutes_check CHECK (delivered_minutes BETWEEN 0 AND 1440),
    CONSTRAINT sessions_head_count_check CHECK (head_count BETWEEN 0 AND 100000),
    CONSTRAINT sessions_delivery_check
        CHECK ((state = 'delivered') = (delivered_start IS NOT NULL) AND (delivered_start IS NULL) = (delivered_minutes IS
        NULL) AND (head_count IS NULL OR state = 'delivered')),
    CONSTRAINT sessions_difficulty_check CHECK (char_length(difficulty) BETWEEN 1 AND 32),
    CONSTRAINT sessions_delivery_report_check
        CHECK ((delivery_reported_at IS NULL OR state = 'delivered') AND (delivery_reported_by_id IS NULL OR
        delivery_reported_at IS NOT NULL)),
    CONSTRAINT sessions_delivery_confirmation_check
        CHECK ((delivery_confirmed_at IS NULL OR state = 'delivered') AND (delivery_confirmed_by_id IS NULL OR
        delivery_confirmed_at IS NOT NULL)),
    CONSTRAINT sessions_state_reason_check CHECK (char_length(state_reason) BETWEEN 1 AND 500),
    CONSTRAINT sessions_state_reason_state_check CHECK (state_reason IS NULL OR state IN ('missed', 'cancelled')),
    CONSTRAINT sessions_version_check CHECK (version >= 1)
);

CREATE INDEX sessions_programme_scheduled_idx ON sessions (tenant_id, programme_id, scheduled_start);
CREATE INDEX sessions_programme_delivered_idx
    ON sessions (tenant_id, programme_id, delivered_start) WHERE delivered_start IS NOT NULL;
CREATE INDEX sessions_updated_at_idx ON sessions (tenant_id, updated_at, id);
CREATE INDEX sessions_group_idx ON sessions (tenant_id, group_id);
CREATE INDEX sessions_department_idx ON sessions (tenant_id, department_id);
CREATE INDEX sessions_delivery_reported_by_idx ON sessions (tenant_id, delivery_reported_by_id);
CREATE INDEX sessions_delivery_confirmed_by_idx ON sessions (tenant_id, delivery_confirmed_by_id);

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sessions
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON sessions TO lectern_service;

COMMENT ON TABLE sessions IS
    'One sharing session, from plan to delivery. A past one that is still planned is undecided.';
COMMENT ON COLUMN sessions.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN sessions.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN sessions.programme_id IS 'The programme it belongs to.';
COMMENT ON COLUMN sessions.group_id IS 'The lecturer group it was planned for.';
COMMENT ON COLUMN sessions.title IS 'Title as people read it.';
COMMENT ON COLUMN sessions.topic IS 'Subject matter, for recommendations and reports.';
COMMENT ON COLUMN sessions.kind IS 'Asked of the lecturer, or offered.';
COMMENT ON COLUMN sessions.mode IS 'How it is held.';
COMMENT ON COLUMN sessions.place IS 'Room or link.';
COMMENT ON COLUMN sessions.state IS
    'planned; delivered: it took place; missed: it should have and did not; cancelled: called off.';
COMMENT ON COLUMN sessions.scheduled_start IS 'Planned start.';
COMMENT ON COLUMN sessions.scheduled_minutes IS 'Planned length in minutes.';
COMMENT ON COLUMN sessions.due_at IS 'Moment by which its content is to be submitted; null: nothing is due.';
COMMENT ON COLUMN sessions.submitted_at IS 'Moment of the first submitted version of its content.';
COMMENT ON COLUMN sessions.delivered_start IS 'Actual start.';
COMMENT ON COLUMN sessions.delivered_minutes IS 'Actual length in minutes.';
COMMENT ON COLUMN sessions.head_count IS 'Attendees as stated; it counts only while there are no attendance records.';
COMMENT ON COLUMN sessions.department_id IS 'Department credited with it: that of its lecturer on its day.';
COMMENT ON COLUMN sessions.difficulty IS 'Difficulty label, a coefficient of the fee.';
COMMENT ON COLUMN sessions.is_first_run IS 'Held for the first time, a coefficient of the fee.';
COMMENT ON COLUMN sessions.delivery_reported_at IS 'When its delivery was reported.';
COMMENT ON COLUMN sessions.delivery_reported_by_id IS 'Who reported it; null: a machine.';
COMMENT ON COLUMN sessions.delivery_confirmed_at IS
    'When attendance or HR confirmed a delivery that only the lecturer had reported; it counts for money from then on.';
COMMENT ON COLUMN sessions.delivery_confirmed_by_id IS 'Who confirmed it; null: a machine.';
COMMENT ON COLUMN sessions.state_reason IS 'Why it was missed or cancelled.';
COMMENT ON COLUMN sessions.created_at IS 'When the row was made.';
COMMENT ON COLUMN sessions.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN sessions.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE session_lecturers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    credit numeric(9,8) NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    CONSTRAINT session_lecturers_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT session_lecturers_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT session_lecturers_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT session_lecturers_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT session_lecturers_employee_key UNIQUE (tenant_id, session_id, employee_id),
    CONSTRAINT session_lecturers_credit_check CHECK (credit > 0 AND credit <= 1)
);

CREATE INDEX session_lecturers_employee_idx ON session_lecturers (tenant_id, employee_id);

ALTER TABLE session_lecturers ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_lecturers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON session_lecturers
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON session_lecturers TO lectern_service;

COMMENT ON TABLE session_lecturers IS
    'Who gives a session, and with what share of the credit; the shares of a session sum to 1.';
COMMENT ON COLUMN session_lecturers.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN session_lecturers.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN session_lecturers.session_id IS 'The session.';
COMMENT ON COLUMN session_lecturers.employee_id IS 'The lecturer.';
COMMENT ON COLUMN session_lecturers.credit IS 'Share of count, minutes and fee: above 0, at most 1.';
COMMENT ON COLUMN session_lecturers.created_at IS 'When the row was made.';

CREATE TABLE session_audience (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT session_audience_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT session_audience_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT session_audience_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT session_audience_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT session_audience_employee_key UNIQUE (tenant_id, session_id, employee_id)
);

CREATE INDEX session_audience_employee_idx ON session_audience (tenant_id, employee_id);

ALTER TABLE session_audience ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_audience FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON session_audience
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON session_audience TO lectern_service;

COMMENT ON TABLE session_audience IS
    'Who is registered for a session: they may rate it until it has attendance records.';
COMMENT ON COLUMN session_audience.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN session_audience.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN session_audience.session_id IS 'The session.';
COMMENT ON COLUMN session_audience.employee_id IS 'The learner.';
COMMENT ON COLUMN session_audience.created_at IS 'When the row was made.';

CREATE TABLE attendance_records (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    state text NOT NULL,
    minutes integer,
    source text NOT NULL,
    recorded_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT attendance_records_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT attendance_records_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT attendance_records_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT attendance_records_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT attendance_records_employee_key UNIQUE (tenant_id, session_id, employee_id),
    CONSTRAINT attendance_records_state_check CHECK (state IN ('present', 'absent')),
    CONSTRAINT attendance_records_minutes_check CHECK (minutes BETWEEN 0 AND 1440),
    CONSTRAINT attendance_records_source_check CHECK (char_length(source) BETWEEN 1 AND 64)
);

CREATE INDEX attendance_records_employee_idx ON attendance_records (tenant_id, employee_id);

ALTER TABLE attendance_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE attendance_records FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON attendance_records
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON attendance_records TO lectern_service;

COMMENT ON TABLE attendance_records IS
    'Whether a person was there. Of two deliveries of the same fact the later recorded one stands.';
COMMENT ON COLUMN attendance_records.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN attendance_records.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN attendance_records.session_id IS 'The session.';
COMMENT ON COLUMN attendance_records.employee_id IS 'The person, learner or lecturer.';
COMMENT ON COLUMN attendance_records.state IS 'Present or absent.';
COMMENT ON COLUMN attendance_records.minutes IS 'Minutes present, where the source knows.';
COMMENT ON COLUMN attendance_records.source IS 'Which system or person said so.';
COMMENT ON COLUMN attendance_records.recorded_at IS
    'When the source recorded it, by its own clock; decides between deliveries that arrive out of order.';
COMMENT ON COLUMN attendance_records.created_at IS 'When the row was made.';
COMMENT ON COLUMN attendance_records.updated_at IS 'When the row was last changed.';
