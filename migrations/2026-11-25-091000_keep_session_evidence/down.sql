COMMENT ON COLUMN outbox_events.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN audit_entries.request_id IS 'X-Request-Id of the call; null for work that no call caused.';
COMMENT ON COLUMN audit_entries.occurred_at IS 'When the command was carried out.';
COMMENT ON COLUMN audit_entries.id IS 'UUIDv7 made by the service.';

ALTER TABLE programmes DROP COLUMN feedback_items;
ALTER TABLE feedback DROP COLUMN admissible_until;

DROP INDEX sessions_unconfirmed_idx;
ALTER TABLE sessions
    DROP COLUMN attendance_recorded_by_id,
    DROP COLUMN attendance_recorded_at;
