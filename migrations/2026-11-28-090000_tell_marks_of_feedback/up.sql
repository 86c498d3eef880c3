-- Most marks are of feedback, and most of what a result is computed from does not change with it.

ALTER TABLE live_marks ADD COLUMN of_feedback boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN live_marks.of_feedback IS 'Whether only feedback has changed: then nothing else of the result is read anew.';
