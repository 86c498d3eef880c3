-- What lecturers write, and what others do with it.

CREATE TABLE contents (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    programme_id uuid NOT NULL,
    session_id uuid,
    title text NOT NULL,
    outline text,
    case_requirement text,
    published_at timestamptz,
    withdrawn_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT contents_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT contents_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT contents_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT contents_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT contents_title_check CHECK (char_length(title) BETWEEN 1 AND 200),
    CONSTRAINT contents_outline_check CHECK (char_length(outline) BETWEEN 1 AND 20000),
    CONSTRAINT contents_case_requirement_check CHECK (char_length(case_requirement) BETWEEN 1 AND 4000),
    CONSTRAINT contents_withdrawn_check CHECK (withdrawn_at IS NULL OR published_at IS NOT NULL),
    CONSTRAINT contents_version_check CHECK (version >= 1)
);

CREATE INDEX contents_programme_published_idx ON contents (tenant_id, programme_id, published_at);
CREATE INDEX contents_updated_at_idx ON contents (tenant_id, updated_at, id);
CREATE INDEX contents_session_idx ON contents (tenant_id, session_id);

ALTER TABLE contents ENABLE ROW LEVEL SECURITY;
ALTER TABLE contents FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON contents
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON contents TO lectern_service;

COMMENT ON TABLE contents IS
    'A piece of content of a programme, usually the template made for a session.';
COMMENT ON COLUMN contents.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN contents.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN contents.programme_id IS 'The programme it belongs to.';
COMMENT ON COLUMN contents.session_id IS 'The session it is for; null: it stands by itself.';
COMMENT ON COLUMN contents.title IS 'Title as people read it.';
COMMENT ON COLUMN contents.outline IS 'Outline that the lecturer fills in or follows.';
COMMENT ON COLUMN contents.case_requirement IS 'What cases it is to contain.';
COMMENT ON COLUMN contents.published_at IS 'From then on others may see and reuse it; null: not yet.';
COMMENT ON COLUMN contents.withdrawn_at IS 'From then on no longer; null: it is there.';
COMMENT ON COLUMN contents.created_at IS 'When the row was made.';
COMMENT ON COLUMN contents.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN contents.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE content_authors (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    content_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT content_authors_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT content_authors_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT content_authors_content_fkey FOREIGN KEY (tenant_id, content_id) REFERENCES contents (tenant_id, id),
    CONSTRAINT content_authors_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT content_authors_employee_key UNIQUE (tenant_id, content_id, employee_id)
);

CREATE INDEX content_authors_employee_idx ON content_authors (tenant_id, employee_id);

ALTER TABLE content_authors ENABLE ROW LEVEL SECURITY;
ALTER TABLE content_authors FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON content_authors
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON content_authors TO lectern_service;

COMMENT ON TABLE content_authors IS
    'Authors and co-authors; their own reuse never counts.';
COMMENT ON COLUMN content_authors.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN content_authors.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN content_authors.content_id IS 'The content.';
COMMENT ON COLUMN content_authors.employee_id IS 'The author.';
COMMENT ON COLUMN content_authors.created_at IS 'When the row was made.';

CREATE TABLE content_versions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    content_id uuid NOT NULL,
    number integer NOT NULL,
    submitted_at timestamptz NOT NULL,
    submitted_by_id uuid,
    body text,
    file_name text,
    media_type text,
    byte_size bigint,
    sha256 char(64),
    storage_key text,
    CONSTRAINT content_versions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT content_versions_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT content_versions_content_fkey FOREIGN KEY (tenant_id, content_id) REFERENCES contents (tenant_id, id),
    CONSTRAINT content_versions_submitted_by_fkey FOREIGN KEY (tenant_id, submitted_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT content_versions_number_key UNIQUE (tenant_id, content_id, number),
    CONSTRAINT content_versions_number_check CHECK (number >= 1),
    CONSTRAINT content_versions_body_check CHECK (char_length(body) BETWEEN 1 AND 100000),
    CONSTRAINT content_versions_file_name_check CHECK (char_length(file_name) BETWEEN 1 AND 255),
    CONSTRAINT content_versions_media_type_check CHECK (char_length(media_type) BETWEEN 1 AND 127),
    CONSTRAINT content_versions_byte_size_check CHECK (byte_size >= 0),
    CONSTRAINT content_versions_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT content_versions_storage_key_check CHECK (char_length(storage_key) BETWEEN 1 AND 500),
    CONSTRAINT content_versions_file_check
        CHECK (num_nonnulls(file_name, media_type, byte_size, sha256) IN (0, 4) AND (storage_key IS NULL OR file_name IS NOT
        NULL))
);

CREATE INDEX content_versions_submitted_by_idx ON content_versions (tenant_id, submitted_by_id);

ALTER TABLE content_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE content_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON content_versions
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON content_versions TO lectern_service;

COMMENT ON TABLE content_versions IS
    'A submitted version. Versions are added, never changed; the first one decides timeliness.';
COMMENT ON COLUMN content_versions.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN content_versions.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN content_versions.content_id IS 'The content.';
COMMENT ON COLUMN content_versions.number IS 'Number of the version, from 1.';
COMMENT ON COLUMN content_versions.submitted_at IS 'When it was submitted.';
COMMENT ON COLUMN content_versions.submitted_by_id IS 'Who submitted it; null: a machine.';
COMMENT ON COLUMN content_versions.body IS 'The text, where it is typed in.';
COMMENT ON COLUMN content_versions.file_name IS 'Name of the file as uploaded.';
COMMENT ON COLUMN content_versions.media_type IS 'Media type of the file.';
COMMENT ON COLUMN content_versions.byte_size IS 'Size of the file in bytes.';
COMMENT ON COLUMN content_versions.sha256 IS 'SHA-256 of the file, in hexadecimal.';
COMMENT ON COLUMN content_versions.storage_key IS 'Where the object store keeps the file.';

CREATE TABLE reuse_events (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    content_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    kind text NOT NULL,
    occurred_at timestamptz NOT NULL,
    source text NOT NULL,
    source_ref text,
    received_at timestamptz NOT NULL,
    CONSTRAINT reuse_events_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT reuse_events_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT reuse_events_content_fkey FOREIGN KEY (tenant_id, content_id) REFERENCES contents (tenant_id, id),
    CONSTRAINT reuse_events_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT reuse_events_source_ref_key UNIQUE (tenant_id, source, source_ref),
    CONSTRAINT reuse_events_kind_check CHECK (kind IN ('view', 'download', 'forward', 'taught')),
    CONSTRAINT reuse_events_source_check CHECK (char_length(source) BETWEEN 1 AND 64),
    CONSTRAINT reuse_events_source_ref_check CHECK (char_length(source_ref) BETWEEN 1 AND 255)
);

CREATE INDEX reuse_events_content_idx ON reuse_events (tenant_id, content_id, occurred_at);
CREATE INDEX reuse_events_employee_idx ON reuse_events (tenant_id, employee_id);

ALTER TABLE reuse_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE reuse_events FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reuse_events
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON reuse_events TO lectern_service;

COMMENT ON TABLE reuse_events IS
    'Somebody used a content. Counted once per person, content and period; what counts is derived.';
COMMENT ON COLUMN reuse_events.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN reuse_events.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN reuse_events.content_id IS 'The content.';
COMMENT ON COLUMN reuse_events.employee_id IS 'Who used it.';
COMMENT ON COLUMN reuse_events.kind IS 'What they did.';
COMMENT ON COLUMN reuse_events.occurred_at IS 'When.';
COMMENT ON COLUMN reuse_events.source IS 'Which system said so.';
COMMENT ON COLUMN reuse_events.source_ref IS 'Id of the event in that system; a second delivery changes nothing.';
COMMENT ON COLUMN reuse_events.received_at IS 'When Lectern learned of it.';
