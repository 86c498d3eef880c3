ALTER TABLE live_results DROP COLUMN titles;
