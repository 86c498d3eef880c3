ALTER TABLE feedback_batches ADD CONSTRAINT feedback_batches_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id);
ALTER TABLE feedback_batch_lecturers ADD CONSTRAINT feedback_batch_lecturers_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id);
ALTER TABLE audit_entries ADD CONSTRAINT audit_entries_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id);
ALTER TABLE outbox_events ADD CONSTRAINT outbox_events_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id);
ALTER TABLE live_marks ADD CONSTRAINT live_marks_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id);
