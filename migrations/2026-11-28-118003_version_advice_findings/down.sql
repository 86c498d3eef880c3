REVOKE UPDATE (version) ON advice_findings FROM lectern_service;
ALTER TABLE advice_findings DROP COLUMN version;
