COMMENT ON COLUMN employees.email IS 'Mail address for notices.';
