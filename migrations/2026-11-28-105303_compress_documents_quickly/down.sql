ALTER TABLE live_results
    ALTER COLUMN inputs SET COMPRESSION default,
    ALTER COLUMN card SET COMPRESSION default;
ALTER TABLE snapshot_lecturers
    ALTER COLUMN inputs SET COMPRESSION default,
    ALTER COLUMN card SET COMPRESSION default,
    ALTER COLUMN rewards SET COMPRESSION default;
