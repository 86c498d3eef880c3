-- A month of the programme with :number: two sessions of each of the company's :people lecturers, with :ratings ratings each, given by
-- :seed. The month begins on :starts_on; every session has taken place, and attendance has confirmed it.

\set ON_ERROR_STOP 1
-- The rows fit together as they are made: looking up each reference of millions of them would take most of the time.
SET session_replication_role = replica;
\ir ids.sql
SELECT id AS tenant FROM tenants WHERE code = :'company' \gset
SELECT set_config('app.tenant_id', :'tenant', false), to_char(:'starts_on'::date, 'YYMM')::bigint * 100000000 AS base \gset

INSERT INTO sessions (tenant_id, id, programme_id, title, kind, mode, state, scheduled_start, scheduled_minutes, delivered_start,
                      delivered_minutes, delivery_confirmed_at, attendance_recorded_at, created_at, updated_at)
SELECT :'tenant', pg_temp.id(13, :base + n), pg_temp.id(4, :number), '分享 ' || n, 'assigned', 'on_site', 'delivered', start, 60, start, 60,
       start, start, start, start
  FROM generate_series(0, 2 * :people - 1) n,
       LATERAL (SELECT (:'starts_on'::timestamp + n / :people * interval '1 day' + interval '14 hours') AT TIME ZONE 'Asia/Shanghai') AS at (start);
INSERT INTO session_lecturers (tenant_id, id, session_id, employee_id, credit, created_at, starts_at)
SELECT :'tenant', pg_temp.id(14, :base + n), pg_temp.id(13, :base + n), pg_temp.id(2, 1 + n % :people), 1, now(), at.start
  FROM generate_series(0, 2 * :people - 1) n,
       LATERAL (SELECT (:'starts_on'::timestamp + n / :people * interval '1 day' + interval '14 hours') AT TIME ZONE 'Asia/Shanghai') AS at (start);
INSERT INTO feedback (tenant_id, id, session_id, learner_id, rating, scale, items, received_at, source, counts)
SELECT :'tenant', pg_temp.id(15, (:base + n) * 256 + r), pg_temp.id(13, :base + n), pg_temp.id(2, 1 + (n + 1 + r) % :people),
       1 + abs(hashint8extended((:base + n) * 256 + r, :seed) % 10), 10, '[]', at.start + interval '1 hour', 'live', true
  FROM generate_series(0, 2 * :people - 1) n,
       LATERAL (SELECT (:'starts_on'::timestamp + n / :people * interval '1 day' + interval '14 hours') AT TIME ZONE 'Asia/Shanghai') AS at (start),
       generate_series(0, :ratings - 1) r;
ANALYZE sessions, session_lecturers, feedback;
