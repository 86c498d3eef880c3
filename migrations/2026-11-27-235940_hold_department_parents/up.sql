-- A department's place in the tree decides how far its managers see: a move by which somebody gains waits for a second person.

ALTER TABLE access_changes DROP CONSTRAINT access_changes_field_check;
ALTER TABLE access_changes ADD CONSTRAINT access_changes_field_check
    CHECK (field IN ('employee_number', 'email', 'external_id', 'employment', 'department_manager', 'role', 'sign_in', 'merge',
                     'lecturer_level', 'appointment', 'department_parent'));
