ALTER TABLE absences
    ADD COLUMN ends_with_employment boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN absences.ends_with_employment IS
    'Whether its last day is that of the employment: a suspension until further notice whose end nobody has named. Says nothing without a last day.';
