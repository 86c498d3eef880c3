-- The programme's own list says again whom it scores: the groups of its latest published version, if it has one. The members go from
-- the documents.

-- Row security hides the rows from the owner as well.
ALTER TABLE lecturer_groups NO FORCE ROW LEVEL SECURITY;
ALTER TABLE programme_groups NO FORCE ROW LEVEL SECURITY;
ALTER TABLE scoring_rules NO FORCE ROW LEVEL SECURITY;
CREATE TEMPORARY TABLE scored ON COMMIT DROP AS
SELECT DISTINCT ON (r.tenant_id, r.programme_id) r.tenant_id, r.programme_id, r.published_at, r.document -> 'groups' AS groups
  FROM scoring_rules r
 WHERE r.published_at IS NOT NULL AND jsonb_typeof(r.document -> 'groups') = 'array'
 ORDER BY r.tenant_id, r.programme_id, r.starts_on DESC;
DELETE FROM programme_groups g
 USING scored s
 WHERE s.tenant_id = g.tenant_id AND s.programme_id = g.programme_id AND NOT s.groups @> to_jsonb(g.group_id::text);
INSERT INTO programme_groups (tenant_id, id, programme_id, group_id, created_at)
SELECT s.tenant_id, gen_random_uuid(), s.programme_id, g.id, s.published_at
  FROM scored s
  JOIN lecturer_groups g ON g.tenant_id = s.tenant_id AND s.groups @> to_jsonb(g.id::text)
    ON CONFLICT (tenant_id, programme_id, group_id) DO NOTHING;
UPDATE scoring_rules SET document = document - 'groups' WHERE jsonb_typeof(document) = 'object';
ALTER TABLE lecturer_groups FORCE ROW LEVEL SECURITY;
ALTER TABLE programme_groups FORCE ROW LEVEL SECURITY;
ALTER TABLE scoring_rules FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE programme_groups IS
    'Which lecturer groups make up the population of a programme; of several programmes only where their periods do not overlap.';
COMMENT ON COLUMN scoring_rules.document IS
    'The rule, with everything that can move a score: components, curves, grades, gates, rank, share of the appraisal, which facts count.';
