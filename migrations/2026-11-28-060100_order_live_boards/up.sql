-- Live boards in the order of closed ones: by an integer, because under row security an index is searched by leakproof operators
-- only, and those of `numeric` are not.
ALTER TABLE live_results
    ADD COLUMN shortfall integer GENERATED ALWAYS AS (((100 - score) * 100)::integer) STORED;
COMMENT ON COLUMN live_results.shortfall IS 'Hundredths of a point that the score is short of 100: the order of a board. Null: not rated.';

DROP INDEX live_results_score_idx;
DROP INDEX live_results_board_idx;
CREATE INDEX live_results_shortfall_idx ON live_results (tenant_id, live_period_id, shortfall, employee_id) WHERE score IS NOT NULL;
CREATE INDEX live_results_board_idx ON live_results (tenant_id, live_period_id, board_id, shortfall, employee_id) WHERE score IS NOT NULL;

ALTER TABLE live_score_counts
    ADD COLUMN shortfall integer NOT NULL GENERATED ALWAYS AS (((100 - score) * 100)::integer) STORED;
COMMENT ON COLUMN live_score_counts.shortfall IS 'The score, as hundredths of a point short of 100.';
CREATE INDEX live_score_counts_shortfall_idx ON live_score_counts (tenant_id, live_period_id, board_id, is_whole, shortfall);
