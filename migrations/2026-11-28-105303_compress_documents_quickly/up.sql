-- The documents of a lecturer are compressed when they are stored: by default with a method that takes longer than all indexes of the
-- row together. A server that was built without the other one keeps to the default. What is stored already stays as it is.
DO $$
BEGIN
    IF (SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression') THEN
        ALTER TABLE snapshot_lecturers
            ALTER COLUMN inputs SET COMPRESSION lz4,
            ALTER COLUMN card SET COMPRESSION lz4,
            ALTER COLUMN rewards SET COMPRESSION lz4;
        ALTER TABLE live_results
            ALTER COLUMN inputs SET COMPRESSION lz4,
            ALTER COLUMN card SET COMPRESSION lz4;
    END IF;
END
$$;
