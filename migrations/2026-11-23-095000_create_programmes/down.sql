DROP TABLE promotion_policies;
DROP TABLE reward_policy_sets;
DROP TABLE scoring_rules;
DROP TABLE programme_groups;
DROP TABLE programmes;
