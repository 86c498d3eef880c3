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
        SELECT max(s.number) INTO snapshot_number
          FROM periods p JOIN snapshots s ON s.tenant_id = live_stamps.tenant_id AND s.period_id = p.id
         WHERE p.tenant_id = live_stamps.tenant_id AND p.programme_id = live_stamps.programme_id AND p.period = live_stamps.period;
        RETURN NEXT;
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
END
$$;

COMMENT ON FUNCTION live_stamps(uuid[], uuid[], text[]) IS
    'The versions of these periods'' live results, and the numbers of their latest snapshots; null where there is none.';

ALTER TABLE periods DROP COLUMN snapshot_id;
