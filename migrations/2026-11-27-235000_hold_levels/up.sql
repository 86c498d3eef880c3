-- Changes of a lecturer's level on past days wait for a second person, like changes of access.

ALTER TABLE access_changes DROP CONSTRAINT access_changes_field_check;
ALTER TABLE access_changes ADD CONSTRAINT access_changes_field_check
    CHECK (field IN ('employee_number', 'email', 'external_id', 'employment', 'department_manager', 'role', 'sign_in', 'merge',
                     'lecturer_level', 'appointment'));
COMMENT ON TABLE access_changes IS
    'A change of who somebody is or what they may do, or of a lecturer''s level on past days. It waits until a second person confirms it; the old value stands meanwhile.';
COMMENT ON COLUMN access_changes.employee_id IS 'The person whose access or level it is.';
