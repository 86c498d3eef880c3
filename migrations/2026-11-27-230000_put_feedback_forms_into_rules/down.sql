-- The forms go from the documents, and the programme's column, which kept its items, is read again.

ALTER TABLE scoring_rules NO FORCE ROW LEVEL SECURITY;
UPDATE scoring_rules
   SET document = document || jsonb_build_object('feedback',
         (coalesce(document -> 'feedback', '{}') - 'form')
         || jsonb_build_object('scale', coalesce(document #> '{feedback,form,scale}', '10')));
ALTER TABLE scoring_rules FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN programmes.feedback_items IS
    'Items of its feedback form in order: [{key, name, scale}]; none: any key is taken, on the scale of the rating.';
