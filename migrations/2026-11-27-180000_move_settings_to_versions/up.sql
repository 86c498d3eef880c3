-- What moves scores and money is in the versions, which one person drafts and another publishes. Existing versions, drafts
-- included, take the values that their programme has today. The columns of the programme stay for the last release and are no
-- longer read.

-- Row security hides the rows from the owner as well.
ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE scoring_rules NO FORCE ROW LEVEL SECURITY;
ALTER TABLE reward_policy_sets NO FORCE ROW LEVEL SECURITY;
UPDATE scoring_rules r
   SET document = r.document || jsonb_build_object(
         'rank_scope', p.rank_scope, 'appraisal_weight_bp', p.appraisal_weight_bp, 'reuse_kinds', to_jsonb(p.reuse_kinds),
         'case_max_age_days', p.case_max_age_days, 'settle_days', p.settle_days,
         'feedback', coalesce(r.document -> 'feedback', '{}')
             || jsonb_build_object('window_minutes', p.feedback_window_minutes, 'scale', p.feedback_scale))
  FROM programmes p
 WHERE p.tenant_id = r.tenant_id AND p.id = r.programme_id;
UPDATE reward_policy_sets r
   SET document = r.document || jsonb_build_object(
         'budget_minor', p.budget_minor, 'over_budget', p.over_budget, 'person_cap_minor', p.person_cap_minor,
         'take_back', p.take_back)
  FROM programmes p
 WHERE p.tenant_id = r.tenant_id AND p.id = r.programme_id AND jsonb_typeof(r.document) = 'object';
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;
ALTER TABLE scoring_rules FORCE ROW LEVEL SECURITY;
ALTER TABLE reward_policy_sets FORCE ROW LEVEL SECURITY;

ALTER TABLE programmes ALTER COLUMN rank_scope SET DEFAULT 'programme';

COMMENT ON COLUMN programmes.rank_scope IS 'Not read any more: it is in the rule versions.';
COMMENT ON COLUMN programmes.feedback_window_minutes IS 'Not read any more: it is in the rule versions.';
COMMENT ON COLUMN programmes.feedback_scale IS 'Not read any more: it is in the rule versions.';
COMMENT ON COLUMN programmes.budget_minor IS 'Not read any more: it is in the policy versions.';
COMMENT ON COLUMN programmes.over_budget IS 'Not read any more: it is in the policy versions.';
COMMENT ON COLUMN programmes.person_cap_minor IS 'Not read any more: it is in the policy versions.';
COMMENT ON COLUMN programmes.take_back IS 'Not read any more: it is in the policy versions.';
COMMENT ON COLUMN programmes.appraisal_weight_bp IS 'Not read any more: it is in the rule versions.';
COMMENT ON COLUMN programmes.settle_days IS 'Not read any more: it is in the rule versions.';
COMMENT ON COLUMN programmes.reuse_kinds IS 'Not read any more: it is in the rule versions.';
COMMENT ON COLUMN programmes.case_max_age_days IS 'Not read any more: it is in the rule versions.';
COMMENT ON COLUMN scoring_rules.document IS
    'The rule, with everything that can move a score: components, curves, grades, gates, rank, share of the appraisal, which facts count.';
COMMENT ON COLUMN reward_policy_sets.document IS
    'The policies in order of priority, with everything that can move money: budget, cap per person, take-back.';
