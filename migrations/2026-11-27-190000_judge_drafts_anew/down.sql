ALTER TABLE payroll_exclusions DROP COLUMN resolved_at;

COMMENT ON TABLE payroll_exclusions IS
    'A person whose entries stay out of a batch, and why. A batch is locked only when each is explained.';
