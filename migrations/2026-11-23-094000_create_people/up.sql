-- The organisation as dated facts: half-open intervals of local days, kept from overlapping by the database.

CREATE TABLE employees (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_number text,
    name text NOT NULL,
    email text,
    hired_on date,
    left_on date,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT employees_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT employees_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT employees_employee_number_key UNIQUE (tenant_id, employee_number),
    CONSTRAINT employees_employee_number_check CHECK (char_length(employee_number) BETWEEN 1 AND 64),
    CONSTRAINT employees_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT employees_email_check CHECK (char_length(email) BETWEEN 3 AND 254),
    CONSTRAINT employees_left_on_check CHECK (left_on >= hired_on),
    CONSTRAINT employees_version_check CHECK (version >= 1)
);

CREATE INDEX employees_email_idx ON employees (tenant_id, email);
CREATE INDEX employees_updated_at_idx ON employees (tenant_id, updated_at, id);

ALTER TABLE employees ENABLE ROW LEVEL SECURITY;
ALTER TABLE employees FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON employees
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON employees TO lectern_service;

COMMENT ON TABLE employees IS
    'A person of the company: lecturer, learner, manager. Leavers stay, because they are paid what they earned.';
COMMENT ON COLUMN employees.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN employees.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN employees.employee_number IS
    'Number in the HR system; null for those who have none yet, who cannot be paid until they do.';
COMMENT ON COLUMN employees.name IS 'Name as people read it.';
COMMENT ON COLUMN employees.email IS 'Mail address for notices.';
COMMENT ON COLUMN employees.hired_on IS 'First day of employment.';
COMMENT ON COLUMN employees.left_on IS 'First day no longer employed; null while employed.';
COMMENT ON COLUMN employees.created_at IS 'When the row was made.';
COMMENT ON COLUMN employees.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN employees.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE employee_external_ids (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    system text NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT employee_external_ids_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT employee_external_ids_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT employee_external_ids_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT employee_external_ids_value_key UNIQUE (tenant_id, system, kind, value),
    CONSTRAINT employee_external_ids_system_check CHECK (char_length(system) BETWEEN 1 AND 64),
    CONSTRAINT employee_external_ids_kind_check CHECK (char_length(kind) BETWEEN 1 AND 64),
    CONSTRAINT employee_external_ids_value_check CHECK (char_length(value) BETWEEN 1 AND 255)
);

CREATE INDEX employee_external_ids_employee_idx ON employee_external_ids (tenant_id, employee_id);

ALTER TABLE employee_external_ids ENABLE ROW LEVEL SECURITY;
ALTER TABLE employee_external_ids FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON employee_external_ids
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON employee_external_ids TO lectern_service;

COMMENT ON TABLE employee_external_ids IS
    'What other systems call a person (Feishu open_id, WeCom userid, DingTalk unionid ...).';
COMMENT ON COLUMN employee_external_ids.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN employee_external_ids.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN employee_external_ids.employee_id IS 'The person.';
COMMENT ON COLUMN employee_external_ids.system IS 'The other system.';
COMMENT ON COLUMN employee_external_ids.kind IS 'Which of its kinds of id.';
COMMENT ON COLUMN employee_external_ids.value IS 'The id there.';
COMMENT ON COLUMN employee_external_ids.created_at IS 'When the row was made.';

CREATE TABLE departments (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    parent_id uuid,
    is_ranking_unit boolean NOT NULL DEFAULT false,
    manager_id uuid,
    cost_centre text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT departments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT departments_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT departments_parent_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES departments (tenant_id, id),
    CONSTRAINT departments_manager_fkey FOREIGN KEY (tenant_id, manager_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT departments_code_key UNIQUE (tenant_id, code),
    CONSTRAINT departments_code_check CHECK (char_length(code) BETWEEN 1 AND 64),
    CONSTRAINT departments_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT departments_parent_check CHECK (parent_id <> id),
    CONSTRAINT departments_cost_centre_check CHECK (char_length(cost_centre) BETWEEN 1 AND 64),
    CONSTRAINT departments_version_check CHECK (version >= 1)
);

CREATE INDEX departments_updated_at_idx ON departments (tenant_id, updated_at, id);
CREATE INDEX departments_parent_idx ON departments (tenant_id, parent_id);
CREATE INDEX departments_manager_idx ON departments (tenant_id, manager_id);

ALTER TABLE departments ENABLE ROW LEVEL SECURITY;
ALTER TABLE departments FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON departments
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON departments TO lectern_service;

COMMENT ON TABLE departments IS
    'A unit of the organisation. The tree has no cycles: the service sees to that under a lock.';
COMMENT ON COLUMN departments.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN departments.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN departments.code IS 'Code in the HR system.';
COMMENT ON COLUMN departments.name IS 'Name as people read it.';
COMMENT ON COLUMN departments.parent_id IS 'The unit above; null at the top.';
COMMENT ON COLUMN departments.is_ranking_unit IS
    'Lecturers of it and of the units below that are not marked themselves share a board.';
COMMENT ON COLUMN departments.manager_id IS 'Who heads it.';
COMMENT ON COLUMN departments.cost_centre IS 'Cost centre that payroll lines of its people carry.';
COMMENT ON COLUMN departments.created_at IS 'When the row was made.';
COMMENT ON COLUMN departments.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN departments.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE department_memberships (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    department_id uuid NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT department_memberships_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT department_memberships_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT department_memberships_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT department_memberships_department_fkey
        FOREIGN KEY (tenant_id, department_id) REFERENCES departments (tenant_id, id),
    CONSTRAINT department_memberships_valid_to_check CHECK (valid_to > valid_from),
    CONSTRAINT department_memberships_employee_excl
        EXCLUDE USING gist (tenant_id WITH =, employee_id WITH =, daterange(valid_from, valid_to) WITH &&),
    CONSTRAINT department_memberships_version_check CHECK (version >= 1)
);

CREATE INDEX department_memberships_employee_idx ON department_memberships (tenant_id, employee_id, valid_from);
CREATE INDEX department_memberships_department_idx ON department_memberships (tenant_id, department_id);

ALTER TABLE department_memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE department_memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON department_memberships
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON department_memberships TO lectern_service;

COMMENT ON TABLE department_memberships IS
    'In which department a person is from when to when; one at a time.';
COMMENT ON COLUMN department_memberships.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN department_memberships.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN department_memberships.employee_id IS 'The person.';
COMMENT ON COLUMN department_memberships.department_id IS 'The department.';
COMMENT ON COLUMN department_memberships.valid_from IS 'First day of it.';
COMMENT ON COLUMN department_memberships.valid_to IS 'First day no longer in it; null while it lasts.';
COMMENT ON COLUMN department_memberships.created_at IS 'When the row was made.';
COMMENT ON COLUMN department_memberships.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN department_memberships.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE lecturers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    appointed_on date NOT NULL,
    ended_on date,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT lecturers_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT lecturers_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT lecturers_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT lecturers_ended_on_check CHECK (ended_on > appointed_on),
    CONSTRAINT lecturers_employee_excl
        EXCLUDE USING gist (tenant_id WITH =, employee_id WITH =, daterange(appointed_on, ended_on) WITH &&),
    CONSTRAINT lecturers_version_check CHECK (version >= 1)
);

CREATE INDEX lecturers_employee_idx ON lecturers (tenant_id, employee_id, appointed_on);
CREATE INDEX lecturers_updated_at_idx ON lecturers (tenant_id, updated_at, id);

ALTER TABLE lecturers ENABLE ROW LEVEL SECURITY;
ALTER TABLE lecturers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON lecturers
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON lecturers TO lectern_service;

COMMENT ON TABLE lecturers IS
    'An appointment as internal lecturer; a person may have several, one after the other.';
COMMENT ON COLUMN lecturers.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN lecturers.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN lecturers.employee_id IS 'The person.';
COMMENT ON COLUMN lecturers.appointed_on IS 'First day of the appointment.';
COMMENT ON COLUMN lecturers.ended_on IS 'First day no longer appointed; null while it lasts.';
COMMENT ON COLUMN lecturers.created_at IS 'When the row was made.';
COMMENT ON COLUMN lecturers.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN lecturers.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE lecturer_levels (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    lecturer_id uuid NOT NULL,
    level text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT lecturer_levels_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT lecturer_levels_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT lecturer_levels_lecturer_fkey FOREIGN KEY (tenant_id, lecturer_id) REFERENCES lecturers (tenant_id, id),
    CONSTRAINT lecturer_levels_level_check CHECK (char_length(level) BETWEEN 1 AND 32),
    CONSTRAINT lecturer_levels_valid_to_check CHECK (valid_to > valid_from),
    CONSTRAINT lecturer_levels_lecturer_excl
        EXCLUDE USING gist (tenant_id WITH =, lecturer_id WITH =, daterange(valid_from, valid_to) WITH &&),
    CONSTRAINT lecturer_levels_version_check CHECK (version >= 1)
);

CREATE INDEX lecturer_levels_lecturer_idx ON lecturer_levels (tenant_id, lecturer_id, valid_from);

ALTER TABLE lecturer_levels ENABLE ROW LEVEL SECURITY;
ALTER TABLE lecturer_levels FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON lecturer_levels
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON lecturer_levels TO lectern_service;

COMMENT ON TABLE lecturer_levels IS
    'Which level an appointment has from when to when; a fee takes the level of the day of the session.';
COMMENT ON COLUMN lecturer_levels.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN lecturer_levels.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN lecturer_levels.lecturer_id IS 'The appointment.';
COMMENT ON COLUMN lecturer_levels.level IS 'Code of the level, as reward policies name its rate.';
COMMENT ON COLUMN lecturer_levels.valid_from IS 'First day of it.';
COMMENT ON COLUMN lecturer_levels.valid_to IS 'First day no longer at it; null while it lasts.';
COMMENT ON COLUMN lecturer_levels.created_at IS 'When the row was made.';
COMMENT ON COLUMN lecturer_levels.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN lecturer_levels.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE lecturer_groups (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    description text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT lecturer_groups_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT lecturer_groups_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT lecturer_groups_code_key UNIQUE (tenant_id, code),
    CONSTRAINT lecturer_groups_code_check CHECK (char_length(code) BETWEEN 1 AND 64),
    CONSTRAINT lecturer_groups_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT lecturer_groups_description_check CHECK (char_length(description) BETWEEN 1 AND 2000),
    CONSTRAINT lecturer_groups_version_check CHECK (version >= 1)
);

ALTER TABLE lecturer_groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE lecturer_groups FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON lecturer_groups
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON lecturer_groups TO lectern_service;

COMMENT ON TABLE lecturer_groups IS
    'Lecturers of one subject (professional knowledge, customer maintenance), who take turns.';
COMMENT ON COLUMN lecturer_groups.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN lecturer_groups.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN lecturer_groups.code IS 'Short name in imports and links.';
COMMENT ON COLUMN lecturer_groups.name IS 'Name as people read it.';
COMMENT ON COLUMN lecturer_groups.description IS 'What the group teaches.';
COMMENT ON COLUMN lecturer_groups.created_at IS 'When the row was made.';
COMMENT ON COLUMN lecturer_groups.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN lecturer_groups.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE lecturer_group_memberships (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    group_id uuid NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT lecturer_group_memberships_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT lecturer_group_memberships_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT lecturer_group_memberships_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT lecturer_group_memberships_group_fkey FOREIGN KEY (tenant_id, group_id) REFERENCES lecturer_groups (tenant_id, id),
    CONSTRAINT lecturer_group_memberships_valid_to_check CHECK (valid_to > valid_from),
    CONSTRAINT lecturer_group_memberships_employee_excl
        EXCLUDE USING gist (tenant_id WITH =, employee_id WITH =, group_id WITH =, daterange(valid_from, valid_to) WITH &&),
    CONSTRAINT lecturer_group_memberships_version_check CHECK (version >= 1)
);

CREATE INDEX lecturer_group_memberships_employee_idx ON lecturer_group_memberships (tenant_id, employee_id, valid_from);
CREATE INDEX lecturer_group_memberships_group_idx ON lecturer_group_memberships (tenant_id, group_id);

ALTER TABLE lecturer_group_memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE lecturer_group_memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON lecturer_group_memberships
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON lecturer_group_memberships TO lectern_service;

COMMENT ON TABLE lecturer_group_memberships IS
    'In which groups a person teaches from when to when; several groups at a time, each once.';
COMMENT ON COLUMN lecturer_group_memberships.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN lecturer_group_memberships.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN lecturer_group_memberships.employee_id IS 'The person.';
COMMENT ON COLUMN lecturer_group_memberships.group_id IS 'The group.';
COMMENT ON COLUMN lecturer_group_memberships.valid_from IS 'First day of it.';
COMMENT ON COLUMN lecturer_group_memberships.valid_to IS 'First day no longer in it; null while it lasts.';
COMMENT ON COLUMN lecturer_group_memberships.created_at IS 'When the row was made.';
COMMENT ON COLUMN lecturer_group_memberships.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN lecturer_group_memberships.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE absences (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    kind text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    source text NOT NULL,
    source_ref text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT absences_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT absences_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT absences_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT absences_source_ref_key UNIQUE (tenant_id, source, source_ref),
    CONSTRAINT absences_kind_check CHECK (kind IN ('leave', 'suspension')),
    CONSTRAINT absences_ends_on_check CHECK (ends_on >= starts_on),
    CONSTRAINT absences_source_check CHECK (char_length(source) BETWEEN 1 AND 64),
    CONSTRAINT absences_source_ref_check CHECK (char_length(source_ref) BETWEEN 1 AND 255),
    CONSTRAINT absences_version_check CHECK (version >= 1)
);

CREATE INDEX absences_employee_idx ON absences (tenant_id, employee_id, starts_on);

ALTER TABLE absences ENABLE ROW LEVEL SECURITY;
ALTER TABLE absences FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON absences
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON absences TO lectern_service;

COMMENT ON TABLE absences IS
    'Days on which a person is excused: whole local calendar days, each counted once however many rows name it.';
COMMENT ON COLUMN absences.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN absences.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN absences.employee_id IS 'The person.';
COMMENT ON COLUMN absences.kind IS 'Why; suspended days also move the tenure of a promotion check.';
COMMENT ON COLUMN absences.starts_on IS 'First day.';
COMMENT ON COLUMN absences.ends_on IS 'Last day, inclusive.';
COMMENT ON COLUMN absences.source IS 'Which system or person said so (hris, manual ...).';
COMMENT ON COLUMN absences.source_ref IS 'Id of the absence in that system; a second delivery of it changes this row.';
COMMENT ON COLUMN absences.created_at IS 'When the row was made.';
COMMENT ON COLUMN absences.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN absences.version IS 'Counts the row''s changes from 1; the ETag is made of it.';


ALTER TABLE role_grants
    ADD CONSTRAINT role_grants_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    ADD CONSTRAINT role_grants_department_fkey
        FOREIGN KEY (tenant_id, department_id) REFERENCES departments (tenant_id, id);
