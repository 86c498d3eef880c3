-- A lecturer's sessions of a period are to be found without a look at all the others.
ALTER TABLE session_lecturers ADD COLUMN starts_at timestamptz;
COMMENT ON COLUMN session_lecturers.starts_at IS
    'When the session starts: its actual start, else the planned one. Null: the release that stored the row knew no such thing.';
