-- What teaching fees depend on, besides the facts that are there: roles in a session, and the company's calendar.

ALTER TABLE session_lecturers
    ADD COLUMN role text NOT NULL DEFAULT 'lead',
    ADD CONSTRAINT session_lecturers_role_check CHECK (role IN ('lead', 'co', 'assistant'));
COMMENT ON COLUMN session_lecturers.role IS 'What the lecturer does in the session; apart from the credit.';

CREATE TABLE calendar_days (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    name text,
    created_at timestamptz NOT NULL,
    CONSTRAINT calendar_days_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT calendar_days_day_key UNIQUE (tenant_id, day),
    CONSTRAINT calendar_days_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT calendar_days_kind_check CHECK (kind IN ('workday', 'rest_day', 'holiday')),
    CONSTRAINT calendar_days_name_check CHECK (char_length(name) BETWEEN 1 AND 100)
);

ALTER TABLE calendar_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE calendar_days FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON calendar_days
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON calendar_days TO lectern_service;

COMMENT ON TABLE calendar_days IS 'The days that a company''s calendar lists. On other days, Saturday and Sunday are rest days.';
COMMENT ON COLUMN calendar_days.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN calendar_days.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN calendar_days.day IS 'The day.';
COMMENT ON COLUMN calendar_days.kind IS 'What it is: workday, rest_day or holiday.';
COMMENT ON COLUMN calendar_days.name IS 'What it is called; null: nothing in particular.';
COMMENT ON COLUMN calendar_days.created_at IS 'When it was listed so.';
