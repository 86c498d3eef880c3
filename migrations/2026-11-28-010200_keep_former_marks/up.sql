-- Mail addresses and ids in other systems that people no longer have, like their numbers: they pass to nobody silently.

CREATE TABLE former_mail_addresses (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    email text NOT NULL,
    given_up_at timestamptz NOT NULL,
    CONSTRAINT former_mail_addresses_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT former_mail_addresses_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT former_mail_addresses_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT former_mail_addresses_email_check CHECK (char_length(email) BETWEEN 3 AND 254)
);

CREATE INDEX former_mail_addresses_employee_idx ON former_mail_addresses (tenant_id, employee_id);
CREATE INDEX former_mail_addresses_email_idx ON former_mail_addresses (tenant_id, email, given_up_at);

ALTER TABLE former_mail_addresses ENABLE ROW LEVEL SECURITY;
ALTER TABLE former_mail_addresses FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON former_mail_addresses
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (employee_id) ON former_mail_addresses TO lectern_service;

COMMENT ON TABLE former_mail_addresses IS
    'Mail addresses that people no longer have. Of several people the last one who gave it up is meant.';
COMMENT ON COLUMN former_mail_addresses.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN former_mail_addresses.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN former_mail_addresses.employee_id IS 'The person.';
COMMENT ON COLUMN former_mail_addresses.email IS 'The address.';
COMMENT ON COLUMN former_mail_addresses.given_up_at IS 'When the person got another address or none.';

CREATE TABLE former_external_ids (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    system text NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    given_up_at timestamptz NOT NULL,
    CONSTRAINT former_external_ids_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT former_external_ids_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT former_external_ids_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT former_external_ids_system_check CHECK (char_length(system) BETWEEN 1 AND 64),
    CONSTRAINT former_external_ids_kind_check CHECK (char_length(kind) BETWEEN 1 AND 64),
    CONSTRAINT former_external_ids_value_check CHECK (char_length(value) BETWEEN 1 AND 255)
);

CREATE INDEX former_external_ids_employee_idx ON former_external_ids (tenant_id, employee_id);
CREATE INDEX former_external_ids_value_idx ON former_external_ids (tenant_id, system, kind, value, given_up_at);

ALTER TABLE former_external_ids ENABLE ROW LEVEL SECURITY;
ALTER TABLE former_external_ids FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON former_external_ids
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (employee_id) ON former_external_ids TO lectern_service;

COMMENT ON TABLE former_external_ids IS
    'Ids in other systems that people no longer have. Of several people the last one who gave it up is meant.';
COMMENT ON COLUMN former_external_ids.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN former_external_ids.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN former_external_ids.employee_id IS 'The person.';
COMMENT ON COLUMN former_external_ids.system IS 'The other system.';
COMMENT ON COLUMN former_external_ids.kind IS 'Which of its kinds of id.';
COMMENT ON COLUMN former_external_ids.value IS 'The id there.';
COMMENT ON COLUMN former_external_ids.given_up_at IS 'When the person got another id or none.';
