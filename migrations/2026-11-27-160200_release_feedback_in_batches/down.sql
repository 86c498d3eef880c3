COMMENT ON COLUMN programmes.feedback_mode IS 'What may tie a rating to a person.';
COMMENT ON COLUMN programmes.feedback_min_k IS 'Least number of answers behind anything that is broken down by learner or time.';
ALTER TABLE programmes
    ALTER COLUMN feedback_min_k SET DEFAULT 5,
    DROP CONSTRAINT programmes_feedback_min_k_check,
    ADD CONSTRAINT programmes_feedback_min_k_check CHECK (feedback_min_k BETWEEN 1 AND 1000);

ALTER TABLE snapshot_lecturers DROP COLUMN apart;

DROP INDEX feedback_changed_idx;
DROP INDEX feedback_waiting_idx;
ALTER TABLE feedback
    DROP COLUMN shown,
    DROP COLUMN batch_id;

DROP TABLE feedback_batch_lecturers;
DROP TABLE feedback_batches;
