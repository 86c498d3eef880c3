DROP FUNCTION unprojected_tenants(timestamptz);
DROP TABLE live_turns;
DROP TABLE live_score_counts;
DROP TABLE live_results;
DROP TABLE live_periods;
DROP TABLE live_marks;
