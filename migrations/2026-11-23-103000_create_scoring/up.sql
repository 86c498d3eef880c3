-- Facts that only scoring reads. Scores themselves are not stored while a period is open.

CREATE TABLE external_metric_values (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    programme_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    period text NOT NULL,
    key text NOT NULL,
    value numeric(20,6) NOT NULL,
    received_at timestamptz NOT NULL,
    source text NOT NULL,
    CONSTRAINT external_metric_values_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT external_metric_values_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT external_metric_values_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT external_metric_values_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT external_metric_values_period_check CHECK (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    CONSTRAINT external_metric_values_key_check CHECK (char_length(key) BETWEEN 1 AND 64),
    CONSTRAINT external_metric_values_source_check CHECK (char_length(source) BETWEEN 1 AND 64)
);

CREATE INDEX external_metric_values_latest_idx
    ON external_metric_values (tenant_id, programme_id, period, employee_id, key, received_at DESC, id DESC);
CREATE INDEX external_metric_values_employee_idx ON external_metric_values (tenant_id, employee_id);

ALTER TABLE external_metric_values ENABLE ROW LEVEL SECURITY;
ALTER TABLE external_metric_values FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON external_metric_values
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON external_metric_values TO lectern_service;

COMMENT ON TABLE external_metric_values IS
    'A number that an outside system sent about a lecturer and period; the one received last is in force, the others are history.';
COMMENT ON COLUMN external_metric_values.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN external_metric_values.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN external_metric_values.programme_id IS 'The programme.';
COMMENT ON COLUMN external_metric_values.employee_id IS 'The lecturer.';
COMMENT ON COLUMN external_metric_values.period IS 'The period it is about (2026-03, 2026-Q1, 2026).';
COMMENT ON COLUMN external_metric_values.key IS 'Key of the metric, external:KEY in rules.';
COMMENT ON COLUMN external_metric_values.value IS 'The value, rounded half up to 6 decimals like every metric.';
COMMENT ON COLUMN external_metric_values.received_at IS 'When it arrived.';
COMMENT ON COLUMN external_metric_values.source IS 'Which system sent it.';
