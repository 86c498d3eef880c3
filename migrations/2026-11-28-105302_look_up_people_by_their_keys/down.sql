ALTER TABLE lecturer_group_organisers
    DROP CONSTRAINT lecturer_group_organisers_employee_excl,
    ADD CONSTRAINT lecturer_group_organisers_employee_excl
        EXCLUDE USING gist (tenant_id WITH =, employee_id WITH =, group_id WITH =, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE lecturer_group_memberships
    DROP CONSTRAINT lecturer_group_memberships_employee_excl,
    ADD CONSTRAINT lecturer_group_memberships_employee_excl
        EXCLUDE USING gist (tenant_id WITH =, employee_id WITH =, group_id WITH =, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE lecturer_levels
    DROP CONSTRAINT lecturer_levels_lecturer_excl,
    ADD CONSTRAINT lecturer_levels_lecturer_excl
        EXCLUDE USING gist (tenant_id WITH =, lecturer_id WITH =, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE earlier_employments
    DROP CONSTRAINT earlier_employments_employee_excl,
    ADD CONSTRAINT earlier_employments_employee_excl
        EXCLUDE USING gist (tenant_id WITH =, employee_id WITH =, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE department_memberships
    DROP CONSTRAINT department_memberships_employee_excl,
    ADD CONSTRAINT department_memberships_employee_excl
        EXCLUDE USING gist (tenant_id WITH =, employee_id WITH =, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE lecturers
    DROP CONSTRAINT lecturers_employee_excl,
    ADD CONSTRAINT lecturers_employee_excl
        EXCLUDE USING gist (tenant_id WITH =, employee_id WITH =, daterange(appointed_on, ended_on) WITH &&);
