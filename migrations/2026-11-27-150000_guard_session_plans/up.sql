-- Nobody is planned in two places at once, and a delivery is not told long before its plan.

ALTER TABLE session_lecturers
    ADD COLUMN reserved_from timestamptz,
    ADD COLUMN reserved_until timestamptz,
    ADD CONSTRAINT session_lecturers_reserved_check
        CHECK ((reserved_from IS NULL) = (reserved_until IS NULL) AND reserved_from < reserved_until);

-- Plans that overlapped already stay as they are; row security hides the rows from the owner as well.
ALTER TABLE session_lecturers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sessions NO FORCE ROW LEVEL SECURITY;
UPDATE session_lecturers l
   SET reserved_from = s.scheduled_start, reserved_until = s.scheduled_start + s.scheduled_minutes * interval '1 minute'
  FROM sessions s
 WHERE s.tenant_id = l.tenant_id AND s.id = l.session_id AND s.state = 'planned'
   AND NOT EXISTS (
       SELECT FROM session_lecturers m
         JOIN sessions t ON t.tenant_id = m.tenant_id AND t.id = m.session_id
        WHERE m.tenant_id = l.tenant_id AND m.employee_id = l.employee_id AND m.session_id <> l.session_id
          AND t.state = 'planned' AND t.scheduled_start < s.scheduled_start + s.scheduled_minutes * interval '1 minute'
          AND s.scheduled_start < t.scheduled_start + t.scheduled_minutes * interval '1 minute');
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE session_lecturers FORCE ROW LEVEL SECURITY;

ALTER TABLE session_lecturers
    ADD CONSTRAINT session_lecturers_plan_excl
        EXCLUDE USING gist (tenant_id WITH =, employee_id WITH =, tstzrange(reserved_from, reserved_until) WITH &&)
        WHERE (reserved_from IS NOT NULL);

COMMENT ON COLUMN session_lecturers.reserved_from IS
    'From when the planned session takes the lecturer''s time: its planned start. Null: it is decided, or an import brought it.';
COMMENT ON COLUMN session_lecturers.reserved_until IS 'Until when it does: its planned end, which is free again.';

ALTER TABLE programmes
    ADD COLUMN early_delivery_minutes integer NOT NULL DEFAULT 120,
    ADD CONSTRAINT programmes_early_delivery_minutes_check CHECK (early_delivery_minutes BETWEEN 0 AND 10080);
COMMENT ON COLUMN programmes.early_delivery_minutes IS
    'By how many minutes a delivery may lie before its planned start without HR.';
