-- The former schema takes no anonymous feedback: nothing in it could hold an answer without its learner.
DROP TABLE anonymous_texts;
DROP TABLE anonymous_counts;
DROP TABLE anonymous_participants;
