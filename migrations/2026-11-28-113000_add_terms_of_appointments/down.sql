-- A suspension until further notice lasts until the end of the calendar. Row security hides the rows from the owner as well.
ALTER TABLE absences NO FORCE ROW LEVEL SECURITY;
UPDATE absences SET ends_on = '9999-12-31' WHERE ends_on IS NULL;
ALTER TABLE absences FORCE ROW LEVEL SECURITY;
ALTER TABLE absences
    DROP CONSTRAINT absences_open_check,
    DROP COLUMN reason,
    DROP COLUMN lifted_at,
    DROP COLUMN lift_reason,
    ALTER COLUMN ends_on SET NOT NULL;
COMMENT ON COLUMN absences.ends_on IS 'Last day, inclusive.';

DROP TABLE lecturer_renewals;

ALTER TABLE lecturers DROP COLUMN term_to;
