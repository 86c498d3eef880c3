-- Where feedback is shown in batches, a statement shows whole batches: that of one session by itself, the rest together. Which ones is
-- stored with the result that they are part of, so that a statement never shows a batch that its card does not have, nor lacks one.
ALTER TABLE live_results
    ADD COLUMN sums jsonb,
    ADD CONSTRAINT live_results_sums_check CHECK (jsonb_typeof(sums) = 'object');
COMMENT ON COLUMN live_results.sums IS
    'The feedback as a statement shows it, where it is shown in batches: sums by session, the rest together, and the batches of that rest. Null under names: each session is shown by itself.';

-- What is stored already gets its sums when it is computed anew. Row security hides the rows from the owner as well.
ALTER TABLE live_marks NO FORCE ROW LEVEL SECURITY;
ALTER TABLE live_periods NO FORCE ROW LEVEL SECURITY;
ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;
INSERT INTO live_marks (tenant_id, id, marked_at, programme_id)
SELECT g.tenant_id, gen_random_uuid(), now(), g.id
  FROM programmes g
 WHERE g.feedback_mode <> 'named'
   AND EXISTS (SELECT FROM live_periods p WHERE p.tenant_id = g.tenant_id AND p.programme_id = g.id);
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;
ALTER TABLE live_periods FORCE ROW LEVEL SECURITY;
ALTER TABLE live_marks FORCE ROW LEVEL SECURITY;
