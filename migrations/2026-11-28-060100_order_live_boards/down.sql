DROP INDEX live_score_counts_shortfall_idx;
ALTER TABLE live_score_counts DROP COLUMN shortfall;
DROP INDEX live_results_board_idx;
DROP INDEX live_results_shortfall_idx;
ALTER TABLE live_results DROP COLUMN shortfall;
CREATE INDEX live_results_score_idx ON live_results (tenant_id, live_period_id, score DESC, employee_number, employee_id)
    WHERE score IS NOT NULL;
CREATE INDEX live_results_board_idx ON live_results (tenant_id, live_period_id, board_id, score DESC, employee_number, employee_id)
    WHERE score IS NOT NULL;
