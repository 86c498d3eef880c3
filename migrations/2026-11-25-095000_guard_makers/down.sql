GRANT UPDATE (name, locale, grade_codes, self_approval, updated_at, version) ON tenants TO lectern_service;
ALTER TABLE application_cases DROP COLUMN maker_id;
ALTER TABLE api_clients DROP COLUMN secret_rotated_at;
