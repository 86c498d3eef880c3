-- Whether a rating counts is decided when it is taken, and kept with it: no later change of attendance, lecturers, window or
-- registration takes it out or in, so that nothing can be read from sums before and after.

ALTER TABLE feedback ADD COLUMN counts boolean NOT NULL DEFAULT true;

-- What is stored was decided at every reading until now: one last time, by the same rule. Row security hides the rows from the
-- owner as well.
ALTER TABLE feedback NO FORCE ROW LEVEL SECURITY;
ALTER TABLE feedback_extensions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sessions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE session_lecturers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE attendance_records NO FORCE ROW LEVEL SECURITY;
ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;

UPDATE feedback f SET counts = false
  FROM sessions s
  JOIN programmes p ON p.tenant_id = s.tenant_id AND p.id = s.programme_id
 WHERE s.tenant_id = f.tenant_id AND s.id = f.session_id
   AND (EXISTS (SELECT FROM session_lecturers l
                 WHERE l.tenant_id = f.tenant_id AND l.session_id = f.session_id AND l.employee_id = f.learner_id)
        OR (f.source = 'import' AND EXISTS (SELECT FROM attendance_records r
                 WHERE r.tenant_id = f.tenant_id AND r.session_id = f.session_id AND r.employee_id = f.learner_id
                   AND r.state = 'absent'))
        OR (f.source <> 'import'
            AND ((s.attendance_recorded_at IS NOT NULL OR EXISTS (SELECT FROM attendance_records r
                    WHERE r.tenant_id = f.tenant_id AND r.session_id = f.session_id))
                 AND NOT EXISTS (SELECT FROM attendance_records r
                    WHERE r.tenant_id = f.tenant_id AND r.session_id = f.session_id AND r.employee_id = f.learner_id
                      AND r.state = 'present')))
        OR (f.source <> 'import'
            AND f.received_at > coalesce(f.admissible_until, greatest(
                    s.delivered_start + make_interval(mins => s.delivered_minutes + p.feedback_window_minutes),
                    (SELECT x.extended_until FROM feedback_extensions x
                      WHERE x.tenant_id = f.tenant_id AND x.session_id = f.session_id AND x.learner_id = f.learner_id)))));

ALTER TABLE feedback FORCE ROW LEVEL SECURITY;
ALTER TABLE feedback_extensions FORCE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE session_lecturers FORCE ROW LEVEL SECURITY;
ALTER TABLE attendance_records FORCE ROW LEVEL SECURITY;
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN feedback.counts IS
    'Whether it counts when its session is delivered: decided when it was taken, and never again.';

-- The log says that a rating was taken, not by whom.
ALTER TABLE audit_entries NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only;
UPDATE audit_entries SET actor_kind = 'system', actor_id = '00000000-0000-0000-0000-000000000000'
 WHERE command = 'put_my_feedback';
ALTER TABLE audit_entries ENABLE TRIGGER audit_entries_append_only;
ALTER TABLE audit_entries FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN audit_entries.actor_kind IS
    'Who did it: person, client (a machine) or system; system also for a rating that is not given under a name.';
