DROP TABLE appeal_events;
DROP TABLE appeals;
ALTER TABLE periods DROP COLUMN appeals_until_at;
ALTER TABLE programmes DROP COLUMN appeal_days;
