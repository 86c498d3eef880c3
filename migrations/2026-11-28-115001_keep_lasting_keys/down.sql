REVOKE UPDATE (lasting) ON credential_keys FROM lectern_service;
ALTER TABLE credential_keys DROP COLUMN lasting;
