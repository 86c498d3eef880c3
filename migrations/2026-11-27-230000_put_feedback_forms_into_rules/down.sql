-- The forms go from the documents, and the programme's column, which kept its items, is read again. A programme without any takes
-- those of its latest published version, but not those whose name is their key: they stood for any key.

ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE scoring_rules NO FORCE ROW LEVEL SECURITY;
UPDATE programmes p SET feedback_items = f.items
  FROM (SELECT DISTINCT ON (r.tenant_id, r.programme_id) r.tenant_id, r.programme_id, own.items
          FROM scoring_rules r
         CROSS JOIN LATERAL (
           SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'key', i.item -> 'key', 'name', i.item -> 'name_zh', 'scale', i.item -> 'scale') ORDER BY i.position), '[]') AS items
             FROM jsonb_array_elements(r.document #> '{feedback,form,items}') WITH ORDINALITY AS i (item, position)
            WHERE i.item -> 'name_zh' <> i.item -> 'key') own
         WHERE r.published_at IS NOT NULL AND jsonb_typeof(r.document) = 'object'
         ORDER BY r.tenant_id, r.programme_id, r.starts_on DESC) f
 WHERE f.tenant_id = p.tenant_id AND f.programme_id = p.id AND p.feedback_items = '[]';
UPDATE scoring_rules
   SET document = document || jsonb_build_object('feedback',
         (coalesce(document -> 'feedback', '{}') - 'form')
         || jsonb_build_object('scale', coalesce(document #> '{feedback,form,scale}', '10')))
 WHERE jsonb_typeof(document) = 'object';
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;
ALTER TABLE scoring_rules FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN programmes.feedback_items IS
    'Items of its feedback form in order: [{key, name, scale}]; none: any key is taken, on the scale of the rating.';
