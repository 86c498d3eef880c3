ALTER TABLE programmes DROP COLUMN early_delivery_minutes;
ALTER TABLE session_lecturers
    DROP CONSTRAINT session_lecturers_plan_excl,
    DROP COLUMN reserved_until,
    DROP COLUMN reserved_from;
