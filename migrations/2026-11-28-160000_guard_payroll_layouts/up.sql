-- Payroll systems that replace values instead of adding to them, and the amounts that a payroll system takes.
ALTER TABLE payroll_layouts
    ADD COLUMN replaces boolean NOT NULL DEFAULT false,
    ADD COLUMN min_amount bigint,
    ADD COLUMN max_amount bigint,
    ADD CONSTRAINT payroll_layouts_min_amount_check CHECK (min_amount BETWEEN -1000000000000 AND 1000000000000),
    ADD CONSTRAINT payroll_layouts_max_amount_check CHECK (max_amount BETWEEN -1000000000000 AND 1000000000000),
    ADD CONSTRAINT payroll_layouts_amounts_check CHECK (min_amount <= max_amount);
COMMENT ON COLUMN payroll_layouts.replaces IS
    'Whether the payroll system replaces what it has for a person, pay item and pay period by what the file says.';
COMMENT ON COLUMN payroll_layouts.min_amount IS
    'The least amount of a row that the payroll system takes, in whole major units; null: there is none.';
COMMENT ON COLUMN payroll_layouts.max_amount IS
    'The greatest amount of a row that the payroll system takes, in whole major units; null: there is none.';
