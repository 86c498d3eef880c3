-- A company's people: :people lecturers in 100 departments, and a programme. For psql, as the owner of the schema. The company and its
-- administrator are there already.

\set ON_ERROR_STOP 1
SELECT id AS tenant FROM tenants WHERE code = :'company' \gset
SELECT set_config('app.tenant_id', :'tenant', false) \gset ignored_

-- Ids as the service makes them: in the order of time, and different for each kind of row.
CREATE FUNCTION pg_temp.id(kind integer, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT ('0198' || lpad(to_hex(kind), 4, '0') || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid
$$;

INSERT INTO departments (tenant_id, id, code, name, cost_centre, created_at, updated_at)
SELECT :'tenant', pg_temp.id(1, n), 'B' || n, 'Department ' || n, 'CC-' || n, now(), now() FROM generate_series(1, 100) n;
INSERT INTO employees (tenant_id, id, employee_number, name, created_at, updated_at)
SELECT :'tenant', pg_temp.id(2, n), 'B' || n, '讲师 ' || n, now(), now() FROM generate_series(0, :people) n;
INSERT INTO department_memberships (tenant_id, id, employee_id, department_id, valid_from, created_at, updated_at)
SELECT :'tenant', pg_temp.id(3, n), pg_temp.id(2, n), pg_temp.id(1, 1 + n % 100), '2020-01-01', now(), now()
  FROM generate_series(1, :people) n;
INSERT INTO programmes (tenant_id, id, code, name, state, time_zone, currency, cycle, feedback_mode, pays_from_on, created_at, updated_at)
VALUES (:'tenant', pg_temp.id(4, 1), 'bench', 'Bench', 'active', 'Asia/Shanghai', 'CNY', 'month', 'named', '2000-01-01', now(), now());
