-- The members go from the documents, and the programme's columns, which kept their values, are read again.

ALTER TABLE scoring_rules NO FORCE ROW LEVEL SECURITY;
ALTER TABLE reward_policy_sets NO FORCE ROW LEVEL SECURITY;
UPDATE scoring_rules
   SET document = document - '{rank_scope,appraisal_weight_bp,reuse_kinds,case_max_age_days,settle_days}'::text[] #- '{feedback,window_minutes}' #- '{feedback,scale}';
UPDATE reward_policy_sets
   SET document = document - '{budget_minor,over_budget,person_cap_minor,take_back}'::text[]
 WHERE jsonb_typeof(document) = 'object';
ALTER TABLE scoring_rules FORCE ROW LEVEL SECURITY;
ALTER TABLE reward_policy_sets FORCE ROW LEVEL SECURITY;

ALTER TABLE programmes ALTER COLUMN rank_scope DROP DEFAULT;

COMMENT ON COLUMN programmes.rank_scope IS 'Among whom lecturers are ranked.';
COMMENT ON COLUMN programmes.feedback_window_minutes IS 'Minutes after the end of a session in which its feedback counts.';
COMMENT ON COLUMN programmes.feedback_scale IS 'Best rating on its forms; ratings run from 0 to it.';
COMMENT ON COLUMN programmes.budget_minor IS 'Money for one period in minor units of the currency; null: no limit.';
COMMENT ON COLUMN programmes.over_budget IS 'Over budget: make every amount smaller, or grant all and hold the money.';
COMMENT ON COLUMN programmes.person_cap_minor IS 'Most that a person gets in one period, in minor units; null: no limit.';
COMMENT ON COLUMN programmes.take_back IS 'What a restatement does with money granted in excess: leave it, or a negative line.';
COMMENT ON COLUMN programmes.appraisal_weight_bp IS 'Share of the score in the whole appraisal of an employee, in basis points.';
COMMENT ON COLUMN programmes.settle_days IS 'Days after the end of a period before it may be closed without force.';
COMMENT ON COLUMN programmes.reuse_kinds IS 'Kinds of reuse that count; views are shown and never count.';
COMMENT ON COLUMN programmes.case_max_age_days IS
    'Application cases later than so many days after their session are not counted; null: all count.';
COMMENT ON COLUMN scoring_rules.document IS 'The rule: components, curves, grades, gates, feedback conditions.';
COMMENT ON COLUMN reward_policy_sets.document IS 'The policies in order of priority.';
