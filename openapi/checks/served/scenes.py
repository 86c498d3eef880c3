"""What must have happened before an operation can go well, where its documented example alone cannot do it.

A scene is keyed by the operation that it prepares. Everything else is made from the examples, see `making.py`.
"""

import base64
import itertools
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

import stock
from callers import ADMIN, CALLERS, SPARED, client, person
from document import of_request

SCENES = {}
# The groups whose drafts are tried.
GROUPS = 4
COMPANY_TIME = timezone(timedelta(hours=8))


@dataclass
class Scene:
    """Who is to call, the values in the path, and the members of the body that must be as they are."""

    by: object
    values: tuple = ()
    body: dict = field(default_factory=dict)


def scene(operation_id):
    def register(prepare):
        SCENES[operation_id] = prepare
        return prepare

    return register


def write(by, method, path, body=None, tag=None):
    """The answer to a change, which the stock takes in as well."""
    headers = {"Idempotency-Key": str(uuid.uuid4())} | ({"If-Match": tag} if tag else {})
    answer = by.send(method, path, json=body, headers=headers)
    if not answer.ok:
        raise RuntimeError(f"{by.name}: {method} {path}: {answer.status_code} {answer.text}")
    operation, values = of_request(method, path)
    stock.learn(operation, values, answer.status_code, answer.json())
    return answer.json()


def people(*scopes):
    return [one for one in CALLERS if not one.is_client and one.scopes.issuperset(scopes)]


def now():
    return datetime.now(UTC)


def appointed():
    """The ids of the people who are appointed as lecturers."""
    return [one.item["employee"]["id"] for one in stock.all_of("/v1/lecturers/{}") if one.item["ended_on"] is None]


def programme():
    """The demonstration company's own that pays, which nobody ends."""
    return next(one for one in stock.all_of("/v1/programmes/{}") if not one.is_made and one.item["state"] == "active")


@scene("create_programme")
def a_free_group():
    """A lecturer group belongs to one programme."""
    group = write(ADMIN, "POST", "/v1/lecturer-groups", {"code": uuid.uuid4().hex, "name": "客户维护"})
    return Scene(ADMIN, body={"group_ids": [group["id"]]})


@scene("activate_programme")
def a_pilot_with_a_rule():
    """One person drafts the rule of this month, another publishes it."""
    first, second = people("programmes:write")[:2]
    pilot = {"code": uuid.uuid4().hex, "name": "客户维护", "time_zone": "Asia/Shanghai", "currency": "CNY", "cycle": "month"}
    made = write(first, "POST", "/v1/programmes", pilot)
    rules = f"/v1/programmes/{made['id']}/scoring-rules"
    rule = {
        "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": "2"}}],
        "grades": [{"code": "excellent", "at_least": "90"}, {"code": "fail", "at_least": "0"}],
    }
    draft = write(first, "POST", rules, {"starts_period": f"{datetime.now(COMPANY_TIME):%Y-%m}", "rule": rule})
    write(second, "POST", f"{rules}/{draft['id']}/publish", tag=draft["etag"])
    return Scene(first, (made["id"],), {"pays_from_on": None})


# --- what waits for a second person


def proposed_role():
    """The access change of a role for a department of its own: nobody has proposed it before."""
    department = write(ADMIN, "POST", "/v1/departments", {"code": uuid.uuid4().hex, "name": "新部门"})
    role = {"employee_id": learner().own_id, "role": "manager", "department_id": department["id"]}
    return write(ADMIN, "POST", "/v1/role-grants", role)


def second_person():
    return people("clients:write")[0]


@scene("create_role_grant")
def a_free_department():
    department = write(ADMIN, "POST", "/v1/departments", {"code": uuid.uuid4().hex, "name": "新部门"})
    return Scene(ADMIN, body={"employee_id": learner().own_id, "role": "manager", "department_id": department["id"]})


@scene("confirm_access_change")
def a_proposal_of_another():
    return Scene(second_person(), (proposed_role()["id"],))


@scene("withdraw_access_change")
def a_proposal():
    return Scene(ADMIN, (proposed_role()["id"],))


@scene("merge_employees")
def two_records_of_one_person():
    person = {"name": "王芳", "employee_number": None, "email": None, "hired_on": None, "left_on": None, "external_ids": []}
    kept, duplicate = (
        write(ADMIN, "POST", "/v1/employees", person | {"employee_number": uuid.uuid4().hex})["id"] for _ in range(2)
    )
    return Scene(ADMIN, (kept,), {"duplicate_id": duplicate})


@scene("delete_role_grant")
def a_confirmed_role():
    waiting = proposed_role()
    write(second_person(), "POST", f"/v1/access-changes/{waiting['id']}/confirm")
    grants = ADMIN.ask("GET", f"/v1/role-grants?department_id={waiting['department']['id']}")["items"]
    return Scene(ADMIN, (grants[0]["id"],))


@scene("lift_suspension")
def a_suspension():
    """Until further notice."""
    suspension = {"employee_id": next(iter(appointed())), "kind": "suspension", "ends_on": None}
    made = write(ADMIN, "POST", "/v1/absences", suspension | {"starts_on": f"{datetime.now(COMPANY_TIME):%Y-%m-%d}"})
    return Scene(ADMIN, (made["id"],))


# --- sessions that somebody attended


def learner():
    return next(one for one in people("feedback:submit") if "rewards:approve" not in one.scopes)


def taught():
    """The id of a session that has just taken place, with the learner among those who came."""
    lecturers = appointed()
    started_at = (now() - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    session = write(ADMIN, "POST", "/v1/sessions", {
        "programme_id": programme().values[0], "title": "老客户维护三步法", "kind": "voluntary", "mode": "online",
        "starts_at": started_at, "scheduled_minutes": 45,
        "lecturers": [{"employee_id": next(one for one in lecturers if one != learner().own_id)}],
    })
    path = f"/v1/sessions/{session['id']}"
    session = write(ADMIN, "POST", f"{path}/deliver", {"started_at": started_at, "delivered_minutes": 45})
    came = [{"employee_id": learner().own_id, "state": "present"}]
    write(ADMIN, "PUT", f"{path}/attendance", {"source": "door", "records": came}, session["etag"])
    return session["id"]


# What the demonstration company's form requires.
ANSWERS = {"rating": 9, "items": {"practicality": 5}}


@scene("create_application_case")
def something_learned():
    today = datetime.now(COMPANY_TIME).date().isoformat()
    return Scene(learner(), body={"session_id": taught(), "learner_id": learner().own_id, "applied_on": today})


@scene("put_my_feedback")
def somebody_attended():
    return Scene(learner(), (taught(),), ANSWERS | {"rating": stock.RANDOM.randint(0, 10)})


@scene("get_my_feedback")
def somebody_rated():
    session = taught()
    write(learner(), "PUT", f"/v1/sessions/{session}/my-feedback", ANSWERS)
    return Scene(learner(), (session,))


@scene("enter_paper_feedback")
def somebody_filled_in_a_form():
    forms = [{"learner_id": learner().own_id, "feedback": ANSWERS}]
    return Scene(people("feedback:paper")[0], (taught(),), {"forms": forms})


# --- applications for a position that is open to everybody


POSITIONS = itertools.count(1)
_applicants = iter(())
_position = None


def next_applicant():
    """An employee and a position that the employee has not applied for."""
    global _applicants, _position
    applicant = next(_applicants, None)
    if applicant is None:
        first, second = people("promotions:write")[:2]
        _position = f"open-position-{next(POSITIONS)}"
        criteria = {"target_code": _position, "name": "Open to everybody", "criteria": {"kind": "sessions_total", "at_least": 0}}
        draft = write(first, "POST", "/v1/promotion-policies", criteria)
        write(second, "POST", f"/v1/promotion-policies/{draft['id']}/publish", tag=draft["etag"])
        found = [one.values[0] for one in stock.all_of("/v1/employees/{}") if one.item.get("left_on") is None]
        _applicants = iter(one for one in found if one not in SPARED)
        applicant = next(_applicants)
    return {"employee_id": applicant, "target_code": _position}


@scene("create_promotion_application")
def somebody_eligible():
    return Scene(people("promotions:write")[0], body=next_applicant())


# --- mentors


def mentor():
    """Somebody with a grade in the company's own programme, where every grade is good enough and places are many."""
    path = f"/v1/programmes/{programme().values[0]}/privileges"
    lowest = ADMIN.ask("GET", "/v1/display-names")["grades"][-1]["code"]
    wanted = {"content_access": "everyone", "mentor_grade": lowest, "mentor_capacity": 20}
    write(ADMIN, "PUT", path, wanted, ADMIN.ask("GET", path)["etag"])
    lecturers = appointed()
    for one in people("mentorships:write"):
        if one.own_id in lecturers and is_graded(one.own_id):
            return unsuspended(one)
    raise ValueError("no caller was graded")


def unsuspended(one):
    """The caller, without the suspension that another case may have left."""
    today = now().astimezone(COMPANY_TIME).date()
    path = f"/v1/absences?kind=suspension&employee_id={one.own_id}&from_on={today}&to_on={today}"
    for absence in ADMIN.ask("GET", path)["items"]:
        write(ADMIN, "DELETE", f"/v1/absences/{absence['id']}", tag=absence["etag"])
    return one


def is_graded(person):
    periods = ADMIN.ask("GET", f"/v1/employees/{person}/lecturer-record")["periods"]
    own = [one for one in periods if one["programme"]["id"] == programme().values[0]]
    return any(one["result"] and one["result"]["grade"] for one in own)


def standing_offers(by):
    return ADMIN.ask("GET", f"/v1/mentor-offers?standing=true&employee_id={by.own_id}&programme_id={programme().values[0]}")["items"]


def offered(by):
    """The id of the offer that stands, made if need be."""
    offer = {"programme_id": programme().values[0], "capacity": 20}
    return (standing_offers(by) or [write(by, "POST", "/v1/mentor-offers", offer)])[0]["id"]


def pair():
    """A mentor whose offer stands, and somebody who has no mentor in the programme."""
    first = mentor()
    offered(first)
    second = next(one for one in people("mentorships:write") if one is not first)
    path = f"/v1/mentorships?mentee_id={second.own_id}&programme_id={programme().values[0]}"
    for state, end, body in [("asked", "withdraw", None), ("active", "end", {"result": "broken_off"})]:
        for one in ADMIN.ask("GET", f"{path}&state={state}")["items"]:
            write(second, "POST", f"/v1/mentorships/{one['id']}/{end}", body, one["etag"])
    return first, second


def wish(first):
    return {"programme_id": programme().values[0], "mentor_id": first.own_id, "goals": "三个月内独立完成一次分享。"}


def asked_mentor():
    first, second = pair()
    return first, second, write(second, "POST", "/v1/mentorships", wish(first))["id"]


def mentored():
    first, second, asked = asked_mentor()
    write(first, "POST", f"/v1/mentorships/{asked}/accept")
    return first, second, asked


@scene("create_mentor_offer")
def no_offer_yet():
    by = mentor()
    for one in standing_offers(by):
        write(by, "POST", f"/v1/mentor-offers/{one['id']}/withdraw", tag=one["etag"])
    return Scene(by, body={"programme_id": programme().values[0], "capacity": stock.RANDOM.randint(1, 20)})


@scene("withdraw_mentor_offer")
def an_offer():
    by = mentor()
    return Scene(by, (offered(by),))


@scene("ask_mentorship")
def somebody_to_ask():
    first, second = pair()
    return Scene(second, body=wish(first))


@scene("accept_mentorship")
def a_mentorship_to_accept():
    first, _, asked = asked_mentor()
    return Scene(first, (asked,))


@scene("decline_mentorship")
def a_mentorship_to_decline():
    first, _, asked = asked_mentor()
    return Scene(first, (asked,))


@scene("withdraw_mentorship")
def a_mentorship_to_take_back():
    _, second, asked = asked_mentor()
    return Scene(second, (asked,))


@scene("update_mentorship")
def goals_to_change():
    _, second, asked = asked_mentor()
    return Scene(second, (asked,))


@scene("end_mentorship")
def a_mentorship_that_goes_on():
    first, _, going_on = mentored()
    return Scene(first, (going_on,))


@scene("create_mentorship_note")
def something_to_note():
    first, _, going_on = mentored()
    return Scene(first, (going_on,))


# --- who may be promoted, and what is waived

TARGET = "department-manager"


@scene("list_eligible_lecturers")
def a_position():
    return Scene(ADMIN, (TARGET,))


@scene("export_eligible_lecturers")
def the_same_position():
    return Scene(ADMIN, (TARGET,))


@scene("batch_promotion_checks")
def some_employees():
    found = [one.values[0] for one in stock.all_of("/v1/employees/{}") if one.item.get("merged_into_id") is None]
    return Scene(ADMIN, body={"employee_ids": stock.RANDOM.sample(found, 3), "policy_id": None, "target_code": TARGET})


def waivable():
    """The only criterion of a position, for somebody for whom nobody has asked for a waiver of it."""
    return next_applicant() | {"criterion": "/criteria"}


@scene("create_promotion_waiver")
def a_criterion_in_the_way():
    return Scene(people("promotions:write")[0], body=waivable())


@scene("revoke_promotion_waiver")
def an_approved_waiver():
    """Three take part: one asks, two approve."""
    first, second = people("promotions:write")[:2]
    waiver = write(ADMIN, "POST", "/v1/promotion-waivers", waivable() | {"reason": "Taught at a university for five years"})
    for approver in (first, second):
        waiver = write(approver, "POST", f"/v1/promotion-waivers/{waiver['id']}/approve", tag=waiver["etag"])
    return Scene(first, (waiver["id"],))


# --- training opportunities


def lecturer():
    """A caller who is appointed as a lecturer, and not suspended."""
    lecturers = appointed()
    return unsuspended(next(one for one in people("opportunities:apply") if one.own_id in lecturers))


def opportunity(until=None):
    """The id of one that begins today, for which all lecturers can apply until the day ends, or until then."""
    today = now().astimezone(COMPANY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = {
        "code": "course-design", "kind": "course", "title": "课程设计工作坊", "provider": "云岭教育研究院", "seats": 2,
        "starts_on": str(today.date()), "ends_on": str(today.date()),
        "apply_until_at": (until or today + timedelta(days=1)).isoformat(), "cost": {"amount_minor": 0, "currency": "CNY"},
    }
    return write(ADMIN, "POST", "/v1/training-opportunities", wanted)["id"]


def place():
    """A lecturer, and the id of a place that is offered."""
    by = lecturer()
    offer = {"employee_id": by.own_id, "reason": "会后牵头内部转训"}
    return by, write(ADMIN, "POST", f"/v1/training-opportunities/{opportunity()}/offers", offer)["id"]


@scene("apply_for_training_opportunity")
def something_to_apply_for():
    return Scene(lecturer(), (opportunity(),))


@scene("offer_opportunity_place")
def a_free_place():
    return Scene(ADMIN, (opportunity(),), {"employee_id": lecturer().own_id})


@scene("rank_training_opportunity")
def a_deadline_that_is_over():
    made = opportunity(now() + timedelta(milliseconds=400))
    time.sleep(0.5)
    return Scene(ADMIN, (made,))


@scene("accept_opportunity_place")
def a_place_to_accept():
    by, offered = place()
    return Scene(by, (offered,))


@scene("decline_opportunity_place")
def a_place_to_decline():
    by, offered = place()
    return Scene(by, (offered,))


@scene("withdraw_opportunity_application")
def an_application_to_withdraw():
    by = lecturer()
    return Scene(by, (write(by, "POST", f"/v1/training-opportunities/{opportunity()}/applications")["id"],))


@scene("revoke_opportunity_application")
def a_place_to_take_back():
    _, offered = place()
    return Scene(ADMIN, (offered,))


@scene("record_opportunity_attendance")
def somebody_who_accepted():
    by, offered = place()
    write(by, "POST", f"/v1/opportunity-applications/{offered}/accept")
    return Scene(ADMIN, (offered,), {"certificate_number": None})


# --- money on its way to payroll


def granted():
    return ADMIN.ask("GET", "/v1/rewards?state=granted&limit=200")["items"]


def approvable():
    """Somebody who may approve, with the ids of granted rewards that are not of that person's own making."""
    rewards = granted()
    for checker in people("rewards:approve"):
        of_others = [one["id"] for one in rewards if checker.own_id not in (one["caused_by_id"], one["maker"]["id"])]
        if of_others:
            return checker, of_others
    raise ValueError("no reward is left to approve")


def approve_some(count):
    checker, rewards = approvable()
    write(checker, "POST", "/v1/rewards/approve-batch", {"ids": rewards[:count]})


@scene("approve_reward")
def a_granted_one():
    checker, rewards = approvable()
    return Scene(checker, (rewards[0],))


@scene("approve_rewards")
def granted_ones():
    """A reward, or all of the oldest period as long as another one has some left: there are only so many."""
    checker, rewards = approvable()
    periods = sorted({one["earned_period"] for one in granted()})
    if len(periods) > 1 and stock.RANDOM.random() < 0.1:
        return Scene(checker, body={"ids": None, "programme_id": programme().values[0], "period": periods[0]})
    return Scene(checker, body={"ids": rewards[:1], "programme_id": None, "period": None})


def undo_live_batches():
    """What is in no batch can be taken again."""
    for state in ["draft", "locked"]:
        for batch in ADMIN.ask("GET", f"/v1/payroll-batches?state={state}&limit=200")["items"]:
            try:
                write(payroll(), "POST", f"/v1/payroll-batches/{batch['id']}/void", {"reason": "Made anew"}, batch["etag"])
            except RuntimeError:
                # One that payroll has answered stays.
                continue


def payroll():
    return client("payroll")


def pay_groups():
    """Ids, the one first to which everybody belongs who is in no other."""
    found = payroll().ask("GET", "/v1/pay-groups?limit=200")["items"]
    return [one["id"] for one in sorted(found, key=lambda one: not one["is_default"])]


def wanted_batch(group):
    return {"pay_group_id": group, "currency": "CNY", "pay_period": f"{now():%Y-%m}", "cut_off_at": None}


def draft_with(has_enough, prepare):
    """A draft of the first group whose draft has enough in it, after something was prepared for it if need be."""
    undo_live_batches()
    for prepares in [False, True]:
        if prepares:
            prepare()
        for group in pay_groups()[:GROUPS]:
            batch = write(payroll(), "POST", "/v1/payroll-batches", wanted_batch(group))
            if has_enough(batch):
                return batch
            undo_live_batches()
    raise ValueError("no reward is left that could be paid")


def draft_batch():
    """A draft with a line at least, in which everybody who stays out is explained."""
    batch = draft_with(lambda one: one["totals"]["line_count"] > 0, lambda: approve_some(3))
    path = f"/v1/payroll-batches/{batch['id']}"
    for out in payroll().ask("GET", f"{path}/exclusions?limit=200")["items"]:
        if out["explanation"] is None:
            explained = {"employee_id": out["employee"]["id"], "reason": "The number follows."}
            write(people("payroll:prepare")[0], "POST", f"{path}/exclusions", explained)
    return payroll().ask("GET", path)


@scene("create_payroll_batch")
def nothing_in_a_draft():
    undo_live_batches()
    return Scene(payroll(), body=wanted_batch(pay_groups()[0]))


@scene("lock_payroll_batch")
def something_to_pay():
    return Scene(payroll(), (draft_batch()["id"],))


def excluded(batch):
    out = payroll().ask("GET", f"/v1/payroll-batches/{batch['id']}/exclusions?limit=200")["items"]
    return [one["employee"]["id"] for one in out]


def take_a_number():
    """Leaves somebody with an approved reward without the number by which payroll knows people."""
    entries = ADMIN.ask("GET", "/v1/rewards?state=approved&limit=200")["items"]
    payable = [one["employee"] for one in entries if one["employee"]["employee_number"] is not None]
    path = f"/v1/employees/{next(one['id'] for one in payable if one['id'] not in SPARED)}"
    write(ADMIN, "PATCH", path, {"employee_number": None}, ADMIN.ask("GET", path)["etag"])


@scene("explain_payroll_exclusion")
def somebody_without_a_number():
    batch = draft_with(excluded, take_a_number)
    return Scene(people("payroll:prepare")[0], (batch["id"],), {"employee_id": excluded(batch)[0]})


@scene("create_payroll_acknowledgement")
def lines_to_answer():
    """Every line is rejected, so that its money goes into the next batch."""
    batch = draft_batch()
    batch = write(payroll(), "POST", f"/v1/payroll-batches/{batch['id']}/lock", tag=batch["etag"])
    lines = payroll().ask("GET", f"/v1/payroll-batches/{batch['id']}/lines?limit=200")["items"]
    answers = [{"line_id": one["id"], "status": "rejected", "reason": "No bank account"} for one in lines]
    total = {"amount_minor": sum(one["amount_minor"] for one in lines), "currency": "CNY"}
    body = {"lines": answers, "totals": {"line_count": len(lines), "total": total}, "final": False}
    return Scene(payroll(), (batch["id"],), body)


@scene("upload_payroll_acknowledgement")
def lines_to_answer_in_a_file():
    """The same, filled in by a clerk."""
    prepared = lines_to_answer()
    body = dict(prepared.body)
    rows = [f"{one['line_id']},{one['status']},{one['reason']}" for one in body.pop("lines")]
    text = "\r\n".join(["id,status,rejection_reason", *rows, ""])
    return Scene(prepared.by, prepared.values, body | {"content_base64": base64.b64encode(text.encode()).decode()})


# --- what a lecturer asks for, and what HR takes back


_days = itertools.count(40)


def asked():
    """The id of a request about a session that was assigned to the learner."""
    starts_at = (now() + timedelta(days=next(_days))).strftime("%Y-%m-%dT%H:%M:%SZ")
    return write(learner(), "POST", f"/v1/sessions/{assigned(starts_at)}/change-requests", {"kind": "cancel", "reason": "出差"})["id"]


def assigned(starts_at):
    return write(ADMIN, "POST", "/v1/sessions", {
        "programme_id": programme().values[0], "title": "老客户维护三步法", "kind": "assigned", "mode": "online",
        "starts_at": starts_at, "scheduled_minutes": 45, "lecturers": [{"employee_id": learner().own_id}],
    })["id"]


@scene("ask_session_change")
def something_assigned():
    starts_at = (now() + timedelta(days=next(_days))).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"kind": "cancel", "starts_at": None, "scheduled_minutes": None, "colleague_id": None}
    return Scene(learner(), (assigned(starts_at),), body)


@scene("approve_session_change")
def something_to_approve():
    return Scene(people("clients:write")[0], (asked(),))


@scene("decline_session_change")
def something_to_decline():
    return Scene(people("clients:write")[0], (asked(),))


@scene("withdraw_session_change")
def something_to_withdraw():
    return Scene(learner(), (asked(),))


@scene("award_reward")
def somebody_to_thank():
    """In a period that has begun; the demonstration company has this pay item."""
    items = payroll().ask("GET", "/v1/pay-items?limit=1")["items"]
    body = {"programme_id": programme().values[0], "period": f"{now():%Y-%m}", "pay_item_code": items[0]["code"]}
    body["employee_id"] = learner().own_id
    return Scene(people("rewards:propose")[0], body=body | {"amount": {"amount_minor": 100, "currency": "CNY"}})


@scene("adjust_reward")
def a_reward_to_correct():
    """A cent more, because only so much can be taken back; of what corrects nothing itself."""
    maker = people("rewards:propose")[0]
    awards = ADMIN.ask("GET", "/v1/rewards?kind=award&limit=200")["items"]
    others = [one for one in awards if one["state"] not in ("rejected", "voided") and one["employee"]["id"] != maker.own_id]
    body = {"amount": {"amount_minor": 1, "currency": "CNY"}, "pay_item_code": None}
    return Scene(maker, (stock.RANDOM.choice(others)["id"],), body)


@scene("create_what_if")
def a_rule_of_a_programme_with_closed_periods():
    rules = ADMIN.ask("GET", f"/v1/programmes/{programme().values[0]}/scoring-rules")["items"]
    body = {"scoring_rule_id": rules[0]["id"], "reward_policy_set_id": None, "periods": None}
    return Scene(ADMIN, programme().values, body)


def findings():
    """The findings about the demonstration company's programme; those that propose something first."""
    found = ADMIN.ask("GET", f"/v1/programmes/{programme().values[0]}/advice?limit=200")["items"]
    found = [one for one in found if one["state"] == "open"] + [one for one in found if one["state"] != "open"]
    return sorted(found, key=lambda one: not (one["rule"] or one["reward_policies"]))


@scene("dismiss_advice_finding")
def something_found():
    """Never the first of them, which is to be drafted; there are only so many."""
    spare = sorted(findings()[1:], key=lambda one: one["state"] != "open")
    chosen = next(iter(spare))
    return Scene(ADMIN, (programme().values[0], chosen["id"]))


@scene("draft_advice_finding")
def something_proposed():
    return Scene(ADMIN, (programme().values[0], next(iter(findings()))["id"]))


@scene("reconsider_reward")
def a_rejected_one():
    """One that no correction holds."""
    checker, rewards = approvable()
    for reward in rewards[:10]:
        path = f"/v1/rewards/{reward}"
        try:
            write(checker, "POST", f"{path}/reject", {"reason": "Counted twice"}, checker.ask("GET", path)["etag"])
        except RuntimeError:
            continue
        return Scene(checker, (reward,))
    raise ValueError("every reward is held by its corrections")


# --- fees


@scene("put_calendar")
def a_month_of_the_example():
    return Scene(ADMIN, ("2026-02",))


def gated(is_asked):
    """Two people, and a reward that a gate of the fee holds, whose release is asked for or not. The last month pays fees."""
    first, second = people("rewards:propose", "rewards:approve")[:2]
    path = "/v1/rewards?policy=teaching-fee&state=held&limit=200"
    if not ADMIN.ask("GET", path)["items"]:
        month = f"{datetime.now(COMPANY_TIME).replace(day=1) - timedelta(days=1):%Y-%m}"
        finished(f"/v1/programmes/{programme().values[0]}/periods/{month}/close", {"force": True, "reason": "Reviewed with the departments"})
    held = [one for one in ADMIN.ask("GET", path)["items"] if one["hold"]["cause"] == "gate"]
    reward = next(iter([one for one in held if one["hold"]["release_asked"] == is_asked] + held))
    path = f"/v1/rewards/{reward['id']}"
    if reward["hold"]["release_asked"] != is_asked:
        reason = {"reason": "课件已补交，经核实"}
        if is_asked:
            write(first, "POST", f"{path}/release-request", reason, first.ask("GET", path)["etag"])
        else:
            write(second, "POST", f"{path}/decline-release", reason, second.ask("GET", path)["etag"])
    return first, second, reward["id"]


@scene("ask_reward_release")
def a_held_fee():
    first, _, reward = gated(is_asked=False)
    return Scene(first, (reward,))


@scene("release_reward")
def a_release_to_grant():
    _, second, reward = gated(is_asked=True)
    return Scene(second, (reward,))


@scene("decline_reward_release")
def a_release_to_decline():
    _, second, reward = gated(is_asked=True)
    return Scene(second, (reward,))


# --- a closed month that is computed again


def closed_month():
    """The last one of the demonstration company."""
    path = f"/v1/programmes/{programme().values[0]}/periods"
    return next(one for one in ADMIN.ask("GET", f"{path}?limit=50")["items"] if one["state"] == "closed")


def waiting_restatement():
    found = ADMIN.ask("GET", "/v1/restatements?state=proposed&limit=200")["items"]
    return next(iter(found), None)


def taught_late(month):
    """A session of the closed month that was forgotten."""
    lecturers = appointed()
    day = datetime.fromisoformat(month["starts_on"]) + timedelta(days=stock.RANDOM.randrange(27), minutes=stock.RANDOM.randrange(600))
    started_at = day.strftime("%Y-%m-%dT%H:%M:%SZ")
    session = write(ADMIN, "POST", "/v1/sessions", {
        "programme_id": programme().values[0], "title": "补登的分享", "kind": "voluntary", "mode": "online",
        "starts_at": started_at, "scheduled_minutes": 45, "lecturers": [{"employee_id": stock.RANDOM.choice(lecturers)}],
    })
    write(ADMIN, "POST", f"/v1/sessions/{session['id']}/deliver", {"started_at": started_at, "delivered_minutes": 45})


def restated():
    """A restatement that waits, ordered by a machine."""
    waiting = waiting_restatement()
    if waiting is None:
        month = closed_month()
        taught_late(month)
        path = f"/v1/programmes/{month['programme_id']}/periods/{month['period']}/restate"
        job = write(ADMIN, "POST", path, {"reason": "A session was forgotten."})
        for _ in range(100):
            if ADMIN.ask("GET", f"/v1/jobs/{job['id']}")["state"] not in ["queued", "running"]:
                break
            time.sleep(0.1)
        waiting = waiting_restatement()
    if waiting is None:
        raise ValueError("nothing was proposed")
    return waiting


def decider(waiting):
    """Somebody else than who answers for the proposal."""
    maker = waiting["maker"] and waiting["maker"]["id"]
    return next(one for one in people("rewards:approve") if one.own_id != maker)


@scene("restate_period")
def a_month_without_a_proposal():
    waiting = waiting_restatement()
    if waiting is not None:
        write(decider(waiting), "POST", f"/v1/restatements/{waiting['id']}/decline", {"reason": "Made anew"}, waiting["etag"])
    month = closed_month()
    return Scene(ADMIN, (month["programme_id"], month["period"]))


@scene("accept_restatement")
def something_to_accept():
    waiting = restated()
    return Scene(decider(waiting), (waiting["id"],), {"declined": []})


@scene("decline_restatement")
def a_restatement_to_decline():
    waiting = restated()
    return Scene(decider(waiting), (waiting["id"],))


@scene("list_restatement_lines")
def lines_to_look_at():
    return Scene(ADMIN, (restated()["id"],))


@scene("get_restatement")
def a_restatement():
    return Scene(ADMIN, (restated()["id"],))


# --- more money for a month


@scene("approve_budget_raise")
def a_raise_to_approve():
    """One person proposes it, another approves it: always more than the time before."""
    month = closed_month()
    first, second = people("rewards:approve")[:2]
    path = f"/v1/programmes/{month['programme_id']}/periods/{month['period']}/budget-raises"
    more = {"amount_minor": int(time.time() * 10), "currency": programme().item["currency"]}
    raised = write(first, "POST", path, {"budget": more, "reason": "Two more departments take part"})
    return Scene(second, (month["programme_id"], month["period"], raised["id"]))


# --- what a lecturer disputes


LECTURERS_WHO_APPEAL = 20


def closed_lately():
    """A period against which lecturers may appeal; the last month is closed for it if there is none."""
    path = f"/v1/programmes/{programme().values[0]}/periods"
    for month in ADMIN.ask("GET", f"{path}?limit=3")["items"]:
        until = month["appeals_until_at"]
        if until is not None and datetime.fromisoformat(until) > now():
            return f"{path}/{month['period']}"
    month = ADMIN.ask("GET", f"{path}?limit=2")["items"][1]["period"]
    job = write(ADMIN, "POST", f"{path}/{month}/close", {"force": True, "reason": "Reviewed with the departments"})
    for _ in range(120):
        if ADMIN.ask("GET", f"/v1/jobs/{job['id']}")["state"] not in ("queued", "running"):
            break
        time.sleep(0.5)
    return f"{path}/{month}"


def disputable():
    """Lecturers and metrics of their cards, each once."""
    path = closed_lately()
    cards = ADMIN.ask("GET", f"{path}/scorecards?limit={LECTURERS_WHO_APPEAL}")["items"]
    cards = [one for one in cards if one["employee"]["employee_number"] and one["employee"]["id"] not in SPARED]
    for metric in ["session_count", "teaching_minutes", "reuse_count", "submission_timeliness", "voluntary_share"]:
        for card in cards:
            yield person(card["employee"]["employee_number"]), f"{path}/scorecards/{card['employee']['id']}", metric


_disputable = None


def next_disputable():
    global _disputable
    _disputable = _disputable or disputable()
    return next(_disputable)


def appealed():
    lecturer, path, metric = next_disputable()
    body = {"metric": metric, "reason": "少计一次，有签到表"}
    return lecturer, write(lecturer, "POST", f"{path}/appeals", body)


def appeals_officer():
    return people("appeals:decide")[0]


@scene("file_appeal")
def a_statement_to_dispute():
    lecturer, path, metric = next_disputable()
    *_, programme_id, _, period, _, employee_id = path.split("/")
    body = {"metric": metric, "session_id": None, "content_id": None, "reward_id": None}
    return Scene(lecturer, (programme_id, period, employee_id), body)


@scene("ask_about_appeal")
def an_appeal_to_ask_about():
    return Scene(appeals_officer(), (appealed()[1]["id"],))


@scene("answer_appeal")
def a_question_to_answer():
    lecturer, appeal = appealed()
    write(appeals_officer(), "POST", f"/v1/appeals/{appeal['id']}/ask", {"question": "签到表在哪里？"}, appeal["etag"])
    return Scene(lecturer, (appeal["id"],))


@scene("accept_appeal")
def an_appeal_to_accept():
    """Settled by what the operation log told last."""
    _, appeal = appealed()
    told = people("audit:read")[0].ask("GET", "/v1/audit-entries?limit=1")["items"][0]["id"]
    return Scene(appeals_officer(), (appeal["id"],), {"audit_entry_id": told, "delivery": None, "reward_id": None})


@scene("decline_appeal")
def an_appeal_to_decline():
    return Scene(appeals_officer(), (appealed()[1]["id"],))


@scene("withdraw_appeal")
def an_appeal_to_withdraw():
    lecturer, appeal = appealed()
    return Scene(lecturer, (appeal["id"],))


# --- a poor month, and what its restatement takes the ground from


POOR_LECTURERS = 9
# Of these, so many turn out to have been excellent.
MENDED = 6
_notices = {}
_tasks = None


def finished(path, body):
    """Orders a job and waits for it."""
    job = write(ADMIN, "POST", path, body)
    for _ in range(120):
        if ADMIN.ask("GET", f"/v1/jobs/{job['id']}")["state"] not in ("queued", "running"):
            break
        time.sleep(0.5)


def taught_at_night(programme_id, lecturer_id, month, day):
    """A session at an hour at which nobody else of the company teaches."""
    started_at = f"{month}-{day:02}T22:30:00+08:00"
    session = write(ADMIN, "POST", "/v1/sessions", {
        "programme_id": programme_id, "title": "夜间分享", "kind": "voluntary", "mode": "online",
        "starts_at": started_at, "scheduled_minutes": 30, "lecturers": [{"employee_id": lecturer_id}],
    })
    write(ADMIN, "POST", f"/v1/sessions/{session['id']}/deliver", {"started_at": started_at, "delivered_minutes": 30})


def poor_month():
    """A programme whose lecturers all failed last month, each with a notice; for some of them a task, as they had not failed."""
    first, second = people("programmes:write")[:2]
    month = f"{datetime.now(COMPANY_TIME).replace(day=1) - timedelta(days=1):%Y-%m}"
    made = write(first, "POST", "/v1/programmes", {
        "code": uuid.uuid4().hex, "name": "夜间分享", "time_zone": "Asia/Shanghai", "currency": "CNY", "cycle": "month",
    })
    path = f"/v1/programmes/{made['id']}"
    rule = {
        "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": "4"}}],
        "grades": [{"code": "excellent", "at_least": "90"}, {"code": "fail", "at_least": "0"}],
    }
    notice = {"kind": "notice", "code": "improvement-notice", "priority": 1, "grade_at_most": "fail", "length": 1}
    for kind, document in [("scoring-rules", {"rule": rule}), ("reward-policies", {"policies": [notice]})]:
        draft = write(first, "POST", f"{path}/{kind}", {"starts_period": month} | document)
        write(second, "POST", f"{path}/{kind}/{draft['id']}/publish", tag=draft["etag"])
    there = [one for one in stock.all_of("/v1/lecturers/{}", spare=True) if not one.is_made and one.item["ended_on"] is None]
    lecturers = [one.item["employee"]["id"] for one in there if one.item["employee"]["employee_number"]][:POOR_LECTURERS]
    for lecturer in lecturers:
        taught_at_night(made["id"], lecturer, month, 1)
    finished(f"{path}/periods/{month}/close", {"force": True, "reason": "Reviewed with the departments"})
    for lecturer in lecturers[:MENDED]:
        for day in (2, 3, 4):
            taught_at_night(made["id"], lecturer, month, day)
    finished(f"{path}/periods/{month}/restate", {"reason": "Sessions were forgotten."})
    waiting = ADMIN.ask("GET", f"/v1/restatements?state=proposed&programme_id={made['id']}")["items"][0]
    accept = f"/v1/restatements/{waiting['id']}/accept"
    write(decider(waiting), "POST", accept, {"declined": []}, waiting["etag"])
    return made["id"]


def poor():
    """The programme, its notices for each operation about them, and its tasks."""
    global _tasks
    if _tasks is None:
        made = poor_month()
        notices = ADMIN.ask("GET", f"/v1/improvement-notices?programme_id={made}&closed=false&limit=200")["items"]
        for at, use in enumerate(["acknowledge", "answer", "close"]):
            _notices[use] = iter(notices[at::3])
        _tasks = iter(ADMIN.ask("GET", f"/v1/hr-tasks?programme_id={made}&state=open&limit=200")["items"])


def hr_person():
    return people("promotions:write")[0]


def own_notice(use):
    poor()
    notice = next(_notices[use])
    return Scene(person(notice["employee"]["employee_number"]), (notice["id"],))


@scene("acknowledge_improvement_notice")
def a_notice_to_acknowledge():
    return own_notice("acknowledge")


@scene("answer_improvement_notice")
def a_notice_to_answer():
    return own_notice("answer")


@scene("close_improvement_notice")
def a_notice_to_close():
    return Scene(hr_person(), own_notice("close").values)


@scene("complete_hr_task")
def a_task_to_complete():
    poor()
    return Scene(hr_person(), (next(_tasks)["id"],))


@scene("dismiss_hr_task")
def a_task_to_dismiss():
    return a_task_to_complete()


# --- a key of certificates that others may have


def credential_key(is_suspected):
    """A key that has signed, and two people who may withdraw it."""
    first, second = people("clients:write")[:2]
    code = next(iter(ADMIN.ask("GET", "/v1/certificates?limit=1")["items"]))["public_code"]
    ADMIN.send("GET", f"/certificates/{code}/credential")
    key = next(one for one in ADMIN.ask("GET", "/v1/credential-keys")["items"] if one["state"] == "signing")
    if is_suspected:
        reason = {"reason": "数据库备份与安装密钥一并外泄"}
        write(first, "POST", f"/v1/credential-keys/{key['id']}/suspect", reason, key["etag"])
    return second, key["id"]


@scene("suspect_credential_key")
def a_key_that_signs():
    caller, key = credential_key(is_suspected=False)
    return Scene(caller, (key,))


@scene("withdraw_credential_key")
def a_key_that_somebody_suspects():
    caller, key = credential_key(is_suspected=True)
    return Scene(caller, (key,))
