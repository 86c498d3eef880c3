-- Which snapshot of a closed period counts: not simply the one with the greatest number, because a restatement counts only once
-- somebody has accepted it.
ALTER TABLE periods
    ADD COLUMN snapshot_id uuid,
    ADD CONSTRAINT periods_snapshot_fkey FOREIGN KEY (tenant_id, snapshot_id) REFERENCES snapshots (tenant_id, id);
CREATE INDEX periods_snapshot_idx ON periods (tenant_id, snapshot_id);
COMMENT ON COLUMN periods.snapshot_id IS
    'The snapshot that counts: that of the close, or of the last restatement that was accepted. Null while it is open.';

-- Row security hides the rows from the owner as well.
ALTER TABLE snapshots NO FORCE ROW LEVEL SECURITY;
ALTER TABLE periods NO FORCE ROW LEVEL SECURITY;
UPDATE periods p
   SET snapshot_id = (SELECT s.id FROM snapshots s
                       WHERE s.tenant_id = p.tenant_id AND s.period_id = p.id ORDER BY s.number DESC LIMIT 1)
 WHERE p.state = 'closed';
ALTER TABLE periods FORCE ROW LEVEL SECURITY;
ALTER TABLE snapshots FORCE ROW LEVEL SECURITY;

CREATE OR REPLACE FUNCTION live_stamps(tenant_ids uuid[], programme_ids uuid[], period_names text[])
    RETURNS TABLE (tenant_id uuid, programme_id uuid, period text, version bigint, snapshot_number integer)
    LANGUAGE plpgsql
    SECURITY INVOKER
    SET search_path = pg_catalog, public
AS $$
BEGIN
    FOR tenant_id, programme_id, period IN
        SELECT a.tenant_id, a.programme_id, a.period FROM unnest(tenant_ids, programme_ids, period_names) AS a (tenant_id, programme_id, period)
    LOOP
        PERFORM set_config('app.tenant_id', tenant_id::text, true);
        SELECT l.version INTO version FROM live_periods l
         WHERE l.tenant_id = live_stamps.tenant_id AND l.programme_id = live_stamps.programme_id AND l.period = live_stamps.period;
        SELECT s.number INTO snapshot_number
          FROM periods p JOIN snapshots s ON s.tenant_id = live_stamps.tenant_id AND s.id = p.snapshot_id
         WHERE p.tenant_id = live_stamps.tenant_id AND p.programme_id = live_stamps.programme_id AND p.period = live_stamps.period;
        RETURN NEXT;
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
END
$$;

COMMENT ON FUNCTION live_stamps(uuid[], uuid[], text[]) IS
    'The versions of these periods'' live results, and the numbers of the snapshots that count; null where there is none.';
