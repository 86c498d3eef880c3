DROP TABLE attendance_records;
DROP TABLE session_audience;
DROP TABLE session_lecturers;
DROP TABLE sessions;
