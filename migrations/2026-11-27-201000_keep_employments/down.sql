COMMENT ON COLUMN employees.left_on IS 'First day no longer employed; null while employed.';
COMMENT ON COLUMN employees.hired_on IS 'First day of employment.';

DROP TABLE earlier_employments;
