-- The former schema knows no such changes: those confirmed are in the levels, the others never took effect.
ALTER TABLE access_changes NO FORCE ROW LEVEL SECURITY;
DELETE FROM access_changes WHERE field IN ('lecturer_level', 'appointment');
ALTER TABLE access_changes FORCE ROW LEVEL SECURITY;

ALTER TABLE access_changes DROP CONSTRAINT access_changes_field_check;
ALTER TABLE access_changes ADD CONSTRAINT access_changes_field_check
    CHECK (field IN ('employee_number', 'email', 'external_id', 'employment', 'department_manager', 'role', 'sign_in', 'merge'));
COMMENT ON TABLE access_changes IS
    'A change of who somebody is or what they may do. It waits until a second person confirms it; the old value stands meanwhile.';
COMMENT ON COLUMN access_changes.employee_id IS 'The person whose access it is.';
