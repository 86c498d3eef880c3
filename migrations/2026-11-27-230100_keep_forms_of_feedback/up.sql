-- An answer keeps its form. What was given before has its scales beside it, and no version.

ALTER TABLE feedback
    ADD COLUMN rule_id uuid,
    ADD CONSTRAINT feedback_rule_fkey FOREIGN KEY (tenant_id, rule_id) REFERENCES scoring_rules (tenant_id, id);
CREATE INDEX feedback_rule_idx ON feedback (tenant_id, rule_id);
GRANT UPDATE (rule_id) ON feedback TO lectern_service;

COMMENT ON COLUMN feedback.rule_id IS
    'The rule version on whose form it was given; null: there was none, it was not kept, or it was given on another system''s form.';
COMMENT ON COLUMN feedback.items IS 'Answers to the items: [{key, value, scale}], each with the scale of the form it was given on.';
