-- Whom a programme scores is in its rule versions, which one person drafts and another publishes. Existing versions, drafts
-- included, take the groups that their programme has today. The programme's own list says for which groups it plans sessions.

-- Row security hides the rows from the owner as well.
ALTER TABLE programme_groups NO FORCE ROW LEVEL SECURITY;
ALTER TABLE scoring_rules NO FORCE ROW LEVEL SECURITY;
UPDATE scoring_rules r
   SET document = r.document || jsonb_build_object('groups', coalesce(
         (SELECT jsonb_agg(g.group_id ORDER BY g.group_id)
            FROM programme_groups g
           WHERE g.tenant_id = r.tenant_id AND g.programme_id = r.programme_id), '[]'))
 WHERE jsonb_typeof(r.document) = 'object';
ALTER TABLE programme_groups FORCE ROW LEVEL SECURITY;
ALTER TABLE scoring_rules FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE programme_groups IS
    'For which lecturer groups a programme plans sessions. Whose members are scored is in the rule versions.';
COMMENT ON COLUMN scoring_rules.document IS
    'The rule, with everything that can move a score: the groups that are scored, components, curves, grades, gates, rank, share of the appraisal, which facts count.';
