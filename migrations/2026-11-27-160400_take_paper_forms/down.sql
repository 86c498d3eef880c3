COMMENT ON COLUMN feedback.source IS 'Given by the learner, or taken over from an older system.';
ALTER TABLE feedback
    DROP CONSTRAINT feedback_source_check,
    ADD CONSTRAINT feedback_source_check CHECK (source IN ('live', 'import'));

DROP TABLE feedback_papers;
