-- Who proposes does not approve: what it takes to know who did.

ALTER TABLE api_clients ADD COLUMN secret_rotated_at timestamptz;
COMMENT ON COLUMN api_clients.secret_rotated_at IS
    'When it was last given another secret; tokens that are older are refused, so that nobody speaks in the name of who answers for the new one. Null: never.';

ALTER TABLE application_cases
    ADD COLUMN maker_id uuid,
    ADD CONSTRAINT application_cases_maker_fkey FOREIGN KEY (tenant_id, maker_id) REFERENCES employees (tenant_id, id);
CREATE INDEX application_cases_maker_idx ON application_cases (tenant_id, maker_id);
COMMENT ON COLUMN application_cases.maker_id IS
    'Who reported it, or answers for the machine that did; null: a machine that nobody answers for, or an import.';

-- The operator sets it, as the owner.
REVOKE UPDATE (name, locale, grade_codes, self_approval, updated_at, version) ON tenants FROM lectern_service;
