-- Certificates become credentials (Open Badges 3.0): signed with keys of the company, revocable by a status list.

-- The place in the company's status lists. A list has 131072 places, of which half are used at most; the service chooses them at random.
ALTER TABLE certificates ADD COLUMN status_index integer;

-- Row security hides the rows from the owner as well.
ALTER TABLE certificates NO FORCE ROW LEVEL SECURITY;
UPDATE certificates c
   SET status_index = (n.before / 65536 * 131072 + n.before % 65536)::integer
  FROM (SELECT o.tenant_id, o.id, row_number() OVER (PARTITION BY o.tenant_id ORDER BY o.id) - 1 AS before
          FROM certificates o) n
 WHERE n.tenant_id = c.tenant_id AND n.id = c.id;
ALTER TABLE certificates FORCE ROW LEVEL SECURITY;

ALTER TABLE certificates
    ALTER COLUMN status_index SET NOT NULL,
    ADD CONSTRAINT certificates_status_index_key UNIQUE (tenant_id, status_index),
    ADD CONSTRAINT certificates_status_index_check CHECK (status_index >= 0);
COMMENT ON COLUMN certificates.status_index IS
    'The bit that says whether it is revoked: 131072 in each of the company''s status lists.';
GRANT UPDATE (revoked_at, revoke_reason, updated_at, version) ON certificates TO lectern_service;

CREATE TABLE credential_keys (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    kid text NOT NULL,
    public_jwk jsonb NOT NULL,
    private_key_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    CONSTRAINT credential_keys_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT credential_keys_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT credential_keys_kid_key UNIQUE (tenant_id, kid),
    CONSTRAINT credential_keys_kid_check CHECK (char_length(kid) BETWEEN 1 AND 64),
    CONSTRAINT credential_keys_public_jwk_check CHECK (jsonb_typeof(public_jwk) = 'object'),
    CONSTRAINT credential_keys_private_key_sealed_check CHECK (octet_length(private_key_sealed) BETWEEN 1 AND 8192),
    CONSTRAINT credential_keys_retired_check CHECK (retired_at >= created_at)
);

CREATE UNIQUE INDEX credential_keys_signing_key ON credential_keys (tenant_id) WHERE retired_at IS NULL;

ALTER TABLE credential_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE credential_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON credential_keys
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (retired_at) ON credential_keys TO lectern_service;

COMMENT ON TABLE credential_keys IS
    'Keys that sign a company''s certificates and status lists. One signs; a retired one stays published as long as a certificate is valid that it may have signed.';
COMMENT ON COLUMN credential_keys.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN credential_keys.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN credential_keys.kid IS 'The thumbprint of the public key (RFC 7638), by which signatures name it.';
COMMENT ON COLUMN credential_keys.public_jwk IS 'The public half as a JWK, published in the company''s DID document.';
COMMENT ON COLUMN credential_keys.private_key_sealed IS
    'The private half (PKCS#8), sealed with AES-256-GCM under the key of the installation.';
COMMENT ON COLUMN credential_keys.created_at IS 'When the key was made.';
COMMENT ON COLUMN credential_keys.retired_at IS 'From then on it signs nothing; null: it signs.';
