COMMENT ON COLUMN feedback.source IS 'Given by the learner, or taken over from an older system.';
-- The older service knows no paper: what was taken over from it is as what was taken over from an older system. Row security hides
-- the rows from the owner as well.
ALTER TABLE feedback NO FORCE ROW LEVEL SECURITY;
UPDATE feedback SET source = 'import' WHERE source = 'paper';
ALTER TABLE feedback FORCE ROW LEVEL SECURITY;
ALTER TABLE feedback
    DROP CONSTRAINT feedback_source_check,
    ADD CONSTRAINT feedback_source_check CHECK (source IN ('live', 'import'));

DROP TABLE feedback_papers;
