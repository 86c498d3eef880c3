DROP TABLE snapshot_standings;
CREATE INDEX snapshot_lecturers_rank_idx ON snapshot_lecturers (tenant_id, snapshot_id, department_id, rank);
DROP INDEX snapshot_lecturers_department_board_idx;
DROP INDEX snapshot_lecturers_board_idx;
ALTER TABLE snapshot_lecturers
    DROP COLUMN board_id,
    DROP COLUMN shortfall;
