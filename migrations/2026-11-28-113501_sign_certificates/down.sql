DROP TABLE credential_keys;
REVOKE UPDATE (revoked_at, revoke_reason, updated_at, version) ON certificates FROM lectern_service;
ALTER TABLE certificates DROP COLUMN status_index;
