-- People are hired, leave and are hired again: the employments before the latest one are kept. The latest one stays in the
-- person's row. What dated columns hold does not change: `valid_to`, `ended_on`, `left_on` and the `ends_on` of a period are the
-- first day after the last one, which is the day that the API shows and takes (before, it showed the first day after).

CREATE TABLE earlier_employments (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    valid_from date,
    valid_to date NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT earlier_employments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT earlier_employments_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT earlier_employments_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT earlier_employments_valid_to_check CHECK (valid_to >= valid_from),
    CONSTRAINT earlier_employments_employee_excl
        EXCLUDE USING gist (tenant_id WITH =, employee_id WITH =, daterange(valid_from, valid_to) WITH &&)
);

CREATE INDEX earlier_employments_employee_idx ON earlier_employments (tenant_id, employee_id, valid_to);

ALTER TABLE earlier_employments ENABLE ROW LEVEL SECURITY;
ALTER TABLE earlier_employments FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON earlier_employments
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON earlier_employments TO lectern_service;

COMMENT ON TABLE earlier_employments IS
    'When a person was employed before the latest employment, which is in the row of the person.';
COMMENT ON COLUMN earlier_employments.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN earlier_employments.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN earlier_employments.employee_id IS 'The person.';
COMMENT ON COLUMN earlier_employments.valid_from IS 'First day of the employment; null: unknown.';
COMMENT ON COLUMN earlier_employments.valid_to IS 'First day no longer employed.';
COMMENT ON COLUMN earlier_employments.created_at IS 'When the row was made.';

COMMENT ON COLUMN employees.hired_on IS 'First day of the latest employment; null: unknown.';
COMMENT ON COLUMN employees.left_on IS
    'First day no longer employed, the day after the last one; null: the latest employment has no end.';

-- What ends with an employment, for those who have left already. Row security hides the rows from the owner as well.
ALTER TABLE employees NO FORCE ROW LEVEL SECURITY;
ALTER TABLE department_memberships NO FORCE ROW LEVEL SECURITY;
ALTER TABLE lecturers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE lecturer_levels NO FORCE ROW LEVEL SECURITY;

DELETE FROM department_memberships m USING employees e
 WHERE e.tenant_id = m.tenant_id AND e.id = m.employee_id AND m.valid_from >= e.left_on;
UPDATE department_memberships m SET valid_to = e.left_on, version = m.version + 1
  FROM employees e
 WHERE e.tenant_id = m.tenant_id AND e.id = m.employee_id AND (m.valid_to IS NULL OR m.valid_to > e.left_on);
UPDATE lecturers l SET ended_on = e.left_on, version = l.version + 1
  FROM employees e
 WHERE e.tenant_id = l.tenant_id AND e.id = l.employee_id AND l.appointed_on < e.left_on
   AND (l.ended_on IS NULL OR l.ended_on > e.left_on);
DELETE FROM lecturer_levels v USING lecturers l
 WHERE l.tenant_id = v.tenant_id AND l.id = v.lecturer_id AND v.valid_from >= l.ended_on;
UPDATE lecturer_levels v SET valid_to = l.ended_on, version = v.version + 1
  FROM lecturers l
 WHERE l.tenant_id = v.tenant_id AND l.id = v.lecturer_id AND (v.valid_to IS NULL OR v.valid_to > l.ended_on);

ALTER TABLE employees FORCE ROW LEVEL SECURITY;
ALTER TABLE department_memberships FORCE ROW LEVEL SECURITY;
ALTER TABLE lecturers FORCE ROW LEVEL SECURITY;
ALTER TABLE lecturer_levels FORCE ROW LEVEL SECURITY;
