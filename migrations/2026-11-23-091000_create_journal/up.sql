-- What every write leaves behind in its own transaction: who did what, what to tell others, and the answer to a retry.

-- Looks at nothing but the statement that fired it, so it works the same on every shard. The refusal carries a
-- constraint name (<table>_append_only) because that is what the service maps errors by.
CREATE FUNCTION refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $$
BEGIN
    RAISE EXCEPTION 'append_only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation',
            CONSTRAINT = TG_TABLE_NAME || '_append_only',
            TABLE = TG_TABLE_NAME,
            HINT = 'Correct with a new row that names the one it corrects.';
END
$$;
COMMENT ON FUNCTION refuse_change() IS 'Trigger of append-only tables: refuses UPDATE, DELETE and TRUNCATE for everybody, the owner included.';

CREATE TABLE audit_entries (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    command text NOT NULL,
    subject_type text NOT NULL,
    subject_id uuid,
    fields text[] NOT NULL DEFAULT '{}',
    details jsonb NOT NULL DEFAULT '{}',
    request_id text,
    CONSTRAINT audit_entries_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT audit_entries_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT audit_entries_actor_kind_check CHECK (actor_kind IN ('person', 'client', 'system')),
    CONSTRAINT audit_entries_actor_check CHECK ((actor_kind = 'system') = (actor_id = '00000000-0000-0000-0000-000000000000')),
    CONSTRAINT audit_entries_command_check CHECK (char_length(command) BETWEEN 1 AND 100),
    CONSTRAINT audit_entries_subject_type_check CHECK (char_length(subject_type) BETWEEN 1 AND 64),
    CONSTRAINT audit_entries_fields_check CHECK (cardinality(fields) <= 100 AND array_position(fields, NULL) IS NULL),
    CONSTRAINT audit_entries_details_check CHECK (jsonb_typeof(details) = 'object'),
    CONSTRAINT audit_entries_request_id_check CHECK (char_length(request_id) BETWEEN 1 AND 128)
);

CREATE INDEX audit_entries_occurred_at_idx ON audit_entries (tenant_id, occurred_at, id);
CREATE INDEX audit_entries_subject_idx ON audit_entries (tenant_id, subject_type, subject_id, id);
CREATE INDEX audit_entries_actor_idx ON audit_entries (tenant_id, actor_id, id);

CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON audit_entries
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON audit_entries TO lectern_service;

COMMENT ON TABLE audit_entries IS
    'The operation log: one row per command (one for a whole import or bulk call). Never a rating or a text. Append-only.';
COMMENT ON COLUMN audit_entries.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN audit_entries.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN audit_entries.occurred_at IS 'When the command was carried out.';
COMMENT ON COLUMN audit_entries.actor_kind IS 'Who did it: person, client (a machine) or system.';
COMMENT ON COLUMN audit_entries.actor_id IS 'Id of that employee or API client; the nil UUID for the system.';
COMMENT ON COLUMN audit_entries.command IS 'The command, as its operation is named in the contract (create_session).';
COMMENT ON COLUMN audit_entries.subject_type IS 'Kind of thing it was done to (session, programme ...).';
COMMENT ON COLUMN audit_entries.subject_id IS 'Id of that thing; null for a command on many.';
COMMENT ON COLUMN audit_entries.fields IS 'Names of the fields that changed.';
COMMENT ON COLUMN audit_entries.details IS
    'Circumstances: counts, reasons, old and new values that are not personal, digests of those that are.';
COMMENT ON COLUMN audit_entries.request_id IS 'X-Request-Id of the call; null for work that no call caused.';

CREATE TABLE outbox_events (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    topic text NOT NULL,
    subject_type text NOT NULL,
    subject_id uuid NOT NULL,
    payload jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    request_id text,
    traceparent text,
    published_at timestamptz,
    CONSTRAINT outbox_events_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT outbox_events_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT outbox_events_topic_check CHECK (char_length(topic) BETWEEN 1 AND 100),
    CONSTRAINT outbox_events_subject_type_check CHECK (char_length(subject_type) BETWEEN 1 AND 64),
    CONSTRAINT outbox_events_payload_check CHECK (jsonb_typeof(payload) = 'object'),
    CONSTRAINT outbox_events_request_id_check CHECK (char_length(request_id) BETWEEN 1 AND 128),
    CONSTRAINT outbox_events_traceparent_check CHECK (char_length(traceparent) BETWEEN 55 AND 55)
);

CREATE INDEX outbox_events_unpublished_idx ON outbox_events (tenant_id, id) WHERE published_at IS NULL;
CREATE INDEX outbox_events_occurred_at_idx ON outbox_events (tenant_id, occurred_at);

ALTER TABLE outbox_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox_events FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON outbox_events
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox_events TO lectern_service;

COMMENT ON TABLE outbox_events IS
    'What happened, for notices, webhooks, streams and the changes feed; written with the change, delivered after it.';
COMMENT ON COLUMN outbox_events.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN outbox_events.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN outbox_events.topic IS 'Type of the event (session.delivered).';
COMMENT ON COLUMN outbox_events.subject_type IS 'Kind of thing it is about.';
COMMENT ON COLUMN outbox_events.subject_id IS 'Id of that thing.';
COMMENT ON COLUMN outbox_events.payload IS 'What subscribers are told. Never a single rating or a text of a learner.';
COMMENT ON COLUMN outbox_events.occurred_at IS 'When it happened.';
COMMENT ON COLUMN outbox_events.request_id IS 'X-Request-Id of the call that caused it.';
COMMENT ON COLUMN outbox_events.traceparent IS 'W3C trace context of that call, passed on to webhooks.';
COMMENT ON COLUMN outbox_events.published_at IS 'When it was handed to its consumers; null while it waits.';

CREATE TABLE idempotency_keys (
    tenant_id uuid NOT NULL,
    caller text NOT NULL,
    key text NOT NULL,
    operation text NOT NULL,
    body_sha256 bytea NOT NULL,
    response_status smallint,
    response_headers jsonb,
    response_body bytea,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, caller, key),
    CONSTRAINT idempotency_keys_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT idempotency_keys_caller_check CHECK (char_length(caller) BETWEEN 1 AND 100),
    CONSTRAINT idempotency_keys_key_check CHECK (char_length(key) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_keys_key_format_check CHECK (key ~ '^[!-~]+$'),
    CONSTRAINT idempotency_keys_operation_check CHECK (char_length(operation) BETWEEN 1 AND 2000),
    CONSTRAINT idempotency_keys_body_sha256_check CHECK (octet_length(body_sha256) = 32),
    CONSTRAINT idempotency_keys_response_status_check CHECK (response_status BETWEEN 200 AND 599),
    CONSTRAINT idempotency_keys_response_headers_check CHECK (jsonb_typeof(response_headers) = 'object'),
    CONSTRAINT idempotency_keys_response_check
        CHECK ((response_status IS NULL) = (response_headers IS NULL) AND (response_status IS NOT NULL OR response_body IS NULL)),
    CONSTRAINT idempotency_keys_expires_at_check CHECK (expires_at > created_at)
);

CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (tenant_id, expires_at);

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON idempotency_keys
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO lectern_service;

COMMENT ON TABLE idempotency_keys IS
    'Answers kept for retries: claimed before the work and filled in the transaction of its effect, so that both stand or fall together.';
COMMENT ON COLUMN idempotency_keys.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN idempotency_keys.caller IS 'Whose key it is: kind and id of the caller.';
COMMENT ON COLUMN idempotency_keys.key IS 'The Idempotency-Key header.';
COMMENT ON COLUMN idempotency_keys.operation IS 'Method and path of the request.';
COMMENT ON COLUMN idempotency_keys.body_sha256 IS 'SHA-256 of the request body; the same key with another body is refused.';
COMMENT ON COLUMN idempotency_keys.response_status IS 'HTTP status of the kept answer; null while the work is in hand.';
COMMENT ON COLUMN idempotency_keys.response_headers IS 'Headers of the kept answer that are repeated (ETag, Location ...).';
COMMENT ON COLUMN idempotency_keys.response_body IS 'Body of the kept answer, byte for byte; null where it held a secret.';
COMMENT ON COLUMN idempotency_keys.created_at IS 'When the row was made.';
COMMENT ON COLUMN idempotency_keys.expires_at IS 'From then on the key is free again and the row may be removed.';
