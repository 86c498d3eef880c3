-- The ledger. Balances are sums over it and are never stored as the truth.

CREATE TABLE reward_entries (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    programme_id uuid NOT NULL,
    snapshot_id uuid,
    policy_set_id uuid,
    policy_code text,
    session_id uuid,
    earned_period text NOT NULL,
    pay_item_code text NOT NULL,
    kind text NOT NULL,
    amount_minor bigint NOT NULL,
    currency char(3) NOT NULL,
    corrects_id uuid,
    reason_code text NOT NULL,
    reason_params jsonb NOT NULL DEFAULT '{}',
    reason_text text,
    maker_kind text NOT NULL,
    maker_id uuid NOT NULL,
    caused_by_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT reward_entries_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT reward_entries_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT reward_entries_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT reward_entries_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT reward_entries_snapshot_fkey FOREIGN KEY (tenant_id, snapshot_id) REFERENCES snapshots (tenant_id, id),
    CONSTRAINT reward_entries_policy_set_fkey FOREIGN KEY (tenant_id, policy_set_id) REFERENCES reward_policy_sets (tenant_id, id),
    CONSTRAINT reward_entries_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT reward_entries_corrects_fkey FOREIGN KEY (tenant_id, corrects_id) REFERENCES reward_entries (tenant_id, id),
    CONSTRAINT reward_entries_caused_by_fkey FOREIGN KEY (tenant_id, caused_by_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT reward_entries_maker_key UNIQUE (tenant_id, id, maker_id),
    CONSTRAINT reward_entries_policy_code_check CHECK (char_length(policy_code) BETWEEN 1 AND 64),
    CONSTRAINT reward_entries_origin_check
        CHECK ((snapshot_id IS NULL) = (policy_set_id IS NULL) AND (snapshot_id IS NULL) = (policy_code IS NULL) AND
        (session_id IS NULL OR snapshot_id IS NOT NULL)),
    CONSTRAINT reward_entries_earned_period_check CHECK (earned_period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    CONSTRAINT reward_entries_pay_item_code_check CHECK (char_length(pay_item_code) BETWEEN 1 AND 64),
    CONSTRAINT reward_entries_kind_check CHECK (kind IN ('award', 'adjustment', 'reversal')),
    CONSTRAINT reward_entries_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT reward_entries_amount_minor_check CHECK (amount_minor <> 0 AND (kind <> 'award' OR amount_minor > 0)),
    CONSTRAINT reward_entries_corrects_check CHECK (corrects_id <> id AND (kind <> 'award' OR corrects_id IS NULL)),
    CONSTRAINT reward_entries_reversal_check CHECK (kind <> 'reversal' OR corrects_id IS NOT NULL),
    CONSTRAINT reward_entries_reason_code_check CHECK (char_length(reason_code) BETWEEN 1 AND 64),
    CONSTRAINT reward_entries_reason_params_check CHECK (jsonb_typeof(reason_params) = 'object'),
    CONSTRAINT reward_entries_reason_text_check CHECK (char_length(reason_text) BETWEEN 1 AND 500),
    CONSTRAINT reward_entries_maker_kind_check CHECK (maker_kind IN ('person', 'client', 'system')),
    CONSTRAINT reward_entries_maker_check CHECK ((maker_kind = 'system') = (maker_id = '00000000-0000-0000-0000-000000000000')),
    CONSTRAINT reward_entries_manual_maker_check CHECK (snapshot_id IS NOT NULL OR maker_kind <> 'system')
);

CREATE UNIQUE INDEX reward_entries_computed_key
    ON reward_entries (tenant_id, snapshot_id, employee_id, policy_code, session_id, corrects_id) NULLS NOT DISTINCT WHERE snapshot_id IS NOT NULL;
CREATE INDEX reward_entries_employee_period_idx ON reward_entries (tenant_id, employee_id, earned_period);
CREATE INDEX reward_entries_programme_period_idx ON reward_entries (tenant_id, programme_id, earned_period);
CREATE INDEX reward_entries_snapshot_idx ON reward_entries (tenant_id, snapshot_id);
CREATE INDEX reward_entries_policy_set_idx ON reward_entries (tenant_id, policy_set_id);
CREATE INDEX reward_entries_session_idx ON reward_entries (tenant_id, session_id);
CREATE INDEX reward_entries_corrects_idx ON reward_entries (tenant_id, corrects_id);
CREATE INDEX reward_entries_caused_by_idx ON reward_entries (tenant_id, caused_by_id);

CREATE TRIGGER reward_entries_append_only BEFORE UPDATE OR DELETE ON reward_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reward_entries_no_truncate BEFORE TRUNCATE ON reward_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE reward_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE reward_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reward_entries
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON reward_entries TO lectern_service;

COMMENT ON TABLE reward_entries IS
    'Reward ledger (奖励台账): one amount promised to one person. Append-only; a correction is an entry that names the one it corrects.';
COMMENT ON COLUMN reward_entries.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN reward_entries.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN reward_entries.employee_id IS 'Who gets it.';
COMMENT ON COLUMN reward_entries.programme_id IS 'From which programme.';
COMMENT ON COLUMN reward_entries.snapshot_id IS 'The closed snapshot that it was computed from; null: awarded by hand.';
COMMENT ON COLUMN reward_entries.policy_set_id IS 'Version of the policies.';
COMMENT ON COLUMN reward_entries.policy_code IS 'The policy in it.';
COMMENT ON COLUMN reward_entries.session_id IS 'The session, for a fee.';
COMMENT ON COLUMN reward_entries.earned_period IS 'Period in which it was earned.';
COMMENT ON COLUMN reward_entries.pay_item_code IS 'Pay item under which payroll pays it.';
COMMENT ON COLUMN reward_entries.kind IS 'Granted; a difference found later; taken back whole.';
COMMENT ON COLUMN reward_entries.amount_minor IS 'Amount in minor units; negative takes back.';
COMMENT ON COLUMN reward_entries.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN reward_entries.corrects_id IS 'The entry that it corrects.';
COMMENT ON COLUMN reward_entries.reason_code IS 'Why, as a code with texts in both languages.';
COMMENT ON COLUMN reward_entries.reason_params IS 'Values that those texts name (grade, place, metric).';
COMMENT ON COLUMN reward_entries.reason_text IS 'Why, in the words of the maker.';
COMMENT ON COLUMN reward_entries.maker_kind IS
    'Who proposed it; computed entries are made by the system: person, client (a machine) or system.';
COMMENT ON COLUMN reward_entries.maker_id IS 'Id of that employee or API client; the nil UUID for the system.';
COMMENT ON COLUMN reward_entries.caused_by_id IS 'For a computed entry the person who closed; null: a machine or the system did.';
COMMENT ON COLUMN reward_entries.created_at IS 'When it was granted.';

CREATE TABLE reward_entry_events (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    entry_id uuid NOT NULL,
    seq integer NOT NULL,
    event text NOT NULL,
    maker_id uuid NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    self_approved boolean NOT NULL DEFAULT false,
    batch_id uuid,
    line_id uuid,
    reason_code text,
    reason text,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT reward_entry_events_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT reward_entry_events_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT reward_entry_events_entry_fkey
        FOREIGN KEY (tenant_id, entry_id, maker_id) REFERENCES reward_entries (tenant_id, id, maker_id),
    CONSTRAINT reward_entry_events_seq_key UNIQUE (tenant_id, entry_id, seq),
    CONSTRAINT reward_entry_events_seq_check CHECK (seq >= 1),
    CONSTRAINT reward_entry_events_event_check
        CHECK (event IN ('granted', 'held', 'released', 'approved', 'rejected', 'batched', 'unbatched', 'accepted', 'paid',
        'carried_forward', 'voided')),
    CONSTRAINT reward_entry_events_actor_kind_check CHECK (actor_kind IN ('person', 'client', 'system')),
    CONSTRAINT reward_entry_events_actor_check
        CHECK ((actor_kind = 'system') = (actor_id = '00000000-0000-0000-0000-000000000000')),
    CONSTRAINT reward_entry_events_checker_check
        CHECK (event <> 'approved' OR (actor_kind = 'person' AND (actor_id <> maker_id OR self_approved))),
    CONSTRAINT reward_entry_events_reason_code_check CHECK (char_length(reason_code) BETWEEN 1 AND 64),
    CONSTRAINT reward_entry_events_reason_check CHECK (char_length(reason) BETWEEN 1 AND 500)
);

CREATE INDEX reward_entry_events_batch_idx ON reward_entry_events (tenant_id, batch_id);
CREATE INDEX reward_entry_events_line_idx ON reward_entry_events (tenant_id, line_id);

CREATE TRIGGER reward_entry_events_append_only BEFORE UPDATE OR DELETE ON reward_entry_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reward_entry_events_no_truncate BEFORE TRUNCATE ON reward_entry_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE reward_entry_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE reward_entry_events FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON reward_entry_events
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON reward_entry_events TO lectern_service;

COMMENT ON TABLE reward_entry_events IS
    'History of the state of an entry; the last one is its state. Append-only.';
COMMENT ON COLUMN reward_entry_events.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN reward_entry_events.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN reward_entry_events.entry_id IS 'The entry.';
COMMENT ON COLUMN reward_entry_events.seq IS 'Number in the history of the entry, from 1: of two writers at once one is refused.';
COMMENT ON COLUMN reward_entry_events.event IS
    'What happened to it. rejected with a line: by payroll, and back in the pool; without: by the checker.';
COMMENT ON COLUMN reward_entry_events.maker_id IS
    'Copy of the maker of the entry, held true by the foreign key, so that the rule about the checker can be a constraint.';
COMMENT ON COLUMN reward_entry_events.actor_kind IS
    'Who did it; for approved and rejected the checker: person, client (a machine) or system.';
COMMENT ON COLUMN reward_entry_events.actor_id IS 'Id of that employee or API client; the nil UUID for the system.';
COMMENT ON COLUMN reward_entry_events.self_approved IS 'Approved by the maker under the small-company switch.';
COMMENT ON COLUMN reward_entry_events.batch_id IS 'The payroll batch concerned.';
COMMENT ON COLUMN reward_entry_events.line_id IS 'The payroll line concerned.';
COMMENT ON COLUMN reward_entry_events.reason_code IS 'Why, as a code.';
COMMENT ON COLUMN reward_entry_events.reason IS 'Why, in words.';
COMMENT ON COLUMN reward_entry_events.occurred_at IS 'When.';

CREATE TABLE certificates (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    employee_id uuid NOT NULL,
    programme_id uuid NOT NULL,
    snapshot_id uuid,
    policy_code text,
    earned_period text NOT NULL,
    certificate_code text NOT NULL,
    public_code text NOT NULL,
    issued_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoke_reason text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT certificates_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT certificates_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT certificates_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT certificates_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT certificates_snapshot_fkey FOREIGN KEY (tenant_id, snapshot_id) REFERENCES snapshots (tenant_id, id),
    CONSTRAINT certificates_policy_key UNIQUE (tenant_id, employee_id, programme_id, policy_code, earned_period),
    CONSTRAINT certificates_public_code_key UNIQUE (tenant_id, public_code),
    CONSTRAINT certificates_policy_code_check CHECK (char_length(policy_code) BETWEEN 1 AND 64),
    CONSTRAINT certificates_earned_period_check CHECK (earned_period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    CONSTRAINT certificates_certificate_code_check CHECK (char_length(certificate_code) BETWEEN 1 AND 64),
    CONSTRAINT certificates_public_code_check CHECK (char_length(public_code) BETWEEN 16 AND 64),
    CONSTRAINT certificates_revoke_reason_check CHECK (char_length(revoke_reason) BETWEEN 1 AND 500),
    CONSTRAINT certificates_revoked_check CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL)),
    CONSTRAINT certificates_version_check CHECK (version >= 1)
);

CREATE INDEX certificates_programme_idx ON certificates (tenant_id, programme_id);
CREATE INDEX certificates_snapshot_idx ON certificates (tenant_id, snapshot_id);

ALTER TABLE certificates ENABLE ROW LEVEL SECURITY;
ALTER TABLE certificates FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON certificates
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (revoked_at, revoke_reason, updated_at, version) ON certificates TO lectern_service;

COMMENT ON TABLE certificates IS
    'An e-certificate in the honour file (荣誉档案). Costs nothing, so it is no ledger entry.';
COMMENT ON COLUMN certificates.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN certificates.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN certificates.employee_id IS 'Who holds it.';
COMMENT ON COLUMN certificates.programme_id IS 'From which programme.';
COMMENT ON COLUMN certificates.snapshot_id IS 'The closed snapshot that it was computed from; null: awarded by hand.';
COMMENT ON COLUMN certificates.policy_code IS 'The policy that awarded it.';
COMMENT ON COLUMN certificates.earned_period IS 'Period in which it was earned.';
COMMENT ON COLUMN certificates.certificate_code IS 'Kind of certificate (knowledge-contribution).';
COMMENT ON COLUMN certificates.public_code IS 'Unguessable part of its public link.';
COMMENT ON COLUMN certificates.issued_at IS 'When it was issued.';
COMMENT ON COLUMN certificates.revoked_at IS 'When it was revoked; null: it is good.';
COMMENT ON COLUMN certificates.revoke_reason IS 'Why it was revoked.';
COMMENT ON COLUMN certificates.created_at IS 'When the row was made.';
COMMENT ON COLUMN certificates.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN certificates.version IS 'Counts the row''s changes from 1; the ETag is made of it.';
