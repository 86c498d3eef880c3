-- Whom these marks name cannot be said without their columns: everybody is computed anew.
ALTER TABLE live_marks
    DROP COLUMN session_id,
    DROP COLUMN content_id,
    DROP COLUMN department_id;
COMMENT ON COLUMN live_marks.employee_id IS 'Whose results; null: everybody''s.';
