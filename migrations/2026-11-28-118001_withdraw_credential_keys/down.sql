REVOKE UPDATE (suspected_at, suspected_by_id, suspicion_reason, withdrawn_at, withdrawn_by_id, self_approved)
    ON credential_keys FROM lectern_service;
DROP INDEX credential_keys_suspected_by_idx, credential_keys_withdrawn_by_idx;
ALTER TABLE credential_keys
    DROP COLUMN suspected_at,
    DROP COLUMN suspected_by_id,
    DROP COLUMN suspicion_reason,
    DROP COLUMN withdrawn_at,
    DROP COLUMN withdrawn_by_id,
    DROP COLUMN self_approved;
