-- While a release is rolled out, the service of the one before goes on issuing certificates, and knows of no places. Whoever first asks
-- for the credential of such a certificate gives it one. One release later no service is left that writes none, and the column can be
-- NOT NULL.
ALTER TABLE certificates ALTER COLUMN status_index DROP NOT NULL;
GRANT UPDATE (status_index) ON certificates TO lectern_service;
COMMENT ON COLUMN certificates.status_index IS
    'The bit that says whether it is revoked: 131072 in each of the company''s status lists. Null: an older service issued it, and nobody has asked for its credential yet.';
