ALTER TABLE programmes DROP COLUMN pays_from_on;
