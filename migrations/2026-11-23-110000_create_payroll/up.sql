-- The hand-over to payroll. Nothing is ever deleted: a correction is a line of a later batch.

CREATE TABLE pay_items (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    issuance_way text NOT NULL,
    tax_mode text,
    tax_category text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT pay_items_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT pay_items_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT pay_items_code_key UNIQUE (tenant_id, code),
    CONSTRAINT pay_items_code_check CHECK (char_length(code) BETWEEN 1 AND 64),
    CONSTRAINT pay_items_name_zh_check CHECK (char_length(name_zh) BETWEEN 1 AND 200),
    CONSTRAINT pay_items_name_en_check CHECK (char_length(name_en) BETWEEN 1 AND 200),
    CONSTRAINT pay_items_issuance_way_check CHECK (issuance_way IN ('with_salary', 'off_cycle')),
    CONSTRAINT pay_items_tax_mode_check CHECK (char_length(tax_mode) BETWEEN 1 AND 64),
    CONSTRAINT pay_items_tax_category_check CHECK (char_length(tax_category) BETWEEN 1 AND 64),
    CONSTRAINT pay_items_version_check CHECK (version >= 1)
);

ALTER TABLE pay_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE pay_items FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON pay_items
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON pay_items TO lectern_service;

COMMENT ON TABLE pay_items IS
    'How payroll is to treat the money of a pay item. Lectern computes no tax: these are labels.';
COMMENT ON COLUMN pay_items.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN pay_items.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN pay_items.code IS 'Code of the pay item in the payroll system.';
COMMENT ON COLUMN pay_items.name_zh IS 'Name in Chinese.';
COMMENT ON COLUMN pay_items.name_en IS 'Name in English.';
COMMENT ON COLUMN pay_items.issuance_way IS 'Paid with the salary, or by itself.';
COMMENT ON COLUMN pay_items.tax_mode IS 'Label of the tax mode.';
COMMENT ON COLUMN pay_items.tax_category IS 'Label of the tax category.';
COMMENT ON COLUMN pay_items.created_at IS 'When the row was made.';
COMMENT ON COLUMN pay_items.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN pay_items.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE pay_groups (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    recoverable boolean NOT NULL DEFAULT false,
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT pay_groups_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT pay_groups_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT pay_groups_code_key UNIQUE (tenant_id, code),
    CONSTRAINT pay_groups_code_check CHECK (char_length(code) BETWEEN 1 AND 64),
    CONSTRAINT pay_groups_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT pay_groups_version_check CHECK (version >= 1)
);

CREATE UNIQUE INDEX pay_groups_default_key ON pay_groups (tenant_id) WHERE is_default;

ALTER TABLE pay_groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE pay_groups FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON pay_groups
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON pay_groups TO lectern_service;

COMMENT ON TABLE pay_groups IS
    'People who are paid together.';
COMMENT ON COLUMN pay_groups.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN pay_groups.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN pay_groups.code IS 'Code in the payroll system.';
COMMENT ON COLUMN pay_groups.name IS 'Name as people read it.';
COMMENT ON COLUMN pay_groups.recoverable IS
    'Whether a batch may have a negative total for a person; otherwise it is carried forward.';
COMMENT ON COLUMN pay_groups.is_default IS 'Takes the people that no group names; one at most.';
COMMENT ON COLUMN pay_groups.created_at IS 'When the row was made.';
COMMENT ON COLUMN pay_groups.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN pay_groups.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE pay_group_members (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    pay_group_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pay_group_members_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT pay_group_members_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT pay_group_members_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT pay_group_members_pay_group_fkey FOREIGN KEY (tenant_id, pay_group_id) REFERENCES pay_groups (tenant_id, id),
    CONSTRAINT pay_group_members_employee_key UNIQUE (tenant_id, employee_id)
);

CREATE INDEX pay_group_members_pay_group_idx ON pay_group_members (tenant_id, pay_group_id);

ALTER TABLE pay_group_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE pay_group_members FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON pay_group_members
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON pay_group_members TO lectern_service;

COMMENT ON TABLE pay_group_members IS
    'In which pay group a person is; one at a time.';
COMMENT ON COLUMN pay_group_members.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN pay_group_members.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN pay_group_members.employee_id IS 'The person.';
COMMENT ON COLUMN pay_group_members.pay_group_id IS 'The group.';
COMMENT ON COLUMN pay_group_members.created_at IS 'When the row was made.';
COMMENT ON COLUMN pay_group_members.updated_at IS 'When the row was last changed.';

CREATE TABLE payroll_batches (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    pay_group_id uuid NOT NULL,
    currency char(3) NOT NULL,
    state text NOT NULL,
    pay_period text NOT NULL,
    cut_off_at timestamptz NOT NULL,
    line_count integer,
    people_count integer,
    total_minor bigint,
    lines_sha256 char(64),
    locked_at timestamptz,
    locked_by_kind text,
    locked_by_id uuid,
    acknowledged_at timestamptz,
    voided_at timestamptz,
    void_reason text,
    created_by_kind text NOT NULL,
    created_by_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT payroll_batches_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT payroll_batches_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT payroll_batches_pay_group_fkey FOREIGN KEY (tenant_id, pay_group_id) REFERENCES pay_groups (tenant_id, id),
    CONSTRAINT payroll_batches_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT payroll_batches_state_check CHECK (state IN ('draft', 'locked', 'acknowledged', 'void')),
    CONSTRAINT payroll_batches_pay_period_check CHECK (pay_period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    CONSTRAINT payroll_batches_line_count_check CHECK (line_count >= 0),
    CONSTRAINT payroll_batches_people_count_check CHECK (people_count >= 0),
    CONSTRAINT payroll_batches_lines_sha256_check CHECK (lines_sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT payroll_batches_locked_by_kind_check CHECK (locked_by_kind IN ('person', 'client', 'system')),
    CONSTRAINT payroll_batches_locked_by_check
        CHECK ((locked_by_kind IS NULL) = (locked_by_id IS NULL) AND ((locked_by_kind = 'system') = (locked_by_id =
        '00000000-0000-0000-0000-000000000000'))),
    CONSTRAINT payroll_batches_totals_check
        CHECK (num_nulls(line_count, people_count, total_minor, lines_sha256, locked_at, locked_by_id) IN (0, 6)),
    CONSTRAINT payroll_batches_locked_check
        CHECK ((state <> 'draft' OR locked_at IS NULL) AND (state NOT IN ('locked', 'acknowledged') OR locked_at IS NOT NULL)),
    CONSTRAINT payroll_batches_not_empty_check CHECK (line_count >= 1 AND people_count >= 1),
    CONSTRAINT payroll_batches_acknowledged_at_check CHECK ((state = 'acknowledged') = (acknowledged_at IS NOT NULL)),
    CONSTRAINT payroll_batches_void_reason_check CHECK (char_length(void_reason) BETWEEN 1 AND 500),
    CONSTRAINT payroll_batches_void_check
        CHECK ((state = 'void') = (voided_at IS NOT NULL) AND (voided_at IS NULL) = (void_reason IS NULL)),
    CONSTRAINT payroll_batches_created_by_kind_check CHECK (created_by_kind IN ('person', 'client', 'system')),
    CONSTRAINT payroll_batches_created_by_check
        CHECK ((created_by_kind = 'system') = (created_by_id = '00000000-0000-0000-0000-000000000000')),
    CONSTRAINT payroll_batches_version_check CHECK (version >= 1)
);

CREATE UNIQUE INDEX payroll_batches_draft_key ON payroll_batches (tenant_id, pay_group_id, currency) WHERE state = 'draft';
CREATE INDEX payroll_batches_state_idx ON payroll_batches (tenant_id, state, id);
CREATE INDEX payroll_batches_pay_group_idx ON payroll_batches (tenant_id, pay_group_id);

ALTER TABLE payroll_batches ENABLE ROW LEVEL SECURITY;
ALTER TABLE payroll_batches FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payroll_batches
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON payroll_batches TO lectern_service;

COMMENT ON TABLE payroll_batches IS
    'A batch (批次) of one pay group and currency: draft, then locked for good.';
COMMENT ON COLUMN payroll_batches.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN payroll_batches.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN payroll_batches.pay_group_id IS 'The pay group.';
COMMENT ON COLUMN payroll_batches.currency IS 'ISO 4217 code of all its lines.';
COMMENT ON COLUMN payroll_batches.state IS
    'draft: can change; locked: immutable; acknowledged: payroll has answered for all; void: undone.';
COMMENT ON COLUMN payroll_batches.pay_period IS 'Period in which it is to be paid.';
COMMENT ON COLUMN payroll_batches.cut_off_at IS 'Entries approved at or before this moment are in it.';
COMMENT ON COLUMN payroll_batches.line_count IS 'Control total: lines.';
COMMENT ON COLUMN payroll_batches.people_count IS 'Control total: people.';
COMMENT ON COLUMN payroll_batches.total_minor IS 'Control total: sum in minor units.';
COMMENT ON COLUMN payroll_batches.lines_sha256 IS 'Control total: SHA-256 over the canonical lines, in hexadecimal.';
COMMENT ON COLUMN payroll_batches.locked_at IS 'When it was locked.';
COMMENT ON COLUMN payroll_batches.locked_by_kind IS 'Who locked it: person, client (a machine) or system.';
COMMENT ON COLUMN payroll_batches.locked_by_id IS 'Id of that employee or API client; the nil UUID for the system.';
COMMENT ON COLUMN payroll_batches.acknowledged_at IS 'When the final acknowledgement came.';
COMMENT ON COLUMN payroll_batches.voided_at IS 'When it was undone.';
COMMENT ON COLUMN payroll_batches.void_reason IS 'Why it was undone.';
COMMENT ON COLUMN payroll_batches.created_by_kind IS 'Who made it: person, client (a machine) or system.';
COMMENT ON COLUMN payroll_batches.created_by_id IS 'Id of that employee or API client; the nil UUID for the system.';
COMMENT ON COLUMN payroll_batches.created_at IS 'When the row was made.';
COMMENT ON COLUMN payroll_batches.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN payroll_batches.version IS 'Counts the row''s changes from 1; the ETag is made of it.';

CREATE TABLE payroll_claims (
    tenant_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    claimed_at timestamptz NOT NULL,
    CONSTRAINT payroll_claims_pkey PRIMARY KEY (tenant_id, entry_id),
    CONSTRAINT payroll_claims_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT payroll_claims_entry_fkey FOREIGN KEY (tenant_id, entry_id) REFERENCES reward_entries (tenant_id, id),
    CONSTRAINT payroll_claims_batch_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES payroll_batches (tenant_id, id)
);

CREATE INDEX payroll_claims_batch_idx ON payroll_claims (tenant_id, batch_id);

ALTER TABLE payroll_claims ENABLE ROW LEVEL SECURITY;
ALTER TABLE payroll_claims FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payroll_claims
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON payroll_claims TO lectern_service;

COMMENT ON TABLE payroll_claims IS
    'Which live batch an entry is in: one at most, because the entry is the key. A void batch gives its claims up.';
COMMENT ON COLUMN payroll_claims.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN payroll_claims.entry_id IS 'The entry.';
COMMENT ON COLUMN payroll_claims.batch_id IS 'The batch.';
COMMENT ON COLUMN payroll_claims.claimed_at IS 'When.';

CREATE TABLE payroll_lines (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    batch_id uuid NOT NULL,
    number integer NOT NULL,
    entry_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    employee_number text NOT NULL,
    employee_name text NOT NULL,
    external_ids jsonb NOT NULL DEFAULT '[]',
    pay_item_code text NOT NULL,
    kind text NOT NULL,
    amount_minor bigint NOT NULL,
    currency char(3) NOT NULL,
    earned_starts_on date NOT NULL,
    earned_ends_on date NOT NULL,
    pay_period text NOT NULL,
    issuance_way text NOT NULL,
    tax_mode text,
    tax_category text,
    cost_centre text,
    reason_code text NOT NULL,
    reason_zh text NOT NULL,
    reason_en text NOT NULL,
    sources jsonb NOT NULL DEFAULT '[]',
    corrects_line_id uuid,
    previous_line_id uuid,
    made_by_kind text NOT NULL,
    made_by_id uuid NOT NULL,
    approved_by_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT payroll_lines_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT payroll_lines_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT payroll_lines_batch_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES payroll_batches (tenant_id, id),
    CONSTRAINT payroll_lines_entry_fkey FOREIGN KEY (tenant_id, entry_id) REFERENCES reward_entries (tenant_id, id),
    CONSTRAINT payroll_lines_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT payroll_lines_corrects_line_fkey FOREIGN KEY (tenant_id, corrects_line_id) REFERENCES payroll_lines (tenant_id, id),
    CONSTRAINT payroll_lines_previous_line_fkey FOREIGN KEY (tenant_id, previous_line_id) REFERENCES payroll_lines (tenant_id, id),
    CONSTRAINT payroll_lines_approved_by_fkey FOREIGN KEY (tenant_id, approved_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT payroll_lines_number_key UNIQUE (tenant_id, batch_id, number),
    CONSTRAINT payroll_lines_entry_key UNIQUE (tenant_id, batch_id, entry_id),
    CONSTRAINT payroll_lines_number_check CHECK (number >= 1),
    CONSTRAINT payroll_lines_employee_number_check CHECK (char_length(employee_number) BETWEEN 1 AND 64),
    CONSTRAINT payroll_lines_employee_name_check CHECK (char_length(employee_name) BETWEEN 1 AND 200),
    CONSTRAINT payroll_lines_external_ids_check CHECK (jsonb_typeof(external_ids) = 'array'),
    CONSTRAINT payroll_lines_pay_item_code_check CHECK (char_length(pay_item_code) BETWEEN 1 AND 64),
    CONSTRAINT payroll_lines_kind_check CHECK (kind IN ('award', 'adjustment', 'reversal')),
    CONSTRAINT payroll_lines_amount_minor_check CHECK (amount_minor <> 0),
    CONSTRAINT payroll_lines_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT payroll_lines_earned_ends_on_check CHECK (earned_ends_on >= earned_starts_on),
    CONSTRAINT payroll_lines_pay_period_check CHECK (pay_period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    CONSTRAINT payroll_lines_issuance_way_check CHECK (issuance_way IN ('with_salary', 'off_cycle')),
    CONSTRAINT payroll_lines_tax_mode_check CHECK (char_length(tax_mode) BETWEEN 1 AND 64),
    CONSTRAINT payroll_lines_tax_category_check CHECK (char_length(tax_category) BETWEEN 1 AND 64),
    CONSTRAINT payroll_lines_cost_centre_check CHECK (char_length(cost_centre) BETWEEN 1 AND 64),
    CONSTRAINT payroll_lines_reason_code_check CHECK (char_length(reason_code) BETWEEN 1 AND 64),
    CONSTRAINT payroll_lines_reason_zh_check CHECK (char_length(reason_zh) BETWEEN 1 AND 500),
    CONSTRAINT payroll_lines_reason_en_check CHECK (char_length(reason_en) BETWEEN 1 AND 500),
    CONSTRAINT payroll_lines_sources_check CHECK (jsonb_typeof(sources) = 'array'),
    CONSTRAINT payroll_lines_other_line_check CHECK (corrects_line_id <> id AND previous_line_id <> id),
    CONSTRAINT payroll_lines_made_by_kind_check CHECK (made_by_kind IN ('person', 'client', 'system')),
    CONSTRAINT payroll_lines_made_by_check
        CHECK ((made_by_kind = 'system') = (made_by_id = '00000000-0000-0000-0000-000000000000'))
);

CREATE INDEX payroll_lines_entry_idx ON payroll_lines (tenant_id, entry_id);
CREATE INDEX payroll_lines_employee_idx ON payroll_lines (tenant_id, employee_id);
CREATE INDEX payroll_lines_corrects_line_idx ON payroll_lines (tenant_id, corrects_line_id);
CREATE INDEX payroll_lines_previous_line_idx ON payroll_lines (tenant_id, previous_line_id);
CREATE INDEX payroll_lines_approved_by_idx ON payroll_lines (tenant_id, approved_by_id);

CREATE TRIGGER payroll_lines_append_only BEFORE UPDATE OR DELETE ON payroll_lines
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payroll_lines_no_truncate BEFORE TRUNCATE ON payroll_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE payroll_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE payroll_lines FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payroll_lines
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON payroll_lines TO lectern_service;

COMMENT ON TABLE payroll_lines IS
    'A line of a locked batch, as payroll gets it: made when the batch is locked, one per entry. Append-only; it keeps the names of that day.';
COMMENT ON COLUMN payroll_lines.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN payroll_lines.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN payroll_lines.batch_id IS 'The batch.';
COMMENT ON COLUMN payroll_lines.number IS 'Place in the batch, from 1.';
COMMENT ON COLUMN payroll_lines.entry_id IS 'The entry it pays.';
COMMENT ON COLUMN payroll_lines.employee_id IS 'The person.';
COMMENT ON COLUMN payroll_lines.employee_number IS 'Employee number.';
COMMENT ON COLUMN payroll_lines.employee_name IS 'Name.';
COMMENT ON COLUMN payroll_lines.external_ids IS 'Ids of the person elsewhere: [{system, kind, value}].';
COMMENT ON COLUMN payroll_lines.pay_item_code IS 'Pay item.';
COMMENT ON COLUMN payroll_lines.kind IS 'Kind of the entry.';
COMMENT ON COLUMN payroll_lines.amount_minor IS 'Amount in minor units; negative takes back.';
COMMENT ON COLUMN payroll_lines.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN payroll_lines.earned_starts_on IS 'First day of the period in which it was earned.';
COMMENT ON COLUMN payroll_lines.earned_ends_on IS 'Last day of that period, inclusive, as payroll systems have it.';
COMMENT ON COLUMN payroll_lines.pay_period IS 'Period in which it is to be paid.';
COMMENT ON COLUMN payroll_lines.issuance_way IS 'Paid with the salary, or by itself.';
COMMENT ON COLUMN payroll_lines.tax_mode IS 'Label of the tax mode.';
COMMENT ON COLUMN payroll_lines.tax_category IS 'Label of the tax category.';
COMMENT ON COLUMN payroll_lines.cost_centre IS 'Cost centre.';
COMMENT ON COLUMN payroll_lines.reason_code IS 'Why, as a code.';
COMMENT ON COLUMN payroll_lines.reason_zh IS 'Why, in Chinese.';
COMMENT ON COLUMN payroll_lines.reason_en IS 'Why, in English.';
COMMENT ON COLUMN payroll_lines.sources IS 'What it follows from: [{type, id, rule_version}].';
COMMENT ON COLUMN payroll_lines.corrects_line_id IS 'The line whose entry this one corrects.';
COMMENT ON COLUMN payroll_lines.previous_line_id IS 'The rejected line of the same entry that this one takes up again.';
COMMENT ON COLUMN payroll_lines.made_by_kind IS 'Maker of the entry: person, client (a machine) or system.';
COMMENT ON COLUMN payroll_lines.made_by_id IS 'Id of that employee or API client; the nil UUID for the system.';
COMMENT ON COLUMN payroll_lines.approved_by_id IS 'Who approved the entry.';
COMMENT ON COLUMN payroll_lines.created_at IS 'When the batch was locked.';

CREATE TABLE payroll_exclusions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    batch_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    reason_code text NOT NULL,
    detail text,
    entry_count integer NOT NULL,
    total_minor bigint NOT NULL,
    explanation text,
    explained_at timestamptz,
    explained_by_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT payroll_exclusions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT payroll_exclusions_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT payroll_exclusions_batch_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES payroll_batches (tenant_id, id),
    CONSTRAINT payroll_exclusions_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT payroll_exclusions_explained_by_fkey FOREIGN KEY (tenant_id, explained_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT payroll_exclusions_employee_key UNIQUE (tenant_id, batch_id, employee_id),
    CONSTRAINT payroll_exclusions_reason_code_check CHECK (reason_code IN ('no_employee_number', 'negative_total', 'not_payable')),
    CONSTRAINT payroll_exclusions_detail_check CHECK (char_length(detail) BETWEEN 1 AND 500),
    CONSTRAINT payroll_exclusions_entry_count_check CHECK (entry_count >= 1),
    CONSTRAINT payroll_exclusions_explanation_check CHECK (char_length(explanation) BETWEEN 1 AND 500),
    CONSTRAINT payroll_exclusions_explained_check
        CHECK ((explanation IS NULL) = (explained_at IS NULL) AND (explained_by_id IS NULL OR explained_at IS NOT NULL))
);

CREATE INDEX payroll_exclusions_employee_idx ON payroll_exclusions (tenant_id, employee_id);
CREATE INDEX payroll_exclusions_explained_by_idx ON payroll_exclusions (tenant_id, explained_by_id);

ALTER TABLE payroll_exclusions ENABLE ROW LEVEL SECURITY;
ALTER TABLE payroll_exclusions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payroll_exclusions
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON payroll_exclusions TO lectern_service;

COMMENT ON TABLE payroll_exclusions IS
    'A person whose entries stay out of a batch, and why. A batch is locked only when each is explained.';
COMMENT ON COLUMN payroll_exclusions.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN payroll_exclusions.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN payroll_exclusions.batch_id IS 'The batch.';
COMMENT ON COLUMN payroll_exclusions.employee_id IS 'The person.';
COMMENT ON COLUMN payroll_exclusions.reason_code IS 'Why the person cannot be paid.';
COMMENT ON COLUMN payroll_exclusions.detail IS 'More about it.';
COMMENT ON COLUMN payroll_exclusions.entry_count IS 'Entries that stay out.';
COMMENT ON COLUMN payroll_exclusions.total_minor IS 'Their sum in minor units of the currency of the batch.';
COMMENT ON COLUMN payroll_exclusions.explanation IS 'What is being done about it; null: not explained yet.';
COMMENT ON COLUMN payroll_exclusions.explained_at IS 'When it was explained.';
COMMENT ON COLUMN payroll_exclusions.explained_by_id IS 'Who explained it; null: the system (a negative total carried forward).';
COMMENT ON COLUMN payroll_exclusions.created_at IS 'When the row was made.';
COMMENT ON COLUMN payroll_exclusions.updated_at IS 'When the row was last changed.';

CREATE TABLE payroll_acknowledgements (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    batch_id uuid NOT NULL,
    consumer text NOT NULL,
    external_run_id text NOT NULL,
    is_final boolean NOT NULL,
    line_count integer NOT NULL,
    total_minor bigint NOT NULL,
    body_sha256 bytea NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT payroll_acknowledgements_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT payroll_acknowledgements_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT payroll_acknowledgements_batch_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES payroll_batches (tenant_id, id),
    CONSTRAINT payroll_acknowledgements_run_key UNIQUE (tenant_id, batch_id, consumer, external_run_id),
    CONSTRAINT payroll_acknowledgements_consumer_check CHECK (char_length(consumer) BETWEEN 1 AND 100),
    CONSTRAINT payroll_acknowledgements_external_run_id_check CHECK (char_length(external_run_id) BETWEEN 1 AND 128),
    CONSTRAINT payroll_acknowledgements_line_count_check CHECK (line_count >= 0),
    CONSTRAINT payroll_acknowledgements_body_sha256_check CHECK (octet_length(body_sha256) = 32)
);

ALTER TABLE payroll_acknowledgements ENABLE ROW LEVEL SECURITY;
ALTER TABLE payroll_acknowledgements FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payroll_acknowledgements
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON payroll_acknowledgements TO lectern_service;

COMMENT ON TABLE payroll_acknowledgements IS
    'An answer of the payroll system about a batch; the same run twice is one answer.';
COMMENT ON COLUMN payroll_acknowledgements.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN payroll_acknowledgements.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN payroll_acknowledgements.batch_id IS 'The batch.';
COMMENT ON COLUMN payroll_acknowledgements.consumer IS 'Who answers: id of the client.';
COMMENT ON COLUMN payroll_acknowledgements.external_run_id IS 'Id of the payroll run there.';
COMMENT ON COLUMN payroll_acknowledgements.is_final IS 'Whether it answers for the whole batch.';
COMMENT ON COLUMN payroll_acknowledgements.line_count IS 'Its own control total: lines.';
COMMENT ON COLUMN payroll_acknowledgements.total_minor IS 'Its own control total: sum in minor units.';
COMMENT ON COLUMN payroll_acknowledgements.body_sha256 IS
    'SHA-256 of what was sent, to tell a retry from another answer under the same id.';
COMMENT ON COLUMN payroll_acknowledgements.received_at IS 'When it arrived.';

CREATE TABLE payroll_acknowledgement_lines (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    acknowledgement_id uuid NOT NULL,
    line_id uuid NOT NULL,
    outcome text NOT NULL,
    reason text,
    external_reference text,
    CONSTRAINT payroll_acknowledgement_lines_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT payroll_acknowledgement_lines_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT payroll_acknowledgement_lines_acknowledgement_fkey
        FOREIGN KEY (tenant_id, acknowledgement_id) REFERENCES payroll_acknowledgements (tenant_id, id),
    CONSTRAINT payroll_acknowledgement_lines_line_fkey FOREIGN KEY (tenant_id, line_id) REFERENCES payroll_lines (tenant_id, id),
    CONSTRAINT payroll_acknowledgement_lines_line_key UNIQUE (tenant_id, acknowledgement_id, line_id),
    CONSTRAINT payroll_acknowledgement_lines_outcome_check CHECK (outcome IN ('accepted', 'rejected', 'paid')),
    CONSTRAINT payroll_acknowledgement_lines_reason_check CHECK (char_length(reason) BETWEEN 1 AND 500),
    CONSTRAINT payroll_acknowledgement_lines_rejected_check CHECK ((outcome = 'rejected') = (reason IS NOT NULL)),
    CONSTRAINT payroll_acknowledgement_lines_external_reference_check CHECK (char_length(external_reference) BETWEEN 1 AND 255),
    CONSTRAINT payroll_acknowledgement_lines_paid_check CHECK (outcome <> 'paid' OR external_reference IS NOT NULL)
);

CREATE INDEX payroll_acknowledgement_lines_line_idx ON payroll_acknowledgement_lines (tenant_id, line_id);

ALTER TABLE payroll_acknowledgement_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE payroll_acknowledgement_lines FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON payroll_acknowledgement_lines
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON payroll_acknowledgement_lines TO lectern_service;

COMMENT ON TABLE payroll_acknowledgement_lines IS
    'What payroll says about one line.';
COMMENT ON COLUMN payroll_acknowledgement_lines.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN payroll_acknowledgement_lines.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN payroll_acknowledgement_lines.acknowledgement_id IS 'The answer it is part of.';
COMMENT ON COLUMN payroll_acknowledgement_lines.line_id IS 'The line.';
COMMENT ON COLUMN payroll_acknowledgement_lines.outcome IS 'Taken over, refused, or paid.';
COMMENT ON COLUMN payroll_acknowledgement_lines.reason IS 'Why it was refused.';
COMMENT ON COLUMN payroll_acknowledgement_lines.external_reference IS 'What it is called there, when paid.';


ALTER TABLE reward_entry_events
    ADD CONSTRAINT reward_entry_events_batch_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES payroll_batches (tenant_id, id),
    ADD CONSTRAINT reward_entry_events_line_fkey FOREIGN KEY (tenant_id, line_id) REFERENCES payroll_lines (tenant_id, id);
