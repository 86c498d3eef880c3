DROP INDEX reward_entries_maker_idx;
