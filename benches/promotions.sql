-- Closed months for promotions: :months months before the one that begins on :this_month, in a programme of their own, with a result of
-- each of the company's :people lecturers in each of them, and the policy that asks for six excellent ones. One in twenty was suspended.

\set ON_ERROR_STOP 1
-- The rows fit together as they are made: looking up each reference of millions of them would take most of the time.
SET session_replication_role = replica;
\ir ids.sql
SELECT id AS tenant FROM tenants WHERE code = :'company' \gset
SELECT set_config('app.tenant_id', :'tenant', false) \gset ignored_

INSERT INTO programmes (tenant_id, id, code, name, state, time_zone, currency, cycle, feedback_mode, pays_from_on, created_at, updated_at)
VALUES (:'tenant', pg_temp.id(4, 5), 'promoted', 'Promoted', 'active', 'Asia/Shanghai', 'CNY', 'month', 'named', '2000-01-01', now(), now());
INSERT INTO scoring_rules (tenant_id, id, programme_id, version, starts_period, starts_on, document, maker_id, checker_id, published_at,
                           created_at, updated_at)
SELECT :'tenant', pg_temp.id(12, 5), pg_temp.id(4, 5), 1, '2020-01', '2020-01-01', r.document - 'groups', r.maker_id, r.checker_id, now(), now(), now()
  FROM scoring_rules r WHERE r.tenant_id = :'tenant' AND r.id = pg_temp.id(12, 4);
INSERT INTO periods (tenant_id, id, programme_id, period, starts_on, ends_on, starts_at, ends_at, state, closed_at, created_at, updated_at,
                     snapshot_id)
SELECT :'tenant', pg_temp.id(5, 1000 + m), pg_temp.id(4, 5), to_char(at.starts_on, 'YYYY-MM'), at.starts_on, at.starts_on + interval '1 month',
       at.starts_on::timestamp AT TIME ZONE 'Asia/Shanghai', (at.starts_on + interval '1 month') AT TIME ZONE 'Asia/Shanghai', 'closed', now(),
       now(), now(), pg_temp.id(40, m)
  FROM generate_series(1, :months) m, LATERAL (SELECT (:'this_month'::date - m * interval '1 month')::date) AS at (starts_on);
INSERT INTO snapshots (tenant_id, id, period_id, number, rule_id, settings, digest, lecturer_count, rated_count, reward_total_minor, currency,
                       closed_at, closed_by_kind, closed_by_id)
SELECT :'tenant', pg_temp.id(40, m), pg_temp.id(5, 1000 + m), 1, pg_temp.id(12, 5), '{}', repeat('0', 64), :people, :people, 0, 'CNY', now(),
       'system', '00000000-0000-0000-0000-000000000000'
  FROM generate_series(1, :months) m;
-- Every eighth lecturer is always excellent, the others in seven of ten months; one of fifty results is none. A lecturer's rows lie as a
-- close writes them: one month after the other.
INSERT INTO snapshot_lecturers (tenant_id, id, snapshot_id, employee_id, employee_number, department_id, inputs, card, status, reason, score,
                                grade)
SELECT :'tenant', pg_temp.id(41, m * 1000000::bigint + n), pg_temp.id(40, m), pg_temp.id(2, n), 'B' || n, pg_temp.id(1, 1 + n % 100),
       jsonb_build_object('employee_id', pg_temp.id(2, n), 'employee_number', 'B' || n, 'days', 30, 'exempt_days', 0, 'sessions', jsonb_build_array(
           jsonb_build_object('session_id', pg_temp.id(13, n), 'state', 'delivered', 'kind', 'assigned', 'minutes', 60, 'attendees', 20,
                              'credit', '1', 'on_time', true, 'confirmed_cases', 0, 'ratings', '[]'::jsonb, 'items', '[]'::jsonb))),
       jsonb_build_object('metrics', jsonb_build_object(
           'session_count', jsonb_build_object('value', '2.000000', 'n', 2), 'feedback_rating', jsonb_build_object('value', '8.250000', 'n', 100))),
       CASE WHEN luck.none THEN 'not_rated' ELSE 'rated' END, CASE WHEN luck.none THEN 'exempt' END,
       CASE WHEN NOT luck.none THEN CASE WHEN luck.excellent THEN 95.5 ELSE 80.25 END END,
       CASE WHEN NOT luck.none THEN CASE WHEN luck.excellent THEN 'excellent' ELSE 'good' END END
  FROM generate_series(1, :months) m, generate_series(1, :people) n,
       LATERAL (SELECT abs(hashint8extended(m * 1000000::bigint + n, 30) % 100)) AS thrown (number),
       LATERAL (SELECT thrown.number >= 98, n % 8 = 0 OR thrown.number < 70) AS luck (none, excellent);
INSERT INTO absences (tenant_id, id, employee_id, kind, starts_on, ends_on, source, created_at, updated_at)
SELECT :'tenant', pg_temp.id(42, n), pg_temp.id(2, n), 'suspension', '2021-03-01', '2021-03-31', 'bench', now(), now()
  FROM generate_series(20, :people, 20) n;
INSERT INTO promotion_policies (tenant_id, id, target_code, version, name, document, maker_id, checker_id, published_at, created_at, updated_at)
VALUES (:'tenant', pg_temp.id(43, 1), 'department-manager', 1, '部门经理',
        jsonb_build_object('kind', 'all', 'criteria', jsonb_build_array(
            jsonb_build_object('kind', 'tenure', 'months', 6),
            jsonb_build_object('kind', 'grades', 'periods', 6, 'every', 'excellent', 'within_months', 12, 'programme_id', pg_temp.id(4, 5)))),
        pg_temp.id(2, 0), pg_temp.id(2, 1), now(), now(), now());
ANALYZE programmes, periods, snapshots, snapshot_lecturers, absences, promotion_policies;
