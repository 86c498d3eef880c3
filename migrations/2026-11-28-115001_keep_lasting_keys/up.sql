-- Answers of promotion checks are signed, and kept by others without an end: so is the key that verifies them.

ALTER TABLE credential_keys ADD COLUMN lasting boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN credential_keys.lasting IS
    'Whether it has signed something without an end: then it stays published when it is retired.';
GRANT UPDATE (lasting) ON credential_keys TO lectern_service;
