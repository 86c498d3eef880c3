ALTER TABLE reward_entries ALTER COLUMN reason_params SET STATISTICS -1;
ALTER TABLE feedback
    ALTER COLUMN items SET STATISTICS -1,
    ALTER COLUMN shown SET STATISTICS -1;
ALTER TABLE live_results
    ALTER COLUMN inputs SET STATISTICS -1,
    ALTER COLUMN card SET STATISTICS -1;
ALTER TABLE snapshot_lecturers
    ALTER COLUMN inputs SET STATISTICS -1,
    ALTER COLUMN card SET STATISTICS -1,
    ALTER COLUMN rewards SET STATISTICS -1,
    ALTER COLUMN apart SET STATISTICS -1;
ALTER TABLE snapshot_standings
    ADD CONSTRAINT snapshot_standings_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id);
ALTER TABLE snapshot_lecturers
    ADD CONSTRAINT snapshot_lecturers_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id);
