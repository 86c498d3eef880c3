ALTER TABLE reward_entry_events
    DROP CONSTRAINT reward_entry_events_line_fkey,
    DROP CONSTRAINT reward_entry_events_batch_fkey;

DROP TABLE payroll_acknowledgement_lines;
DROP TABLE payroll_acknowledgements;
DROP TABLE payroll_exclusions;
DROP TABLE payroll_lines;
DROP TABLE payroll_claims;
DROP TABLE payroll_batches;
DROP TABLE pay_group_members;
DROP TABLE pay_groups;
DROP TABLE pay_items;
