DROP INDEX feedback_paper_idx;
