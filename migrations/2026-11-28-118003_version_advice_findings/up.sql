ALTER TABLE advice_findings ADD COLUMN version bigint NOT NULL DEFAULT 1;
GRANT UPDATE (version) ON advice_findings TO lectern_service;
COMMENT ON COLUMN advice_findings.version IS 'Counts the row''s changes from 1; the ETag is made of it.';
