-- A card tells how many ratings of a session came on paper forms: they are found without a look at all the others.
CREATE INDEX feedback_paper_idx ON feedback (tenant_id, session_id) WHERE source = 'paper';
