COMMENT ON COLUMN appeals.self_approved IS
    'Decided by the lecturer, or by somebody who shares what it is about, under the small-company switch.';
