ALTER TABLE session_lecturers DROP COLUMN starts_at;
