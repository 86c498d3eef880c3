-- A proposal to merge means nothing to the old service.

REVOKE DELETE ON lecturers FROM lectern_service;
REVOKE DELETE ON lecturer_group_organisers FROM lectern_service;
REVOKE DELETE ON content_authors FROM lectern_service;
REVOKE UPDATE (lecturer_id) ON feedback_batch_lecturers FROM lectern_service;
REVOKE UPDATE (employee_id) ON titles FROM lectern_service;
REVOKE UPDATE (employee_id) ON sign_in_bindings FROM lectern_service;
REVOKE UPDATE (employee_id) ON session_audience FROM lectern_service;
REVOKE UPDATE (employee_id) ON reuse_events FROM lectern_service;
REVOKE UPDATE (employee_id) ON improvement_notices FROM lectern_service;
REVOKE UPDATE (employee_id) ON former_employee_numbers FROM lectern_service;
REVOKE UPDATE (employee_id) ON external_metric_values FROM lectern_service;
REVOKE UPDATE (employee_id) ON content_authors FROM lectern_service;
REVOKE UPDATE (employee_id) ON certificates FROM lectern_service;

-- Row security hides the rows from the owner as well.
ALTER TABLE access_changes NO FORCE ROW LEVEL SECURITY;
DELETE FROM access_changes WHERE field = 'merge';
ALTER TABLE access_changes FORCE ROW LEVEL SECURITY;
ALTER TABLE access_changes
    DROP COLUMN reason,
    DROP CONSTRAINT access_changes_field_check,
    ADD CONSTRAINT access_changes_field_check CHECK (field IN ('employee_number', 'email', 'external_id', 'employment',
        'department_manager', 'role', 'sign_in'));

ALTER TABLE employees DROP COLUMN merged_into_id;
