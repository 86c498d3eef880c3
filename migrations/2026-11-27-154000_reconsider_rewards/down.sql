-- The older service knows one word for what makes a reward payable again.
ALTER TABLE reward_entry_events DISABLE TRIGGER reward_entry_events_append_only;
ALTER TABLE reward_entry_events NO FORCE ROW LEVEL SECURITY;
UPDATE reward_entry_events SET event = 'released' WHERE event = 'reconsidered';
ALTER TABLE reward_entry_events FORCE ROW LEVEL SECURITY;
ALTER TABLE reward_entry_events ENABLE TRIGGER reward_entry_events_append_only;
ALTER TABLE reward_entry_events
    DROP CONSTRAINT reward_entry_events_event_check,
    ADD CONSTRAINT reward_entry_events_event_check
        CHECK (event IN ('granted', 'held', 'released', 'approved', 'rejected', 'batched', 'unbatched', 'accepted', 'paid',
        'carried_forward', 'voided'));
