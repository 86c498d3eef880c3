-- A company's people: :people lecturers in 100 departments, a programme for rewards, two that score them from the month that begins on
-- :this_month on, and one whose months from :first_month on are closed. For psql, as the owner of the schema. The company and its
-- administrator are there already.

\set ON_ERROR_STOP 1
SELECT id AS tenant FROM tenants WHERE code = :'company' \gset
SELECT set_config('app.tenant_id', :'tenant', false) \gset ignored_
\ir ids.sql

INSERT INTO departments (tenant_id, id, code, name, cost_centre, is_ranking_unit, created_at, updated_at)
SELECT :'tenant', pg_temp.id(1, n), 'B' || n, 'Department ' || n, 'CC-' || n, true, now(), now() FROM generate_series(1, 100) n;
INSERT INTO employees (tenant_id, id, employee_number, name, hired_on, created_at, updated_at)
SELECT :'tenant', pg_temp.id(2, n), 'B' || n, '讲师 ' || n, '2020-01-01', now(), now() FROM generate_series(0, :people) n;
INSERT INTO department_memberships (tenant_id, id, employee_id, department_id, valid_from, created_at, updated_at)
SELECT :'tenant', pg_temp.id(3, n), pg_temp.id(2, n), pg_temp.id(1, 1 + n % 100), '2020-01-01', now(), now()
  FROM generate_series(1, :people) n;
INSERT INTO programmes (tenant_id, id, code, name, state, time_zone, currency, cycle, feedback_mode, pays_from_on, created_at, updated_at)
VALUES (:'tenant', pg_temp.id(4, 1), 'bench', 'Bench', 'active', 'Asia/Shanghai', 'CNY', 'month', 'named', '2000-01-01', now(), now()),
       (:'tenant', pg_temp.id(4, 2), 'scored', 'Scored', 'active', 'Asia/Shanghai', 'CNY', 'month', 'named', '2000-01-01', now(), now()),
       (:'tenant', pg_temp.id(4, 3), 'confidential', 'Confidential', 'active', 'Asia/Shanghai', 'CNY', 'month', 'confidential', '2000-01-01',
        now(), now()),
       (:'tenant', pg_temp.id(4, 4), 'closed', 'Closed', 'active', 'Asia/Shanghai', 'CNY', 'month', 'named', '2000-01-01', now(), now());

INSERT INTO lecturer_groups (tenant_id, id, code, name, created_at, updated_at)
VALUES (:'tenant', pg_temp.id(8, 1), 'ALL', 'All', now(), now());
INSERT INTO lecturers (tenant_id, id, employee_id, appointed_on, created_at, updated_at)
SELECT :'tenant', pg_temp.id(9, n), pg_temp.id(2, n), '2020-01-01', now(), now() FROM generate_series(1, :people) n;
INSERT INTO lecturer_group_memberships (tenant_id, id, employee_id, group_id, valid_from, created_at, updated_at)
SELECT :'tenant', pg_temp.id(10, n), pg_temp.id(2, n), pg_temp.id(8, 1), '2020-01-01', now(), now() FROM generate_series(1, :people) n;
INSERT INTO programme_groups (tenant_id, id, programme_id, group_id, created_at)
SELECT :'tenant', pg_temp.id(11, n), pg_temp.id(4, n), pg_temp.id(8, 1), now() FROM generate_series(2, 4) n;
-- Sessions and ratings.
INSERT INTO scoring_rules (tenant_id, id, programme_id, version, starts_period, starts_on, document, maker_id, checker_id, published_at,
                           created_at, updated_at)
SELECT :'tenant', pg_temp.id(12, n), pg_temp.id(4, n), 1, to_char(begins.starts_on, 'YYYY-MM'), begins.starts_on,
       jsonb_build_object(
           'groups', jsonb_build_array(pg_temp.id(8, 1)), 'min_session_minutes', 30, 'min_weight_present_bp', 5000,
           'components', '[{"metric": "session_count", "weight_bp": 3000, "curve": {"kind": "linear", "to": 4}},
                           {"metric": "feedback_rating", "weight_bp": 7000, "curve": {"kind": "linear", "to": 10}}]'::jsonb,
           'grades', '[{"code": "excellent", "at_least": 90}, {"code": "good", "at_least": 75}, {"code": "fail", "at_least": 0}]'::jsonb),
       pg_temp.id(2, 0), pg_temp.id(2, 1), now(), now(), now()
  FROM generate_series(2, 4) n, LATERAL (SELECT CASE n WHEN 4 THEN :'first_month'::date ELSE :'this_month' END) AS begins (starts_on);
ANALYZE departments, employees, department_memberships, lecturers, lecturer_group_memberships;
