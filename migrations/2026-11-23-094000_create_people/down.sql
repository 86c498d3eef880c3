ALTER TABLE role_grants
    DROP CONSTRAINT role_grants_department_fkey,
    DROP CONSTRAINT role_grants_employee_fkey;

DROP TABLE absences;
DROP TABLE lecturer_group_memberships;
DROP TABLE lecturer_groups;
DROP TABLE lecturer_levels;
DROP TABLE lecturers;
DROP TABLE department_memberships;
DROP TABLE departments;
DROP TABLE employee_external_ids;
DROP TABLE employees;
