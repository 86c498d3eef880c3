ALTER TABLE programmes DROP COLUMN live_feedback_from_on;
