ALTER TABLE live_marks DROP COLUMN of_feedback;
