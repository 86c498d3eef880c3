-- A key that somebody else may have: one person suspects it, another one withdraws it.

ALTER TABLE credential_keys
    ADD COLUMN suspected_at timestamptz,
    ADD COLUMN suspected_by_id uuid,
    ADD COLUMN suspicion_reason text,
    ADD COLUMN withdrawn_at timestamptz,
    ADD COLUMN withdrawn_by_id uuid,
    ADD COLUMN self_approved boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT credential_keys_suspected_by_fkey
        FOREIGN KEY (tenant_id, suspected_by_id) REFERENCES employees (tenant_id, id),
    ADD CONSTRAINT credential_keys_withdrawn_by_fkey
        FOREIGN KEY (tenant_id, withdrawn_by_id) REFERENCES employees (tenant_id, id),
    ADD CONSTRAINT credential_keys_suspicion_reason_check CHECK (char_length(suspicion_reason) BETWEEN 1 AND 500),
    ADD CONSTRAINT credential_keys_suspected_check
        CHECK (num_nulls(suspected_at, suspected_by_id, suspicion_reason) IN (0, 3)
               AND (suspected_at IS NULL OR retired_at IS NOT NULL)),
    ADD CONSTRAINT credential_keys_withdrawn_check
        CHECK (num_nulls(withdrawn_at, withdrawn_by_id) IN (0, 2) AND (withdrawn_at IS NULL OR suspected_at IS NOT NULL)),
    ADD CONSTRAINT credential_keys_withdrawer_check CHECK (withdrawn_by_id <> suspected_by_id OR self_approved);
CREATE INDEX credential_keys_suspected_by_idx ON credential_keys (tenant_id, suspected_by_id);
CREATE INDEX credential_keys_withdrawn_by_idx ON credential_keys (tenant_id, withdrawn_by_id);

GRANT UPDATE (suspected_at, suspected_by_id, suspicion_reason, withdrawn_at, withdrawn_by_id, self_approved)
    ON credential_keys TO lectern_service;

COMMENT ON COLUMN credential_keys.suspected_at IS 'When somebody said that others may have it; null: nobody has.';
COMMENT ON COLUMN credential_keys.suspected_by_id IS 'Who said so.';
COMMENT ON COLUMN credential_keys.suspicion_reason IS 'Why others may have it.';
COMMENT ON COLUMN credential_keys.withdrawn_at IS
    'From then on it is not published, and what it has signed no longer verifies; null: it is not withdrawn.';
COMMENT ON COLUMN credential_keys.withdrawn_by_id IS 'Who withdrew it.';
COMMENT ON COLUMN credential_keys.self_approved IS 'Withdrawn by who suspected it, under the small-company switch.';
