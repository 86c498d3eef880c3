-- Apart from the change of the table, so that its lock is short; tenant by tenant, because row security binds the owner as well.
DO $$
DECLARE
    tenant uuid;
BEGIN
    FOR tenant IN SELECT t.id FROM tenants t ORDER BY t.id
    LOOP
        PERFORM set_config('app.tenant_id', tenant::text, true);
        UPDATE session_lecturers l SET starts_at = coalesce(s.delivered_start, s.scheduled_start)
          FROM sessions s
         WHERE l.tenant_id = tenant AND s.tenant_id = tenant AND s.id = l.session_id;
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
END
$$;

CREATE INDEX session_lecturers_starts_idx ON session_lecturers (tenant_id, employee_id, starts_at);
-- The new one begins with its columns.
DROP INDEX session_lecturers_employee_idx;
