-- The feedback form is part of the rule version: the scale of the rating, and the items. Existing versions, drafts included, take the
-- items that their programme has today, none of them required, with their one name in both languages. Where a programme had no form,
-- learners could answer to any key: the form asks what the version and the programme's policies are about, on the scale of the
-- rating. The column of the programme stays for the last release and is no longer read.

-- Row security hides the rows from the owner as well.
ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE scoring_rules NO FORCE ROW LEVEL SECURITY;
ALTER TABLE reward_policy_sets NO FORCE ROW LEVEL SECURITY;
UPDATE scoring_rules r
   SET document = r.document || jsonb_build_object('feedback',
         (coalesce(r.document -> 'feedback', '{}') - 'scale')
         || jsonb_build_object('form', jsonb_build_object('scale', to_jsonb(f.scale), 'items', f.items)))
  FROM (SELECT v.tenant_id, v.id, s.scale, coalesce(own.items, asked.items, '[]') AS items
          FROM scoring_rules v
          JOIN programmes p ON p.tenant_id = v.tenant_id AND p.id = v.programme_id
         CROSS JOIN LATERAL (SELECT coalesce((v.document #>> '{feedback,scale}')::integer, 10) AS scale) s
         CROSS JOIN LATERAL (
           SELECT jsonb_agg(jsonb_build_object(
                    'key', i.item -> 'key', 'scale', i.item -> 'scale', 'required', false,
                    'name_zh', i.item -> 'name', 'name_en', i.item -> 'name') ORDER BY i.position) AS items
             FROM jsonb_array_elements(p.feedback_items) WITH ORDINALITY AS i (item, position)) own
         CROSS JOIN LATERAL (
           SELECT jsonb_agg(jsonb_build_object(
                    'key', k.key, 'scale', greatest(s.scale, 2), 'required', false,
                    'name_zh', k.key, 'name_en', k.key) ORDER BY k.key COLLATE "C") AS items
             FROM (SELECT substr(metric #>> '{}', length('feedback_item:') + 1) AS key
                     FROM jsonb_path_query(v.document, '$.** ? (@ starts with "feedback_item:")') metric
                    UNION
                   SELECT substr(metric #>> '{}', length('feedback_item:') + 1)
                     FROM reward_policy_sets w
                    CROSS JOIN LATERAL jsonb_path_query(w.document, '$.** ? (@ starts with "feedback_item:")') metric
                    WHERE w.tenant_id = v.tenant_id AND w.programme_id = v.programme_id) k) asked) f
 WHERE f.tenant_id = r.tenant_id AND f.id = r.id AND jsonb_typeof(r.document) = 'object';
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;
ALTER TABLE scoring_rules FORCE ROW LEVEL SECURITY;
ALTER TABLE reward_policy_sets FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN programmes.feedback_items IS 'Not read any more: it is in the rule versions.';
