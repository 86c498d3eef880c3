DROP TABLE snapshot_lecturers;
DROP TABLE snapshots;
DROP TABLE periods;
