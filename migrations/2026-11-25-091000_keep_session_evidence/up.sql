-- What a later look at a session must not have to guess: which attendance list stands and who gave it, until when a rating was
-- admissible when it was taken, and the form that learners were shown.

ALTER TABLE sessions
    ADD COLUMN attendance_recorded_at timestamptz,
    ADD COLUMN attendance_recorded_by_id uuid,
    ADD CONSTRAINT sessions_attendance_recorded_by_fkey
        FOREIGN KEY (tenant_id, attendance_recorded_by_id) REFERENCES employees (tenant_id, id),
    ADD CONSTRAINT sessions_attendance_record_check
        CHECK (attendance_recorded_by_id IS NULL OR attendance_recorded_at IS NOT NULL);

CREATE INDEX sessions_attendance_recorded_by_idx ON sessions (tenant_id, attendance_recorded_by_id);
-- By the actual start instead of the state: a condition without a parameter, which a prepared statement can match.
CREATE INDEX sessions_unconfirmed_idx ON sessions (tenant_id, programme_id, delivered_start)
    WHERE delivered_start IS NOT NULL AND delivery_confirmed_at IS NULL;

COMMENT ON COLUMN sessions.attendance_recorded_at IS
    'When the attendance list that stands was recorded, by its source''s clock; also of a list with nobody on it. Null: none.';
COMMENT ON COLUMN sessions.attendance_recorded_by_id IS
    'Who sent that list; null: a machine. A lecturer of the session is no second word for its delivery.';

ALTER TABLE feedback ADD COLUMN admissible_until timestamptz;
COMMENT ON COLUMN feedback.admissible_until IS
    'Last instant at which it would have been taken, as the window stood when it was; null: not kept.';

ALTER TABLE programmes
    ADD COLUMN feedback_items jsonb NOT NULL DEFAULT '[]',
    ADD CONSTRAINT programmes_feedback_items_check CHECK (jsonb_typeof(feedback_items) = 'array');
COMMENT ON COLUMN programmes.feedback_items IS
    'Items of its feedback form in order: [{key, name, scale}]; none: any key is taken, on the scale of the rating.';

COMMENT ON COLUMN audit_entries.id IS
    'UUIDv7 made by the service; of an entry that tells the day only, a random one.';
COMMENT ON COLUMN audit_entries.occurred_at IS
    'When the command was carried out; of a rating, the end of its day (UTC).';
COMMENT ON COLUMN audit_entries.request_id IS
    'X-Request-Id of the call; null for work that no call caused, and for a rating.';
COMMENT ON COLUMN outbox_events.id IS
    'UUIDv7 made by the service; of an event that tells the day only, a random one.';
