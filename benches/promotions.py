"""Who of all lecturers may be promoted, against one bare statement that finds the same people in the same rows."""

import http.client

from lab import Failed, identity, months

# The closed months, as many as the policy looks back.
MONTHS = 12
PATH = "/v1/promotion-targets/department-manager/eligible-lecturers/export"
# Of the latest six rated months all excellent, and half a year after the appointment, without the days of suspension.
BARE = """WITH latest AS (
  SELECT r.employee_id, r.grade, row_number() OVER (PARTITION BY r.employee_id ORDER BY p.starts_on DESC) AS place
    FROM periods p
    JOIN snapshot_lecturers r ON r.tenant_id = '{tenant}' AND r.snapshot_id = p.snapshot_id
   WHERE p.tenant_id = '{tenant}' AND p.programme_id = '{programme}' AND p.starts_on >= '{first}' AND p.starts_on < '{this}'
     AND r.status = 'rated'),
excellent AS (
  SELECT employee_id FROM latest WHERE place <= 6 GROUP BY employee_id HAVING count(*) = 6 AND bool_and(grade = 'excellent')),
suspended AS (
  SELECT a.employee_id, sum(a.ends_on - a.starts_on + 1) AS days FROM absences a
   WHERE a.tenant_id = '{tenant}' AND a.kind = 'suspension' GROUP BY a.employee_id)
SELECT {columns}
  FROM excellent x
  JOIN lecturers l ON l.tenant_id = '{tenant}' AND l.employee_id = x.employee_id AND l.ended_on IS NULL
  JOIN employees e ON e.tenant_id = '{tenant}' AND e.id = l.employee_id
  LEFT JOIN suspended s ON s.employee_id = l.employee_id
 WHERE (l.appointed_on + interval '6 months')::date + coalesce(s.days, 0)::integer <= current_date"""


def prepare(lab):
    """Closed months of everybody, and the policy."""
    this_month = months(1)[0]
    lab.database.file("promotions.sql", company=lab.company, people=lab.people, months=MONTHS, this_month=this_month)


def found(service, path):
    """How many lines the file has."""
    connection = http.client.HTTPConnection(service.url.hostname, service.url.port, timeout=3600)
    connection.request("GET", path, headers={"authorization": f"Bearer {service.admin()}"})
    answer = connection.getresponse()
    lines = 0
    while part := answer.read(1 << 20):
        lines += part.count(b"\n")
    connection.close()
    if answer.status != 200:
        raise Failed(f"{path}: {answer.status}")
    return lines


def rows(lab, run):
    """Seconds of the list as a table, of its limit, and the most memory meanwhile."""
    tenant = lab.database.run("-c", f"SELECT id FROM tenants WHERE code = '{lab.company}'")
    first, *_, this = months(MONTHS + 1)
    given = {"tenant": tenant, "programme": identity(4, 5), "first": first, "this": this}
    if run == 1:
        expected = int(lab.database.run("-c", BARE.format(columns="count(*)", **given)))
        # Below the head.
        told = found(lab.service, PATH) - 1
        if told != expected or not 0 < told < lab.people:
            raise Failed(f"{told} lecturers may be promoted, instead of {expected}")
    bare = lab.database.seconds(BARE.format(columns="e.id, e.employee_number, e.name, l.appointed_on", **given))
    lab.service.forget_memory()
    seconds, _, _ = lab.service.call("GET", PATH)
    yield f"who may be promoted, of {lab.people} lecturers in {MONTHS} months", seconds, bare, lab.service.memory("VmHWM")
