ALTER TABLE absences
    ADD COLUMN ends_with_employment boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT absences_ends_with_employment_check CHECK (NOT ends_with_employment OR ends_on IS NOT NULL);
COMMENT ON COLUMN absences.ends_with_employment IS
    'Whether its last day is that of the employment: a suspension until further notice whose end nobody has named.';
