-- A fee is held by gates, each with its reasons: apart from what is held over budget. Two people release it, or a restatement.

ALTER TABLE reward_entry_events
    ADD COLUMN hold_reasons jsonb,
    ADD CONSTRAINT reward_entry_events_hold_reasons_check CHECK (jsonb_typeof(hold_reasons) = 'array'),
    DROP CONSTRAINT reward_entry_events_event_check,
    ADD CONSTRAINT reward_entry_events_event_check
        CHECK (event IN ('granted', 'held', 'release_asked', 'release_declined', 'released', 'approved', 'rejected', 'reconsidered',
        'batched', 'unbatched', 'accepted', 'paid', 'carried_forward', 'voided'));
COMMENT ON COLUMN reward_entry_events.hold_reasons IS 'The gates of a fee that hold the entry, in their order; null where no gate does.';

ALTER TABLE restatement_proposals
    ADD COLUMN hold_reasons jsonb,
    ADD CONSTRAINT restatement_proposals_hold_reasons_check CHECK (jsonb_typeof(hold_reasons) = 'array'),
    DROP CONSTRAINT restatement_proposals_kind_check,
    ADD CONSTRAINT restatement_proposals_kind_check
        CHECK (kind IN ('grant', 'take_back', 'keep', 'certificate', 'title', 'notice', 'task', 'hold', 'release'));
COMMENT ON COLUMN restatement_proposals.hold_reasons IS
    'The gates of a fee that hold what is granted, or that hold it from now on, in their order; null where no gate does.';
