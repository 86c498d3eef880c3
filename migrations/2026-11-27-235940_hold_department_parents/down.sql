-- The former schema knows no such changes: those confirmed are in the tree, the others never took effect.
ALTER TABLE access_changes NO FORCE ROW LEVEL SECURITY;
DELETE FROM access_changes WHERE field = 'department_parent';
ALTER TABLE access_changes FORCE ROW LEVEL SECURITY;

ALTER TABLE access_changes DROP CONSTRAINT access_changes_field_check;
ALTER TABLE access_changes ADD CONSTRAINT access_changes_field_check
    CHECK (field IN ('employee_number', 'email', 'external_id', 'employment', 'department_manager', 'role', 'sign_in', 'merge',
                     'lecturer_level', 'appointment'));
