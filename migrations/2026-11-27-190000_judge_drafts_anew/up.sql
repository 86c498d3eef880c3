-- A draft judges its people anew: who can be paid after all is no longer left out. Rows of this table are never deleted.

ALTER TABLE payroll_exclusions ADD COLUMN resolved_at timestamptz;

COMMENT ON TABLE payroll_exclusions IS
    'A person whose entries stay out of a batch, and why. A draft is judged anew when it is read and when it is locked; the rows are what was found last. A batch is locked only when each is explained.';
COMMENT ON COLUMN payroll_exclusions.resolved_at IS 'When the lock found that the person can be paid after all; null: left out.';
