-- Raising the budget of a closed period, so that what was held over it can be paid: proposed by one person, approved by another.

CREATE TABLE budget_raises (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    period_id uuid NOT NULL,
    budget_minor bigint NOT NULL,
    currency char(3) NOT NULL,
    reason text NOT NULL,
    maker_id uuid,
    checker_id uuid,
    self_approved boolean NOT NULL DEFAULT false,
    approved_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT budget_raises_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT budget_raises_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT budget_raises_period_fkey FOREIGN KEY (tenant_id, period_id) REFERENCES periods (tenant_id, id),
    CONSTRAINT budget_raises_maker_fkey FOREIGN KEY (tenant_id, maker_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT budget_raises_checker_fkey FOREIGN KEY (tenant_id, checker_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT budget_raises_budget_minor_check CHECK (budget_minor BETWEEN 0 AND 1000000000000),
    CONSTRAINT budget_raises_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT budget_raises_reason_check CHECK (char_length(reason) BETWEEN 1 AND 500),
    CONSTRAINT budget_raises_approved_check CHECK ((approved_at IS NULL) = (checker_id IS NULL)),
    CONSTRAINT budget_raises_checker_check CHECK (checker_id <> maker_id OR self_approved)
);
CREATE INDEX budget_raises_period_idx ON budget_raises (tenant_id, period_id);
CREATE INDEX budget_raises_maker_idx ON budget_raises (tenant_id, maker_id);
CREATE INDEX budget_raises_checker_idx ON budget_raises (tenant_id, checker_id);

ALTER TABLE budget_raises ENABLE ROW LEVEL SECURITY;
ALTER TABLE budget_raises FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON budget_raises
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (checker_id, self_approved, approved_at) ON budget_raises TO lectern_service;

COMMENT ON TABLE budget_raises IS 'A higher budget for one closed period. The versions of the policies stay as they are.';
COMMENT ON COLUMN budget_raises.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN budget_raises.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN budget_raises.period_id IS 'The closed period.';
COMMENT ON COLUMN budget_raises.budget_minor IS 'What the period may cost, in minor units. The greatest approved one is in force.';
COMMENT ON COLUMN budget_raises.currency IS 'ISO 4217 code of the programme''s money.';
COMMENT ON COLUMN budget_raises.reason IS 'Why it is raised.';
COMMENT ON COLUMN budget_raises.maker_id IS 'Who proposed it, or answers for the machine that did; null: a machine that nobody answers for.';
COMMENT ON COLUMN budget_raises.checker_id IS 'Who approved it; null: nobody yet.';
COMMENT ON COLUMN budget_raises.self_approved IS 'Approved by its maker under the small-company switch.';
COMMENT ON COLUMN budget_raises.approved_at IS 'When it was approved; null: not yet.';
COMMENT ON COLUMN budget_raises.created_at IS 'When it was proposed.';
