DROP TABLE certificates;
DROP TABLE reward_entry_events;
DROP TABLE reward_entries;
