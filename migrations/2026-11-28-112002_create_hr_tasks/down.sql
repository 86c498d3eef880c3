DROP TABLE hr_tasks;

COMMENT ON TABLE restatement_proposals IS 'A part of a restatement that somebody decides on: money, a certificate, or a task for HR.';
COMMENT ON COLUMN restatement_proposals.kind IS
    'To grant, to take back, to keep what is no longer due, to issue a certificate, or a task for HR about one that lost its ground.';
COMMENT ON COLUMN restatement_proposals.certificate_code IS 'The certificate; null for money.';
-- There is no place for what is proposed about titles and notices. Row security hides the rows from the owner as well.
ALTER TABLE restatement_proposals NO FORCE ROW LEVEL SECURITY;
DELETE FROM restatement_proposals WHERE kind IN ('title', 'notice') OR (kind = 'task' AND certificate_code IS NULL);
ALTER TABLE restatement_proposals FORCE ROW LEVEL SECURITY;
ALTER TABLE restatement_proposals
    DROP CONSTRAINT restatement_proposals_subject_check,
    DROP CONSTRAINT restatement_proposals_kind_check,
    ADD CONSTRAINT restatement_proposals_kind_check CHECK (kind IN ('grant', 'take_back', 'keep', 'certificate', 'task')),
    ADD CONSTRAINT restatement_proposals_certificate_check
        CHECK ((kind IN ('certificate', 'task')) = (certificate_code IS NOT NULL)),
    DROP COLUMN firing,
    DROP COLUMN notice_id,
    DROP COLUMN title_id,
    DROP COLUMN title_code;

ALTER TABLE improvement_notices DROP COLUMN firing_number;
ALTER TABLE titles DROP COLUMN firing_number;
