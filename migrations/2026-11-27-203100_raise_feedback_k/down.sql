-- The former schema knows one number for all periods: the greatest that a published version asks for, because k never falls. Row
-- security hides the rows from the owner as well.
ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE scoring_rules NO FORCE ROW LEVEL SECURITY;
UPDATE programmes p SET feedback_min_k = r.k
  FROM (SELECT tenant_id, programme_id, max((document #>> '{feedback,min_k}')::integer) AS k
          FROM scoring_rules
         WHERE published_at IS NOT NULL
         GROUP BY tenant_id, programme_id) r
 WHERE r.tenant_id = p.tenant_id AND r.programme_id = p.id AND r.k > p.feedback_min_k;
UPDATE scoring_rules SET document = document #- '{feedback,min_k}' WHERE document #> '{feedback,min_k}' IS NOT NULL;
ALTER TABLE scoring_rules FORCE ROW LEVEL SECURITY;
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN programmes.feedback_min_k IS 'Outside the mode `named`, how many ratings are shown together at least.';
