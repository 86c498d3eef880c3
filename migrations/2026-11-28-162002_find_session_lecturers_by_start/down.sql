CREATE INDEX session_lecturers_employee_idx ON session_lecturers (tenant_id, employee_id);
DROP INDEX session_lecturers_starts_idx;
