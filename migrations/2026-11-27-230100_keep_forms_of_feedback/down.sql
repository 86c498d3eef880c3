ALTER TABLE feedback DROP COLUMN rule_id;

COMMENT ON COLUMN feedback.items IS 'Answers to the items: [{key, value, scale}].';
