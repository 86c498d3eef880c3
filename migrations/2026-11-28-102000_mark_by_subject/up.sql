-- Whose a session, a content or a department is, may be changed by another transaction at the same time as a fact of it is stored. So a
-- mark names the thing itself, and whose it is is found when the mark is followed.
ALTER TABLE live_marks
    ADD COLUMN session_id uuid,
    ADD COLUMN content_id uuid,
    ADD COLUMN department_id uuid,
    ADD CONSTRAINT live_marks_subject_check CHECK (num_nonnulls(employee_id, session_id, content_id, department_id) <= 1);
COMMENT ON COLUMN live_marks.employee_id IS 'Whose results. If nothing is named: everybody''s.';
COMMENT ON COLUMN live_marks.session_id IS 'The results of the lecturers that this session has when the mark is followed.';
COMMENT ON COLUMN live_marks.content_id IS 'The results of the authors that this content has when the mark is followed.';
COMMENT ON COLUMN live_marks.department_id IS
    'The results of the people who are in this department, or in one below it, when the mark is followed.';
