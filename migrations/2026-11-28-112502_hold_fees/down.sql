-- The older service knows one word for what is held, and nothing that a restatement holds or releases.
ALTER TABLE reward_entry_events DISABLE TRIGGER reward_entry_events_append_only;
ALTER TABLE reward_entry_events NO FORCE ROW LEVEL SECURITY;
UPDATE reward_entry_events SET event = 'held' WHERE event IN ('release_asked', 'release_declined');
ALTER TABLE reward_entry_events FORCE ROW LEVEL SECURITY;
ALTER TABLE reward_entry_events ENABLE TRIGGER reward_entry_events_append_only;
ALTER TABLE reward_entry_events
    DROP CONSTRAINT reward_entry_events_event_check,
    ADD CONSTRAINT reward_entry_events_event_check
        CHECK (event IN ('granted', 'held', 'released', 'approved', 'rejected', 'reconsidered', 'batched', 'unbatched',
        'accepted', 'paid', 'carried_forward', 'voided')),
    DROP COLUMN hold_reasons;
ALTER TABLE restatement_proposals NO FORCE ROW LEVEL SECURITY;
UPDATE restatement_proposals SET kind = 'keep' WHERE kind IN ('hold', 'release');
ALTER TABLE restatement_proposals FORCE ROW LEVEL SECURITY;
ALTER TABLE restatement_proposals
    DROP CONSTRAINT restatement_proposals_kind_check,
    ADD CONSTRAINT restatement_proposals_kind_check
        CHECK (kind IN ('grant', 'take_back', 'keep', 'certificate', 'title', 'notice', 'task')),
    DROP COLUMN hold_reasons;
