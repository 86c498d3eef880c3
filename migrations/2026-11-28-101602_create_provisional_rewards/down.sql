DROP FUNCTION tenants_with_stale_rewards(timestamptz);
DROP TABLE provisional_rewards;
DROP TABLE provisional_periods;
