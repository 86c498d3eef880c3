-- Two records of one person become one. The record that is given up stays, with what is history; it names the other.

ALTER TABLE employees
    ADD COLUMN merged_into_id uuid,
    ADD CONSTRAINT employees_merged_into_fkey FOREIGN KEY (tenant_id, merged_into_id) REFERENCES employees (tenant_id, id),
    -- A record without marks: nobody is found by it, and nobody signs in as it.
    ADD CONSTRAINT employees_merged_into_check
        CHECK (merged_into_id IS NULL OR merged_into_id <> id AND employee_number IS NULL AND email IS NULL);
CREATE INDEX employees_merged_into_idx ON employees (tenant_id, merged_into_id);
COMMENT ON COLUMN employees.merged_into_id IS
    'The record of the same person into which this one was merged. It is never merged itself. Null: this is the person''s record.';

ALTER TABLE access_changes
    DROP CONSTRAINT access_changes_field_check,
    ADD CONSTRAINT access_changes_field_check CHECK (field IN ('employee_number', 'email', 'external_id', 'employment',
        'department_manager', 'role', 'sign_in', 'merge')),
    ADD COLUMN reason text,
    ADD CONSTRAINT access_changes_reason_check CHECK (char_length(reason) BETWEEN 1 AND 500);
COMMENT ON COLUMN access_changes.reason IS 'Why it was proposed; null if nobody was asked.';

-- What passes to the kept record. Whose a rating is never changes: it is read through the record.
GRANT UPDATE (employee_id) ON certificates TO lectern_service;
GRANT UPDATE (employee_id) ON content_authors TO lectern_service;
GRANT UPDATE (employee_id) ON external_metric_values TO lectern_service;
GRANT UPDATE (employee_id) ON former_employee_numbers TO lectern_service;
GRANT UPDATE (employee_id) ON improvement_notices TO lectern_service;
GRANT UPDATE (employee_id) ON reuse_events TO lectern_service;
GRANT UPDATE (employee_id) ON session_audience TO lectern_service;
GRANT UPDATE (employee_id) ON sign_in_bindings TO lectern_service;
GRANT UPDATE (employee_id) ON titles TO lectern_service;
GRANT UPDATE (lecturer_id) ON feedback_batch_lecturers TO lectern_service;
-- What the kept record has already.
GRANT DELETE ON content_authors TO lectern_service;
GRANT DELETE ON lecturer_group_organisers TO lectern_service;
GRANT DELETE ON lecturers TO lectern_service;
