-- The snapshot of a closed lecturer names the tenant with a key of its own: a second look at the tenant for each row tells nothing new.
ALTER TABLE snapshot_lecturers DROP CONSTRAINT snapshot_lecturers_tenant_fkey;
ALTER TABLE snapshot_standings DROP CONSTRAINT snapshot_standings_tenant_fkey;

-- Documents are never searched by their content. To compare thousands of them with each other is most of what it takes to count the
-- rows of these tables anew.
ALTER TABLE snapshot_lecturers
    ALTER COLUMN inputs SET STATISTICS 0,
    ALTER COLUMN card SET STATISTICS 0,
    ALTER COLUMN rewards SET STATISTICS 0,
    ALTER COLUMN apart SET STATISTICS 0;
ALTER TABLE live_results
    ALTER COLUMN inputs SET STATISTICS 0,
    ALTER COLUMN card SET STATISTICS 0;
ALTER TABLE feedback
    ALTER COLUMN items SET STATISTICS 0,
    ALTER COLUMN shown SET STATISTICS 0;
ALTER TABLE reward_entries ALTER COLUMN reason_params SET STATISTICS 0;
