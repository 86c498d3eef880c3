"""The close of a month, against one bare statement that gathers and stores the same inputs."""

import time

from lab import RUNS, Failed, identity, months

# The inputs of every lecturer, as a close freezes them, in a table without indexes, keys or checks.
BARE = """CREATE TABLE bare (tenant_id uuid, employee_id uuid, employee_number text, department_id uuid, inputs jsonb);
INSERT INTO bare
WITH held AS (
  SELECT s.* FROM sessions s
   WHERE s.tenant_id = '{tenant}' AND s.programme_id = '{programme}' AND s.state = 'delivered'
     AND s.delivered_start >= '{starts_on}'::timestamp AT TIME ZONE 'Asia/Shanghai'
     AND s.delivered_start < ('{starts_on}'::timestamp + interval '1 month') AT TIME ZONE 'Asia/Shanghai'),
rated AS (
  SELECT f.session_id, jsonb_agg(jsonb_build_object('scale', f.scale, 'n', f.n, 'sum', f.sum::text)) AS ratings
    FROM (SELECT f.session_id, f.scale, count(*) AS n, sum(f.rating) AS sum
            FROM feedback f JOIN held s ON s.id = f.session_id
           WHERE f.tenant_id = '{tenant}' AND f.counts GROUP BY f.session_id, f.scale) f
   GROUP BY f.session_id),
present AS (
  SELECT r.session_id, count(*) AS n FROM attendance_records r JOIN held s ON s.id = r.session_id
   WHERE r.tenant_id = '{tenant}' AND r.state = 'present' GROUP BY r.session_id),
applied AS (
  SELECT a.session_id, count(*) AS n FROM application_cases a JOIN held s ON s.id = a.session_id
   WHERE a.tenant_id = '{tenant}' AND a.state = 'confirmed' AND a.voided_at IS NULL GROUP BY a.session_id),
taught AS (
  SELECT l.employee_id, jsonb_agg(jsonb_build_object(
             'session_id', s.id, 'state', s.state, 'kind', s.kind, 'minutes', s.delivered_minutes,
             'attendees', coalesce(present.n, s.head_count, 0), 'credit', l.credit::text, 'on_time', s.submitted_at <= s.due_at,
             'confirmed_cases', coalesce(applied.n, 0), 'ratings', coalesce(rated.ratings, '[]'), 'items', '[]'::jsonb)) AS sessions
    FROM held s
    JOIN session_lecturers l ON l.tenant_id = '{tenant}' AND l.session_id = s.id
    LEFT JOIN rated ON rated.session_id = s.id
    LEFT JOIN present ON present.session_id = s.id
    LEFT JOIN applied ON applied.session_id = s.id
   GROUP BY l.employee_id),
reused AS (
  SELECT a.employee_id, jsonb_agg(jsonb_build_object('content_id', c.id, 'reused_by', (
             SELECT count(DISTINCT r.employee_id) FROM reuse_events r
              WHERE r.tenant_id = '{tenant}' AND r.content_id = c.id AND r.voided_at IS NULL))) AS contents
    FROM contents c JOIN content_authors a ON a.tenant_id = '{tenant}' AND a.content_id = c.id
   WHERE c.tenant_id = '{tenant}' AND c.programme_id = '{programme}' GROUP BY a.employee_id),
absent AS (
  SELECT b.employee_id, sum(b.ends_on - b.starts_on + 1) AS days FROM absences b
   WHERE b.tenant_id = '{tenant}' AND b.ends_on >= '{starts_on}' AND b.starts_on < '{starts_on}'::date + interval '1 month'
   GROUP BY b.employee_id),
sent AS (
  SELECT v.employee_id, jsonb_object_agg(v.key, v.value::text) AS external FROM external_metric_values v
   WHERE v.tenant_id = '{tenant}' AND v.programme_id = '{programme}' AND v.period = left('{starts_on}', 7) GROUP BY v.employee_id)
SELECT e.tenant_id, e.id, e.employee_number, d.id, jsonb_build_object(
           'employee_id', e.id, 'employee_number', e.employee_number, 'days', 30, 'exempt_days', coalesce(absent.days, 0),
           'department', jsonb_build_object('department_id', d.id, 'code', d.code), 'sessions', coalesce(taught.sessions, '[]'),
           'contents', coalesce(reused.contents, '[]'), 'external', coalesce(sent.external, '{{}}'))
  FROM lecturer_group_memberships g
  JOIN employees e ON e.tenant_id = '{tenant}' AND e.id = g.employee_id
  JOIN lecturers l ON l.tenant_id = '{tenant}' AND l.employee_id = e.id
  LEFT JOIN department_memberships m ON m.tenant_id = '{tenant}' AND m.employee_id = e.id AND m.valid_to IS NULL
  LEFT JOIN departments d ON d.tenant_id = '{tenant}' AND d.id = m.department_id
  LEFT JOIN taught ON taught.employee_id = e.id
  LEFT JOIN reused ON reused.employee_id = e.id
  LEFT JOIN absent ON absent.employee_id = e.id
  LEFT JOIN sent ON sent.employee_id = e.id
 WHERE g.tenant_id = '{tenant}'"""


def rows(lab, run):
    """Seconds of the close, of its limit, and the most memory meanwhile."""
    tenant = lab.database.run("-c", f"SELECT id FROM tenants WHERE code = '{lab.company}'")
    programme, period = identity(4, 4), f"{months(RUNS + 1)[run - 1]:%Y-%m}"
    lab.database.file("month.sql", company=lab.company, people=lab.people, seed=run, number=4, ratings=lab.ratings // 2, starts_on=f"{period}-01")
    bare = lab.database.seconds(BARE.format(tenant=tenant, programme=programme, starts_on=f"{period}-01"))
    lab.service.forget_memory()
    started = time.monotonic()
    closed = lab.service.job(f"/v1/programmes/{programme}/periods/{period}/close", {"force": True, "reason": "A month of the bench"})
    seconds = time.monotonic() - started
    if closed["lecturer_count"] != lab.people:
        raise Failed(f"closed: {closed}")
    yield f"close a month, {lab.people * lab.ratings} ratings", seconds, bare, lab.service.memory("VmHWM")
