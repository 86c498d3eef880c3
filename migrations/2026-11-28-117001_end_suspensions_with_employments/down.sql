ALTER TABLE absences DROP COLUMN ends_with_employment;
