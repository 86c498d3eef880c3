-- A number that a person no longer has: files may still know the person by it, and it does not pass to another person silently.

CREATE TABLE former_employee_numbers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    employee_number text NOT NULL,
    given_up_at timestamptz NOT NULL,
    CONSTRAINT former_employee_numbers_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT former_employee_numbers_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT former_employee_numbers_employee_fkey
        FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT former_employee_numbers_employee_number_check CHECK (char_length(employee_number) BETWEEN 1 AND 64)
);

CREATE INDEX former_employee_numbers_employee_idx ON former_employee_numbers (tenant_id, employee_id);
CREATE INDEX former_employee_numbers_employee_number_idx
    ON former_employee_numbers (tenant_id, employee_number, given_up_at);

ALTER TABLE former_employee_numbers ENABLE ROW LEVEL SECURITY;
ALTER TABLE former_employee_numbers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON former_employee_numbers
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON former_employee_numbers TO lectern_service;

COMMENT ON TABLE former_employee_numbers IS
    'Numbers in the HR system that people no longer have. Of several people the last one who gave it up is meant.';
COMMENT ON COLUMN former_employee_numbers.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN former_employee_numbers.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN former_employee_numbers.employee_id IS 'The person.';
COMMENT ON COLUMN former_employee_numbers.employee_number IS 'The number.';
COMMENT ON COLUMN former_employee_numbers.given_up_at IS 'When the person got another number or none.';
