-- A page of a closed board is read by an index, and so is the rank of whoever stands on it. Under row security an index is searched
-- by leakproof operators only; those of `numeric` are not, so boards are in the order of an integer.
ALTER TABLE snapshot_lecturers
    ADD COLUMN shortfall integer GENERATED ALWAYS AS (((100 - score) * 100)::integer) STORED,
    ADD COLUMN board_id uuid NOT NULL
        GENERATED ALWAYS AS (coalesce(department_id, '00000000-0000-0000-0000-000000000000'::uuid)) STORED;
COMMENT ON COLUMN snapshot_lecturers.shortfall IS 'Hundredths of a point that the score is short of 100: the order of a board. Null: not rated.';
COMMENT ON COLUMN snapshot_lecturers.board_id IS
    'The board of the department: its id, or the nil UUID for those without a department.';

-- Best first.
CREATE INDEX snapshot_lecturers_board_idx ON snapshot_lecturers (tenant_id, snapshot_id, shortfall, employee_id) WHERE score IS NOT NULL;
CREATE INDEX snapshot_lecturers_department_board_idx
    ON snapshot_lecturers (tenant_id, snapshot_id, board_id, shortfall, employee_id) WHERE score IS NOT NULL;
DROP INDEX snapshot_lecturers_rank_idx;

-- Where a lecturer stands follows from the score: one row for each score of a board.
CREATE TABLE snapshot_standings (
    tenant_id uuid NOT NULL,
    snapshot_id uuid NOT NULL,
    board_id uuid NOT NULL,
    shortfall integer NOT NULL,
    lecturers integer NOT NULL,
    better integer NOT NULL,
    better_scores integer NOT NULL,
    CONSTRAINT snapshot_standings_pkey PRIMARY KEY (tenant_id, snapshot_id, board_id, shortfall),
    CONSTRAINT snapshot_standings_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT snapshot_standings_snapshot_fkey FOREIGN KEY (tenant_id, snapshot_id) REFERENCES snapshots (tenant_id, id),
    CONSTRAINT snapshot_standings_shortfall_check CHECK (shortfall BETWEEN 0 AND 10000),
    CONSTRAINT snapshot_standings_lecturers_check CHECK (lecturers >= 1),
    CONSTRAINT snapshot_standings_better_check CHECK (better_scores >= 0 AND better >= better_scores)
);

-- Row security hides the rows from the owner as well.
ALTER TABLE snapshots NO FORCE ROW LEVEL SECURITY;
ALTER TABLE snapshot_lecturers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE periods NO FORCE ROW LEVEL SECURITY;
INSERT INTO snapshot_standings (tenant_id, snapshot_id, board_id, shortfall, lecturers, better, better_scores)
SELECT b.tenant_id, b.snapshot_id, b.board_id, b.shortfall, b.lecturers,
       coalesce(sum(b.lecturers) OVER above, 0), count(*) OVER above
  FROM (SELECT l.tenant_id, l.snapshot_id, p.programme_id AS board_id, l.shortfall, count(*) AS lecturers
          FROM snapshot_lecturers l
          JOIN snapshots s ON s.tenant_id = l.tenant_id AND s.id = l.snapshot_id
          JOIN periods p ON p.tenant_id = s.tenant_id AND p.id = s.period_id
         WHERE l.score IS NOT NULL
         GROUP BY 1, 2, 3, 4
         UNION ALL
        SELECT l.tenant_id, l.snapshot_id, l.board_id, l.shortfall, count(*)
          FROM snapshot_lecturers l
         WHERE l.score IS NOT NULL
         GROUP BY 1, 2, 3, 4) b
WINDOW above AS (PARTITION BY b.tenant_id, b.snapshot_id, b.board_id ORDER BY b.shortfall
                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);
ALTER TABLE periods FORCE ROW LEVEL SECURITY;
ALTER TABLE snapshot_lecturers FORCE ROW LEVEL SECURITY;
ALTER TABLE snapshots FORCE ROW LEVEL SECURITY;

CREATE TRIGGER snapshot_standings_append_only BEFORE UPDATE OR DELETE ON snapshot_standings
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshot_standings_no_truncate BEFORE TRUNCATE ON snapshot_standings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE snapshot_standings ENABLE ROW LEVEL SECURITY;
ALTER TABLE snapshot_standings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON snapshot_standings
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON snapshot_standings TO lectern_service;

COMMENT ON TABLE snapshot_standings IS
    'How many lecturers of a closed board have a score, and how many have a better one: ranks follow from it. Append-only.';
COMMENT ON COLUMN snapshot_standings.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN snapshot_standings.snapshot_id IS 'The snapshot.';
COMMENT ON COLUMN snapshot_standings.board_id IS
    'Who is ranked together: the id of the programme (all), or of a department; the nil UUID for those without a department.';
COMMENT ON COLUMN snapshot_standings.shortfall IS 'A score that somebody on the board has, as hundredths of a point short of 100.';
COMMENT ON COLUMN snapshot_standings.lecturers IS 'How many lecturers of the board have this score.';
COMMENT ON COLUMN snapshot_standings.better IS 'How many lecturers of the board have a better one.';
COMMENT ON COLUMN snapshot_standings.better_scores IS 'How many different better scores there are on the board.';
