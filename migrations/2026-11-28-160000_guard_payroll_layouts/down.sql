ALTER TABLE payroll_layouts
    DROP CONSTRAINT payroll_layouts_amounts_check,
    DROP COLUMN replaces,
    DROP COLUMN min_amount,
    DROP COLUMN max_amount;
