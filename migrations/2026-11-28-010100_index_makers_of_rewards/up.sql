-- What somebody proposed and another one approved is found by the people, when two records are to become one.

CREATE INDEX reward_entries_maker_idx ON reward_entries (tenant_id, maker_id) WHERE maker_id IS NOT NULL;
