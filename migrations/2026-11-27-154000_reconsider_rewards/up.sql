-- A rejected reward can be taken up again, and is approved by somebody else.

ALTER TABLE reward_entry_events
    DROP CONSTRAINT reward_entry_events_event_check,
    ADD CONSTRAINT reward_entry_events_event_check
        CHECK (event IN ('granted', 'held', 'released', 'approved', 'rejected', 'reconsidered', 'batched', 'unbatched',
        'accepted', 'paid', 'carried_forward', 'voided'));
