-- The former schema knows one number for all periods. Row security hides the rows from the owner as well.
ALTER TABLE scoring_rules NO FORCE ROW LEVEL SECURITY;
UPDATE scoring_rules SET document = document #- '{feedback,min_k}' WHERE document #> '{feedback,min_k}' IS NOT NULL;
ALTER TABLE scoring_rules FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN programmes.feedback_min_k IS 'Outside the mode `named`, how many ratings are shown together at least.';
