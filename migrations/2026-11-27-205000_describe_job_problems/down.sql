COMMENT ON COLUMN jobs.problem IS 'The problem document, when it failed.';
