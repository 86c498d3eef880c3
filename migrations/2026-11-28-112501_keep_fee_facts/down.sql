DROP TABLE calendar_days;
ALTER TABLE session_lecturers DROP COLUMN role;
