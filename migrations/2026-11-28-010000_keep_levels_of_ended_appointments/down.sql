-- The former service takes every stored level for one of the appointment.
ALTER TABLE lecturers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE lecturer_levels NO FORCE ROW LEVEL SECURITY;

DELETE FROM lecturer_levels v USING lecturers l
 WHERE l.tenant_id = v.tenant_id AND l.id = v.lecturer_id AND v.valid_from >= l.ended_on;
UPDATE lecturer_levels v SET valid_to = l.ended_on, version = v.version + 1
  FROM lecturers l
 WHERE l.tenant_id = v.tenant_id AND l.id = v.lecturer_id AND (v.valid_to IS NULL OR v.valid_to > l.ended_on);

ALTER TABLE lecturers FORCE ROW LEVEL SECURITY;
ALTER TABLE lecturer_levels FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE lecturer_levels IS
    'Which level an appointment has from when to when; a fee takes the level of the day of the session.';
