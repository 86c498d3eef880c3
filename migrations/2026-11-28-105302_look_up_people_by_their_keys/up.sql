-- The index of an exclusion constraint also finds what is equal, such as the appointments of a person. It does so many times more slowly
-- than the index that is meant for it, and the planner takes either. So these constraints compare an expression that nobody looks up:
-- no id is the nil UUID.
ALTER TABLE lecturers
    DROP CONSTRAINT lecturers_employee_excl,
    ADD CONSTRAINT lecturers_employee_excl EXCLUDE USING gist (
        tenant_id WITH =, (nullif(employee_id, '00000000-0000-0000-0000-000000000000')) WITH =, daterange(appointed_on, ended_on) WITH &&);
ALTER TABLE department_memberships
    DROP CONSTRAINT department_memberships_employee_excl,
    ADD CONSTRAINT department_memberships_employee_excl EXCLUDE USING gist (
        tenant_id WITH =, (nullif(employee_id, '00000000-0000-0000-0000-000000000000')) WITH =, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE earlier_employments
    DROP CONSTRAINT earlier_employments_employee_excl,
    ADD CONSTRAINT earlier_employments_employee_excl EXCLUDE USING gist (
        tenant_id WITH =, (nullif(employee_id, '00000000-0000-0000-0000-000000000000')) WITH =, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE lecturer_levels
    DROP CONSTRAINT lecturer_levels_lecturer_excl,
    ADD CONSTRAINT lecturer_levels_lecturer_excl EXCLUDE USING gist (
        tenant_id WITH =, (nullif(lecturer_id, '00000000-0000-0000-0000-000000000000')) WITH =, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE lecturer_group_memberships
    DROP CONSTRAINT lecturer_group_memberships_employee_excl,
    ADD CONSTRAINT lecturer_group_memberships_employee_excl EXCLUDE USING gist (
        tenant_id WITH =, (nullif(employee_id, '00000000-0000-0000-0000-000000000000')) WITH =, group_id WITH =, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE lecturer_group_organisers
    DROP CONSTRAINT lecturer_group_organisers_employee_excl,
    ADD CONSTRAINT lecturer_group_organisers_employee_excl EXCLUDE USING gist (
        tenant_id WITH =, (nullif(employee_id, '00000000-0000-0000-0000-000000000000')) WITH =, group_id WITH =, daterange(valid_from, valid_to) WITH &&);
