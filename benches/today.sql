-- What is rated now: :sessions sessions of the programme with :number that have just taken place, each with the same :learners learners. They
-- are numbered from :first on. Sessions without learners only take up bare rows.

\set ON_ERROR_STOP 1
\ir ids.sql
SELECT id AS tenant FROM tenants WHERE code = :'company' \gset
SELECT set_config('app.tenant_id', :'tenant', false) \gset ignored_

INSERT INTO sessions (tenant_id, id, programme_id, title, kind, mode, state, scheduled_start, scheduled_minutes, delivered_start,
                      delivered_minutes, delivery_confirmed_at, attendance_recorded_at, created_at, updated_at)
SELECT :'tenant', pg_temp.id(16, :first + n), pg_temp.id(4, :number), '今天 ' || n, 'assigned', 'on_site', 'delivered', start, 60, start, 60, now(),
       now(), now(), now()
  FROM generate_series(0, :sessions - 1) n, LATERAL (SELECT now() - interval '2 hours') AS at (start);
INSERT INTO session_lecturers (tenant_id, id, session_id, employee_id, credit, created_at, starts_at)
SELECT :'tenant', pg_temp.id(17, :first + n), pg_temp.id(16, :first + n), pg_temp.id(2, 1 + :learners + n % (:people - :learners)), 1, now(),
       now() - interval '2 hours'
  FROM generate_series(0, :sessions - 1) n;
INSERT INTO attendance_records (tenant_id, id, session_id, employee_id, state, source, recorded_at, created_at, updated_at)
SELECT :'tenant', pg_temp.id(18, (:first + n) * 256 + l), pg_temp.id(16, :first + n), pg_temp.id(2, 1 + l), 'present', 'door', now(), now(), now()
  FROM generate_series(0, :sessions - 1) n, generate_series(0, :learners - 1) l;
-- The service leaves a mark with every session that has taken place. A rating has only the feedback of its session read anew, so without
-- that mark the session would not be in the results at all.
INSERT INTO live_marks (tenant_id, id, marked_at, session_id)
SELECT :'tenant', gen_random_uuid(), now(), pg_temp.id(16, :first + n) FROM generate_series(0, :sessions - 1) n WHERE :learners > 0;
ANALYZE sessions, session_lecturers, attendance_records;
