"""Ratings as they come, and what is read meanwhile: cards, boards, and who one is."""

import datetime
import random
import statistics
import time

from lab import Failed, identity

LEARNERS = 100
# The id of the row of this kind and number, as in ids.sql; `number` is an expression.
ID = "('0198' || lpad(to_hex({kind}), 4, '0') || '-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"
# The row that a rating leaves, with all that it refers to.
INSERT = f"""INSERT INTO feedback (tenant_id, id, session_id, learner_id, rule_id, rating, scale, items, received_at, source, counts,
                      admissible_until)
SELECT :tenant::uuid, gen_random_uuid(), {ID.format(kind=16, number=':first::bigint + n / 100')}, {ID.format(kind=2, number='1 + n % 100')},
       {ID.format(kind=12, number='2')}, 8, 10, '[]', now(), 'live', true, now()
  FROM nextval('bench_ratings') n;
"""
# The rows that tell who asks, and those that the answers with one card and with one board show, in the same transaction, each by its
# key: no rights, no checks, no JSON.
BEGIN = """BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT set_config('app.tenant_id', :tenant::text, true);
SELECT e.hired_on, e.left_on, t.time_zone, ARRAY(SELECT g.role FROM role_grants g WHERE g.tenant_id = :tenant::uuid AND g.employee_id = e.id),
       ARRAY(SELECT l.appointed_on FROM lecturers l WHERE l.tenant_id = :tenant::uuid AND l.employee_id = e.id),
       ARRAY(SELECT d.id FROM departments d WHERE d.tenant_id = :tenant::uuid AND d.manager_id = e.id),
       ARRAY(SELECT m.id FROM employees m WHERE m.tenant_id = :tenant::uuid AND m.merged_into_id = e.id)
  FROM employees e JOIN tenants t ON t.id = e.tenant_id WHERE e.tenant_id = :tenant::uuid AND e.id = :caller::uuid;
"""
PERIOD = """p.cycle, p.time_zone, p.board_size, p.feedback_mode, l.version, l.computed_at, l.anew_since, v.id, v.version, v.document,
       (SELECT sum(c.lecturers) FROM live_score_counts c
         WHERE c.tenant_id = :tenant::uuid AND c.live_period_id = :period::uuid AND c.board_id = :programme::uuid AND c.is_whole)
  FROM live_periods l
  JOIN programmes p ON p.tenant_id = :tenant::uuid AND p.id = l.programme_id
  JOIN scoring_rules v ON v.tenant_id = :tenant::uuid AND v.id = l.rule_id"""
CARD = f"""\\set n random(1, :people)
{BEGIN}SELECT r.card, r.inputs, r.sums, e.employee_number, e.name, d.id, d.code, d.name,
       ARRAY(SELECT (s.id, s.title, s.delivered_start) FROM sessions s WHERE s.tenant_id = :tenant::uuid AND s.id IN (
           {ID.format(kind=13, number=':base::bigint + :n::bigint - 1')},
           {ID.format(kind=13, number=':base::bigint + :people::bigint + :n::bigint - 1')})),
       {PERIOD}
  JOIN live_results r ON r.tenant_id = :tenant::uuid AND r.live_period_id = l.id
   AND r.employee_id = {ID.format(kind=2, number=':n::bigint')}
  JOIN employees e ON e.tenant_id = :tenant::uuid AND e.id = r.employee_id
  JOIN departments d ON d.tenant_id = :tenant::uuid AND d.id = r.board_id
 WHERE l.tenant_id = :tenant::uuid AND l.id = :period::uuid;
COMMIT;
"""
BOARD = f"""{BEGIN}SELECT {PERIOD}
 WHERE l.tenant_id = :tenant::uuid AND l.id = :period::uuid;
SELECT r.employee_id, r.score, r.grade, e.employee_number, e.name, d.id, d.code, d.name
  FROM (SELECT * FROM live_results r
         WHERE r.tenant_id = :tenant::uuid AND r.live_period_id = :period::uuid AND r.score IS NOT NULL
         ORDER BY r.shortfall, r.employee_id LIMIT :places::bigint) r
 CROSS JOIN LATERAL (SELECT * FROM employees e WHERE e.tenant_id = :tenant::uuid AND e.id = r.employee_id OFFSET 0) e
 CROSS JOIN LATERAL (SELECT * FROM departments d WHERE d.tenant_id = :tenant::uuid AND d.id = r.board_id OFFSET 0) d;
COMMIT;
"""
# What the service has set: row security holds for its role, and plans are kept.
AS_SERVICE = ("role=lectern_service", "jit=off", "plan_cache_mode=force_generic_plan", "random_page_cost=1")


def today():
    return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))


def this_month(programme=2):
    return f"/v1/programmes/{identity(4, programme)}/periods/{today():%Y-%m}"


def prepare(lab):
    """The month so far: two sessions of each lecturer with two ratings each; whoever rates, and whoever reads."""
    lab.database.run("-c", "CREATE SEQUENCE bench_ratings MINVALUE 0 START 0")
    for company, people in ((lab.company, lab.people), (lab.other, lab.few)):
        lab.database.file("month.sql", company=company, people=people, seed=1, number=2, ratings=2, starts_on=f"{today():%Y-%m}-01")
        lab.database.run("-c", f"INSERT INTO live_marks (tenant_id, id, marked_at) SELECT id, gen_random_uuid(), now() FROM tenants WHERE code = '{company}'")
    print(f"live results of {lab.people} lecturers are there after {settled(lab):.1f} s", flush=True)


def settled(lab):
    """Waits until every mark is worked off. Returns how long that took."""
    started = time.monotonic()
    behind = """SELECT EXISTS (SELECT FROM live_marks WHERE set_aside_at IS NULL)
                    OR EXISTS (SELECT FROM live_periods WHERE anew_since IS NOT NULL)"""
    while lab.database.run("-c", behind) == "t":
        if time.monotonic() - started > 60 + lab.people / 50:
            raise Failed(f"marks are not worked off within {60 + lab.people / 50:.0f} s")
        time.sleep(0.1)
    return time.monotonic() - started


def ratings(lab, programme, first):
    """Requests that rate sessions of now, each once. The sessions are in the results already, as they are when somebody rates them."""
    lab.database.file("today.sql", company=lab.company, people=lab.people, number=programme, sessions=lab.rated, learners=LEARNERS, first=first)
    settled(lab)
    pairs = [(session, learner) for session in range(lab.rated) for learner in range(LEARNERS)]
    random.Random(first).shuffle(pairs)
    for session, learner in pairs:
        yield "PUT", f"/v1/sessions/{identity(16, first + session)}/my-feedback", learner, '{"rating": 8}'


def rated(lab, run):
    """Ratings a second of 64 clients, against one row a commit of pgbench, and both 99th percentiles."""
    tokens = [lab.service.token(lab.company, f"B{1 + learner}") for learner in range(LEARNERS)]
    tenant = lab.database.run("-c", f"SELECT id FROM tenants WHERE code = '{lab.company}'")
    for at, (programme, mode) in enumerate(((2, "named"), (3, "confidential"))):
        first = (2 * run + at) * 100_000
        load = lab.load(tokens, ratings(lab, programme, first))
        # The same pairs of session and learner would be there already: rows of sessions of their own.
        lab.database.file("today.sql", company=lab.company, people=lab.people, number=programme, sessions=10 * lab.rated, learners=0, first=first + 50_000)
        lab.database.run("-c", "ALTER SEQUENCE bench_ratings RESTART")
        bare, bare_p99 = lab.database.pgbench(INSERT, 64, lab.seconds, tenant=tenant, first=first + 50_000)
        rate, p99 = load.run(64, lab.seconds, once=True)
        yield f"rate a session, 64 clients, {mode}", rate, bare, p99, bare_p99
    settled(lab)


def reads(lab, company, people):
    """The loads of one card, one board, and one's own place with its neighbours."""
    admin = lab.service.token(company, "ADMIN")
    chosen = [random.Random(7).randint(1, people) for _ in range(200)]
    lecturers = [lab.service.token(company, f"B{number}") for number in chosen[:20]]
    month = this_month()
    cards = [("GET", f"{month}/scorecards/{identity(2, number)}", 0, None) for number in chosen]
    board = [("GET", f"{month}/leaderboard?scope=programme", 0, None)]
    place = [("GET", f"{month}/scorecards/{identity(2, number)}/place", at, None) for at, number in enumerate(chosen[:20])]
    return lab.load([admin], cards), lab.load([admin], board), lab.load(lecturers, place)


def read(lab, run):
    """Reads a second of 16 clients, against the same rows by pgbench, and both 99th percentiles."""
    cards, board, _ = reads(lab, lab.company, lab.people)
    tenant = lab.database.run("-c", f"SELECT id FROM tenants WHERE code = '{lab.company}'")
    programme = identity(4, 2)
    period = lab.database.run("-c", f"SELECT id FROM live_periods WHERE tenant_id = '{tenant}' AND programme_id = '{programme}' AND period = '{today():%Y-%m}'")
    _, shown, _ = lab.service.call("GET", f"{this_month()}/leaderboard?scope=programme")
    given = {"tenant": tenant, "programme": programme, "period": period, "people": lab.people, "places": len(shown["items"])}
    given["caller"] = lab.database.run("-c", f"SELECT id FROM employees WHERE tenant_id = '{tenant}' AND employee_number = 'ADMIN'")
    given["base"] = int(f"{today():%y%m}") * 100_000_000
    for name, load, bare in (("read an open scorecard", cards, CARD), ("read an open board", board, BOARD)):
        limit, limit_p99 = lab.database.pgbench(bare, 16, lab.seconds, AS_SERVICE, **given)
        rate, p99 = load.run(16, lab.seconds)
        yield f"{name}, 16 clients", rate, limit, p99, limit_p99


def placed(lab, run):
    """The 99th percentile of one's own place in the large company, and in one of a thousand."""
    many = reads(lab, lab.company, lab.people)[2].run(1, lab.seconds)[1]
    few = reads(lab, lab.other, lab.few)[2].run(1, lab.seconds)[1]
    yield f"own place among {lab.people}, p99", many, few


def apart(lab, run):
    """The 99th percentile of `me` and of ratings of a small company, beside reads of the large one, and without them."""
    me = lab.load([lab.service.token(lab.other, "B1")], [("GET", "/v1/me", 0, None)])
    beside = [
        lab.load([lab.service.token(lab.company, "ADMIN")], requests)
        for requests in (
            [("GET", f"{this_month()}/leaderboard?scope=programme", 0, None)],
            [("GET", f"{this_month()}/scorecards?limit=100", 0, None)],
            [("GET", "/v1/sessions?limit=100", 0, None), ("GET", "/v1/employees?limit=100", 0, None)],
        )
    ]
    alone = me.run(4, lab.seconds)[1]
    running = [load.start(16, lab.seconds + 2) for load in beside]
    time.sleep(1)
    mixed = me.run(4, lab.seconds)[1]
    for load, one in zip(beside, running):
        load.told(one, accepted=("200", "503"))
    yield "GET /v1/me of another company beside reads, p99", mixed, alone


def counted(lab, token, card, path):
    """How many ratings of the session at the path the card counts."""
    _, told, _ = lab.service.call("GET", card, token=token)
    found = [one for one in told["sessions"] if one["session_id"] == path.split("/")[3]]
    if not found:
        raise Failed(f"{path} is not of a session that is in the card")
    return sum(ratings["n"] for one in found for ratings in one["ratings"])


def lag(lab, run):
    """How long after its answer a rating is in the card, under load: the 99th percentile of a hundred."""
    first = (10 + run) * 100_000
    tokens = [lab.service.token(lab.company, f"B{1 + learner}") for learner in range(LEARNERS)]
    requests = list(ratings(lab, 2, first))
    own, others = requests[:100], requests[100:]
    load = lab.load(tokens, others)
    running = load.start(8, 600, once=True)
    admin, took = lab.service.token(lab.company, "ADMIN"), []
    try:
        for method, path, learner, body in own:
            session = int(path.split("/")[3][-12:], 16) - first
            lecturer = identity(2, 1 + LEARNERS + session % (lab.people - LEARNERS))
            card = f"{this_month()}/scorecards/{lecturer}"
            before = counted(lab, admin, card, path)
            lab.service.call(method, path, {"rating": 8}, etag="*", token=tokens[learner])
            answered = time.monotonic()
            while counted(lab, admin, card, path) <= before:
                if time.monotonic() - answered > 60:
                    raise Failed("a rating is not in the card after a minute")
            took.append(time.monotonic() - answered)
            if running.poll() is not None:
                break
    finally:
        running.terminate()
        running.communicate()
    took.sort()
    yield "live score behind its rating under load, p99", took[len(took) * 99 // 100], statistics.median(took)
