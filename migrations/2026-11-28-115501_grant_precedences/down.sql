-- What is provisional no longer says which precedences a close would give. It is computed anew, by a process that serves, from the
-- live results: nothing is lost. There is no place for what is proposed about precedences, and for tasks about them. Row security hides
-- the rows from the owner as well.
ALTER TABLE provisional_rewards NO FORCE ROW LEVEL SECURITY;
ALTER TABLE provisional_periods NO FORCE ROW LEVEL SECURITY;
DELETE FROM provisional_rewards;
DELETE FROM provisional_periods;
ALTER TABLE provisional_rewards FORCE ROW LEVEL SECURITY;
ALTER TABLE provisional_periods FORCE ROW LEVEL SECURITY;

ALTER TABLE hr_tasks NO FORCE ROW LEVEL SECURITY;
DELETE FROM hr_tasks WHERE kind = 'precedence';
ALTER TABLE hr_tasks FORCE ROW LEVEL SECURITY;
ALTER TABLE hr_tasks
    DROP CONSTRAINT hr_tasks_subject_check,
    ADD CONSTRAINT hr_tasks_subject_check
        CHECK ((kind = 'certificate') = (certificate_code IS NOT NULL) AND (kind = 'title') = (title_id IS NOT NULL)
               AND (kind = 'title') = (title_code IS NOT NULL) AND (kind = 'notice') = (notice_id IS NOT NULL)),
    DROP CONSTRAINT hr_tasks_kind_check,
    ADD CONSTRAINT hr_tasks_kind_check CHECK (kind IN ('certificate', 'title', 'notice')),
    DROP COLUMN precedence_id,
    DROP COLUMN opportunity_code;
COMMENT ON COLUMN hr_tasks.kind IS 'What has lost its ground: a certificate, a title or a notice.';

ALTER TABLE restatement_proposals NO FORCE ROW LEVEL SECURITY;
DELETE FROM restatement_proposals WHERE kind = 'precedence' OR precedence_id IS NOT NULL;
ALTER TABLE restatement_proposals FORCE ROW LEVEL SECURITY;
ALTER TABLE restatement_proposals
    DROP CONSTRAINT restatement_proposals_subject_check,
    ADD CONSTRAINT restatement_proposals_subject_check
        CHECK (CASE kind
                   WHEN 'certificate' THEN certificate_code IS NOT NULL AND num_nonnulls(title_code, title_id, notice_id, firing) = 0
                   WHEN 'title' THEN num_nulls(title_code, firing) = 0 AND num_nonnulls(certificate_code, title_id, notice_id) = 0
                   WHEN 'notice' THEN firing IS NOT NULL AND num_nonnulls(certificate_code, title_code, title_id, notice_id) = 0
                   WHEN 'task' THEN num_nonnulls(certificate_code, title_id, notice_id) = 1 AND (title_id IS NULL) = (title_code IS NULL)
                   ELSE num_nonnulls(certificate_code, title_code, title_id, notice_id, firing) = 0 END),
    DROP CONSTRAINT restatement_proposals_kind_check,
    ADD CONSTRAINT restatement_proposals_kind_check
        CHECK (kind IN ('grant', 'take_back', 'keep', 'certificate', 'title', 'notice', 'task', 'hold', 'release')),
    DROP COLUMN precedence_id,
    DROP COLUMN opportunity_code;
COMMENT ON TABLE restatement_proposals IS
    'A part of a restatement that somebody decides on: money, a certificate, a title, a notice, or a task for HR.';
COMMENT ON COLUMN restatement_proposals.kind IS
    'To grant, to take back, to keep what is no longer due, to issue a certificate, to grant a title, to open a notice, or a task for HR about what lost its ground.';

DROP TABLE opportunity_precedences;
