"""The close of a month, against one bare statement that gathers the same inputs."""

import time

from lab import RUNS, Failed, identity, months

# The sums of the ratings of each session, by lecturer.
BARE = """CREATE TEMP TABLE bare ON COMMIT DROP AS
SELECT l.employee_id, jsonb_agg(jsonb_build_object('session_id', s.id, 'minutes', s.delivered_minutes, 'credit', l.credit, 'n', f.n,
                                                   'scale', f.scale, 'sum', f.sum)) AS inputs
  FROM sessions s
  JOIN session_lecturers l ON l.tenant_id = s.tenant_id AND l.session_id = s.id
  JOIN (SELECT session_id, scale, count(*) AS n, sum(rating) AS sum FROM feedback
         WHERE tenant_id = '{tenant}' AND counts GROUP BY session_id, scale) f ON f.session_id = s.id
 WHERE s.tenant_id = '{tenant}' AND s.programme_id = '{programme}' AND s.state = 'delivered'
   AND s.delivered_start >= '{starts_on}'::timestamp AT TIME ZONE 'Asia/Shanghai'
   AND s.delivered_start < ('{starts_on}'::timestamp + interval '1 month') AT TIME ZONE 'Asia/Shanghai'
 GROUP BY l.employee_id"""


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
