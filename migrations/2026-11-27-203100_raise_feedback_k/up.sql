-- How many ratings are shown together at least is raised by a rule version, which one person drafts and another publishes.

COMMENT ON COLUMN programmes.feedback_min_k IS
    'Outside the mode `named`, how many ratings are shown together at least, until a rule version raises it (feedback.min_k).';
