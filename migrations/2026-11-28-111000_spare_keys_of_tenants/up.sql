-- What is written with every command looked its company up once a row, and locked it. It gets its company from the transaction, to
-- which row security binds it, and companies are never deleted. Batches of feedback need no key of their own for that: programme and
-- batch are of the same company, by keys that are there.
ALTER TABLE feedback_batches DROP CONSTRAINT feedback_batches_tenant_fkey;
ALTER TABLE feedback_batch_lecturers DROP CONSTRAINT feedback_batch_lecturers_tenant_fkey;
ALTER TABLE audit_entries DROP CONSTRAINT audit_entries_tenant_fkey;
ALTER TABLE outbox_events DROP CONSTRAINT outbox_events_tenant_fkey;
ALTER TABLE live_marks DROP CONSTRAINT live_marks_tenant_fkey;
