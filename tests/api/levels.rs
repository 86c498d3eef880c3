//! Terms of appointments and their renewal, suspensions, certificates of competence, and what asks for them.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::imports::{imported, rows, succeeded};
use crate::support::{Answer, Client, TestServer, at};

const CERTIFICATES: &str = "/v1/competence-certificates";

async fn hris_at(server: &TestServer, now: &str) -> Client {
    server.clock.set(at(now));
    server.client(&[Role::Hris]).await
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

fn last_days(lecturer: &Value) -> (&Value, &Value) {
    (&lecturer["ended_on"], &lecturer["term_ends_on"])
}

async fn appointed(hris: &Client, employee: Uuid, term_ends_on: Value) -> String {
    let body = json!({"employee_id": employee, "appointed_on": "2026-01-01", "term_ends_on": term_ends_on});
    hris.post("/v1/lecturers", body).await.id()
}

#[tokio::test]
async fn a_term_ends_an_appointment_until_it_is_renewed() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let employee = given.employee("E-1").await;
    let hris = hris_at(&server, "2026-03-20T02:00:00Z").await;
    let body = json!({"employee_id": employee, "appointed_on": "2026-04-01", "term_ends_on": "2026-03-31"});
    let backwards = hris.post("/v1/lecturers", body).await;
    assert_eq!(backwards.faults(), [("/term_ends_on", "ends_before_start")]);
    let body =
        json!({"employee_id": employee, "appointed_on": "2026-04-01", "term_ends_on": "2026-06-30", "level": "junior"});
    let made = hris.post("/v1/lecturers", body).await;
    assert_eq!(last_days(&made.body), (&json!("2026-06-30"), &json!("2026-06-30")));
    let path = format!("/v1/lecturers/{}", made.id());

    let renew = format!("{path}/renew");
    let nothing = hris.post(&renew, json!({"reason": "x"})).await;
    assert_eq!(nothing.faults(), [("/term_ends_on", "required")]);
    let earlier = hris.post(&renew, json!({"term_ends_on": "2026-06-29"})).await;
    assert_eq!(earlier.faults(), [("/term_ends_on", "out_of_range")]);
    let renewed = hris.post(&renew, json!({"term_ends_on": "2026-12-31", "reason": "考核合格"})).await.expect(200);
    assert_eq!(last_days(&renewed), (&json!("2026-12-31"), &json!("2026-12-31")));
    assert_eq!(renewed["levels"], json!([{"level": "junior", "starts_on": "2026-04-01", "ended_on": "2026-12-31"}]));
    let same = hris.post(&renew, json!({"term_ends_on": "2026-12-31"})).await.expect(200);
    assert_eq!(same["etag"], renewed["etag"], "nothing changed");
    let open = hris.post(&renew, json!({"term_ends_on": null})).await.expect(200);
    assert_eq!((last_days(&open), &open["levels"][0]["ended_on"]), ((&Value::Null, &Value::Null), &Value::Null));

    hris.post(&renew, json!({"term_ends_on": "2026-12-31"})).await.expect(200);
    let ended = hris.post(&format!("{path}/end"), json!({"ended_on": "2026-04-30"})).await.expect(200);
    assert_eq!(last_days(&ended), (&json!("2026-04-30"), &json!("2026-12-31")));
    let early = hris.post(&renew, json!({"term_ends_on": "2027-12-31"})).await;
    assert_eq!(early.problem(409), "state_conflict", "an end that is decided stands, though it is still to come");
    let hris = hris_at(&server, "2026-05-20T02:00:00Z").await;
    let over = hris.post(&renew, json!({"term_ends_on": "2027-12-31"})).await;
    assert_eq!(over.problem(409), "state_conflict", "somebody ended it");

    let kept = "SELECT count(*), count(reason) FROM lecturer_renewals";
    let kept = given.sql.query_one(kept, &[]).await.unwrap();
    assert_eq!((kept.get::<_, i64>(0), kept.get::<_, i64>(1)), (3, 1));
    let told = "SELECT count(*) FROM outbox_events WHERE topic = 'lecturer.renewed'";
    assert_eq!(given.sql.query_one(told, &[]).await.unwrap().get::<_, i64>(0), 3);
}

#[tokio::test]
async fn a_renewal_that_gives_past_days_a_level_waits_for_a_second_person() {
    let server = TestServer::start().await;
    let employee = server.given().await.employee("E-1").await;
    let body =
        json!({"employee_id": employee, "appointed_on": "2026-03-20", "term_ends_on": "2026-03-31", "level": "junior"});
    let made = hris_at(&server, "2026-03-20T02:00:00Z").await.post("/v1/lecturers", body).await;
    let path = format!("/v1/lecturers/{}", made.id());
    let hris = hris_at(&server, "2026-04-20T02:00:00Z").await;
    let second = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let late = hris.post(&format!("{path}/renew"), json!({"term_ends_on": "2026-12-31", "reason": "补办续聘"})).await;
    assert_eq!(last_days(&late.body), (&json!("2026-03-31"), &json!("2026-03-31")), "the old term stands");
    assert_eq!(late.body["waiting_changes"].as_array().unwrap().len(), 1);
    second.confirm_waiting(&late.body).await;
    let renewed = hris.get(&path).await.expect(200);
    assert_eq!(last_days(&renewed), (&json!("2026-12-31"), &json!("2026-12-31")));
    assert_eq!(renewed["levels"][0]["ended_on"], "2026-12-31");
}

#[tokio::test]
async fn a_renewal_that_is_confirmed_lasts_as_long_as_the_employment_does_by_then() {
    let server = TestServer::start().await;
    let employee = server.given().await.employee("E-1").await;
    let body =
        json!({"employee_id": employee, "appointed_on": "2026-03-20", "term_ends_on": "2026-03-31", "level": "junior"});
    let made = hris_at(&server, "2026-03-20T02:00:00Z").await.post("/v1/lecturers", body).await;
    let path = format!("/v1/lecturers/{}", made.id());
    let hris = hris_at(&server, "2026-04-20T02:00:00Z").await;
    let second = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let leaves = async |left_on: Value| {
        hris.patch(&format!("/v1/employees/{employee}"), "*", json!({"left_on": left_on})).await.expect(200);
    };
    leaves(json!("2026-06-30")).await;
    let late = hris.post(&format!("{path}/renew"), json!({"term_ends_on": "2026-12-31"})).await;
    assert_eq!(late.body["waiting_changes"].as_array().unwrap().len(), 1, "{}", late.text);
    // The person stays after all.
    leaves(Value::Null).await;
    second.confirm_waiting(&late.body).await;
    assert_eq!(last_days(&hris.get(&path).await.expect(200)), (&json!("2026-12-31"), &json!("2026-12-31")));
}

#[tokio::test]
async fn a_suspension_until_further_notice_ends_with_the_employment() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let employee = given.employee("E-1").await;
    let hris = hris_at(&server, "2026-03-20T02:00:00Z").await;
    let lecturer = appointed(&hris, employee, Value::Null).await;
    let suspend = format!("/v1/lecturers/{lecturer}/suspend");
    let open = json!({"starts_on": "2026-03-10", "ends_on": null, "reason": "配合内部调查"});
    let path = format!("/v1/absences/{}", hris.post(&suspend, open).await.id());
    let planned = json!({"employee_id": employee, "kind": "suspension", "starts_on": "2026-07-05", "ends_on": null});
    let planned = format!("/v1/absences/{}", hris.post("/v1/absences", planned).await.id());
    let becomes = async |dates: Value| {
        hris.patch(&format!("/v1/employees/{employee}"), "*", dates).await.expect(200);
        hris.get(&path).await.expect(200)["ends_on"].clone()
    };
    assert_eq!(becomes(json!({"left_on": "2026-08-31"})).await, "2026-08-31");
    assert_eq!(hris.get(&planned).await.expect(200)["ends_on"], "2026-08-31");
    assert_eq!(becomes(json!({"left_on": "2026-06-30"})).await, "2026-06-30", "it moves along");
    assert_eq!(hris.get(&planned).await.expect(200)["ends_on"], Value::Null, "the last day may be a mistake");
    assert_eq!(becomes(json!({"left_on": null})).await, Value::Null, "nobody has lifted it");
    assert_eq!(becomes(json!({"left_on": "2026-06-30"})).await, "2026-06-30");
    // Hired again: the old suspension stays with the old employment, and what was to begin after it is gone.
    assert_eq!(becomes(json!({"hired_on": "2026-09-01", "left_on": null})).await, "2026-06-30");
    assert_eq!(hris.get(&planned).await.problem(404), "not_found");
    let told = "SELECT count(*) FROM outbox_events WHERE topic IN ('absence.updated', 'absence.deleted')";
    assert_eq!(given.sql.query_one(told, &[]).await.unwrap().get::<_, i64>(0), 7);
    // What an end is given for by hand does not follow.
    let fixed =
        json!({"employee_id": employee, "kind": "suspension", "starts_on": "2026-10-01", "ends_on": "2026-10-09"});
    let fixed = format!("/v1/absences/{}", hris.post("/v1/absences", fixed).await.id());
    becomes(json!({"left_on": "2026-12-31"})).await;
    assert_eq!(hris.get(&fixed).await.expect(200)["ends_on"], "2026-10-09");
    // Whoever is about to leave is suspended until then.
    let last = json!({"employee_id": employee, "kind": "suspension", "starts_on": "2026-11-01", "ends_on": null});
    assert_eq!(hris.post("/v1/absences", last).await.body["ends_on"], "2026-12-31");
}

#[tokio::test]
async fn an_employment_that_ends_cuts_a_term_and_gives_it_back() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let employee = given.employee("E-1").await;
    let hris = hris_at(&server, "2026-03-20T02:00:00Z").await;
    let id = appointed(&hris, employee, json!("2026-12-31")).await;
    let path = format!("/v1/lecturers/{id}");
    let leaves = async |left_on: Value| {
        hris.patch(&format!("/v1/employees/{employee}"), "*", json!({"left_on": left_on})).await.expect(200);
        hris.get(&path).await.expect(200)
    };
    let cut = leaves(json!("2026-06-30")).await;
    assert_eq!(last_days(&cut), (&json!("2026-06-30"), &json!("2026-12-31")));
    let longer = leaves(json!("2027-06-30")).await;
    assert_eq!(last_days(&longer), (&json!("2026-12-31"), &json!("2026-12-31")), "not beyond the term");
    let capped = hris.post(&format!("{path}/renew"), json!({"term_ends_on": "2028-12-31"})).await.expect(200);
    assert_eq!(last_days(&capped), (&json!("2027-06-30"), &json!("2028-12-31")), "as long as the employment");
}

#[tokio::test]
async fn a_file_with_an_end_beyond_the_term_leaves_a_renewal_without_one() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let hris = hris_at(&server, "2026-03-20T02:00:00Z").await;
    given.group("PK").await;
    let employee = given.employee("E1").await;
    appointed(&hris, employee, json!("2027-06-30")).await;
    let renewals = "SELECT term_before, term_to, renewed_at IS NOT NULL FROM lecturer_renewals";
    let ended_on = async |last_day: &str| {
        let file = format!("employee_number,appointed_on,ended_on,group_codes\nE1,2026-01-01,{last_day},PK\n");
        succeeded(&imported(&hris, &[("lecturers.csv", file.as_str())]).await);
        rows(&given, "SELECT ended_on, term_to FROM lecturers").await
    };
    assert_eq!(ended_on("2027-03-31").await, ["(2027-04-01,2027-07-01)"], "within the term");
    assert_eq!(rows(&given, renewals).await, [""; 0]);
    assert_eq!(ended_on("2027-12-31").await, ["(2028-01-01,)"]);
    assert_eq!(rows(&given, renewals).await, ["(2027-07-01,,t)"]);
}

#[tokio::test]
async fn what_ends_soon_is_listed_soonest_first() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let hris = hris_at(&server, "2026-03-20T02:00:00Z").await;
    let mut made = Vec::new();
    for (number, last_day) in [
        ("E-1", json!("2026-06-17")),
        ("E-2", json!("2026-03-20")),
        ("E-3", json!("2026-06-18")),
        ("E-4", json!("2026-03-19")),
        ("E-5", Value::Null),
        ("E-6", json!("2026-04-30")),
    ] {
        made.push(appointed(&hris, given.employee(number).await, last_day).await);
    }
    // Ended before its term: nobody waits for a renewal.
    hris.post(&format!("/v1/lecturers/{}/end", made[5]), json!({"ended_on": "2026-04-01"})).await.expect(200);
    for (query, expected) in [
        ("", vec![1, 0]),
        ("?within_days=91", vec![1, 0, 2]),
        ("?within_days=1", vec![1]),
        ("?ended_days=1", vec![3, 1, 0]),
    ] {
        let page = hris.get(&format!("/v1/lecturer-renewals{query}")).await.expect(200);
        let expected: Vec<&str> = expected.into_iter().map(|at: usize| made[at].as_str()).collect();
        assert_eq!(ids(&page), expected, "{query}");
    }
    let first = hris.get("/v1/lecturer-renewals?limit=1").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = hris.get(&format!("/v1/lecturer-renewals?limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!((ids(&first), ids(&second)), (vec![made[1].as_str()], vec![made[0].as_str()]));
    assert_eq!(second["next_cursor"], Value::Null);
    assert_eq!(hris.get("/v1/lecturer-renewals?within_days=0").await.problem(400), "invalid_query");
}

#[tokio::test]
async fn a_suspension_has_a_reason_and_is_lifted_with_one() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let employee = given.employee("E-1").await;
    let hris = hris_at(&server, "2026-03-20T02:00:00Z").await;
    let lecturer = appointed(&hris, employee, Value::Null).await;
    let suspend = format!("/v1/lecturers/{lecturer}/suspend");
    let faulty = json!({"starts_on": "2025-12-31", "ends_on": "2025-12-30", "reason": ""});
    let faulty = hris.post(&suspend, faulty).await;
    let mut faults = faulty.faults();
    faults.sort_unstable();
    assert_eq!(faults, [("/ends_on", "ends_before_start"), ("/reason", "empty"), ("/starts_on", "out_of_range")]);
    let open = json!({"starts_on": "2026-03-10", "ends_on": null, "reason": "配合内部调查"});
    let suspended = hris.post(&suspend, open.clone()).await;
    assert_eq!((suspended.status, &suspended.body["kind"]), (201, &json!("suspension")), "{}", suspended.text);
    assert_eq!((&suspended.body["ends_on"], &suspended.body["reason"]), (&Value::Null, &json!("配合内部调查")));
    assert_eq!(hris.post(&suspend, open).await.faults(), [("/starts_on", "overlaps")]);
    let lasting = hris.get("/v1/absences?from_on=2027-01-01&kind=suspension").await.expect(200);
    assert_eq!(ids(&lasting), [suspended.id()], "it lasts");
    assert_eq!(ids(&hris.get("/v1/absences?kind=leave").await.body), [""; 0]);

    let path = format!("/v1/absences/{}", suspended.id());
    let early = hris.post(&format!("{path}/lift"), json!({"ends_on": "2026-03-09", "reason": "x"})).await;
    assert_eq!(early.faults(), [("/ends_on", "ends_before_start")]);
    let lifted = hris.post(&format!("{path}/lift"), json!({"reason": "未发现问题"})).await.expect(200);
    assert_eq!((&lifted["ends_on"], &lifted["lift_reason"]), (&json!("2026-03-19"), &json!("未发现问题")));
    assert_eq!(lifted["lifted_at"], "2026-03-20T02:00:00Z");
    let again = hris.post(&format!("{path}/lift"), json!({"reason": "x"})).await;
    assert_eq!(again.problem(409), "state_conflict");
    let own = server.person(employee, &[]).await;
    assert_eq!(own.get(&path).await.expect(200)["lift_reason"], "未发现问题");
    let auditor = server.client(&[Role::Auditor]).await.get(&path).await.expect(200);
    assert_eq!((&auditor["reason"], &auditor["lift_reason"]), (&json!("配合内部调查"), &json!("未发现问题")));
    let payroll = server.client(&[Role::Payroll]).await.get(&path).await.expect(200);
    assert_eq!((&payroll["reason"], &payroll["lift_reason"]), (&Value::Null, &Value::Null), "why is not for payroll");
    assert_eq!(payroll["lifted_at"], lifted["lifted_at"]);
    let leave = json!({"employee_id": employee, "kind": "leave", "starts_on": "2026-04-01"});
    assert_eq!(hris.post("/v1/absences", leave.clone()).await.faults(), [("/ends_on", "required")]);
    let mut leave = leave;
    leave["ends_on"] = json!("2026-04-03");
    let leave = hris.post("/v1/absences", leave).await;
    let refused = hris.post(&format!("/v1/absences/{}/lift", leave.id()), json!({"reason": "x"})).await;
    assert_eq!(refused.problem(409), "state_conflict", "leave is no suspension");
}

/// A published policy for the position `coach` with these criteria.
async fn policy(server: &TestServer, criteria: Value) -> Answer {
    let maker = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let checker = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let body = json!({"target_code": "coach", "name": "教练", "criteria": criteria});
    let drafted = maker.post("/v1/promotion-policies", body).await;
    assert_eq!(drafted.status, 201, "{}", drafted.text);
    let path = format!("/v1/promotion-policies/{}/publish", drafted.id());
    checker.send(checker.request(reqwest::Method::POST, &path).header("if-match", drafted.etag())).await
}

async fn checked(hris: &Client, employee: Uuid, on: &str) -> Value {
    let body = json!({"employee_id": employee, "target_code": "coach", "on": on});
    hris.post("/v1/promotion-checks", body).await.expect(200)
}

#[tokio::test]
async fn suspended_days_put_off_the_tenure_until_the_suspension_is_lifted() {
    let server = TestServer::start().await;
    let employee = server.given().await.employee("E-1").await;
    let hris = hris_at(&server, "2026-03-20T02:00:00Z").await;
    let lecturer = appointed(&hris, employee, Value::Null).await;
    policy(&server, json!({"kind": "tenure", "months": 2})).await.expect(200);
    let open = json!({"starts_on": "2026-02-10", "ends_on": null, "reason": "x"});
    let suspended = hris.post(&format!("/v1/lecturers/{lecturer}/suspend"), open).await;
    let tenure = async |on: &str| checked(&hris, employee, on).await["result"].clone();
    let lasting = tenure("2026-03-20").await;
    assert_eq!((&lasting["verdict"], &lasting["suspended_days"]), (&json!("not_met"), &json!(39)));
    let lift = format!("/v1/absences/{}/lift", suspended.id());
    hris.post(&lift, json!({"ends_on": "2026-02-19", "reason": "x"})).await.expect(200);
    let lifted = tenure("2026-03-20").await;
    assert_eq!((&lifted["met_on"], &lifted["suspended_days"]), (&json!("2026-03-11"), &json!(10)));
}

#[tokio::test]
async fn a_promotion_may_ask_for_a_certificate_that_is_valid_on_the_day() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let (employee, other) = (given.employee("E-1").await, given.employee("E-2").await);
    let hris = hris_at(&server, "2026-03-20T02:00:00Z").await;
    policy(&server, json!({"kind": "external", "key": "ttt"})).await.expect(200);
    let certificate = |kind: &str, number: Value| {
        json!({"employee_id": employee, "kind": kind, "issuer": "认证中心", "certificate_number": number,
               "starts_on": "2026-01-01", "ends_on": "2026-06-30"})
    };
    let unknown = hris.post(CERTIFICATES, certificate("coach", Value::Null)).await;
    assert_eq!(unknown.faults(), [("/kind", "unknown_competence")]);
    let mut backwards = certificate("ttt", Value::Null);
    backwards["ends_on"] = json!("2025-12-31");
    assert_eq!(hris.post(CERTIFICATES, backwards).await.faults(), [("/ends_on", "ends_before_start")]);
    let made = hris.post(CERTIFICATES, certificate("ttt", json!("T-1"))).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let mut twice = certificate("ttt", json!("T-1"));
    twice["employee_id"] = json!(other);
    assert_eq!(hris.post(CERTIFICATES, twice).await.faults(), [("/certificate_number", "taken")]);

    for (on, eligible) in [("2025-12-31", false), ("2026-01-01", true), ("2026-06-30", true), ("2026-07-01", false)] {
        let answer = checked(&hris, employee, on).await;
        assert_eq!(answer["eligible"], eligible, "{on}");
        let evidence = &answer["result"]["certificate"]["id"];
        assert_eq!(*evidence, if eligible { json!(made.id()) } else { Value::Null }, "{on}");
    }
    assert_eq!(checked(&hris, other, "2026-03-20").await["eligible"], false);

    let path = format!("{CERTIFICATES}/{}", made.id());
    let backwards = hris.patch(&path, made.etag(), json!({"starts_on": "2026-07-01"})).await;
    assert_eq!(backwards.faults(), [("/ends_on", "ends_before_start")]);
    let renewed = hris.patch(&path, made.etag(), json!({"ends_on": "2027-06-30"})).await.expect(200);
    assert_eq!((&renewed["ends_on"], &renewed["starts_on"]), (&json!("2027-06-30"), &json!("2026-01-01")));
    assert_eq!(checked(&hris, employee, "2026-07-01").await["eligible"], true);
    for (query, found) in [
        ("?valid_on=2027-06-30", 1),
        ("?valid_on=2027-07-01", 0),
        ("?expires_by_on=2027-06-30", 1),
        ("?expires_by_on=2027-06-29", 0),
        ("?kind=coach", 0),
    ] {
        let page = hris.get(&format!("{CERTIFICATES}{query}")).await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), found, "{query}");
    }
    let own = server.person(employee, &[]).await;
    assert_eq!(own.get(&path).await.expect(200)["certificate_number"], "T-1");
    let stranger = server.person(other, &[]).await;
    assert_eq!(stranger.get(&path).await.problem(404), "not_found");
    assert_eq!(own.delete(&path, "*").await.problem(403), "forbidden");
    let gone = hris.delete(&path, "*").await.expect(200);
    assert_eq!(gone["id"], made.id());
    assert_eq!(checked(&hris, employee, "2026-03-20").await["eligible"], false);
}

#[tokio::test]
async fn the_company_names_the_kinds_of_certificates() {
    let server = TestServer::start().await;
    let employee = server.given().await.employee("E-1").await;
    let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let kinds = json!({"competences": [{"code": "coach", "name_zh": "教练认证", "name_en": "Coach"}]});
    let named = admin.patch("/v1/display-names", "*", kinds).await.expect(200);
    let codes: Vec<&str> =
        named["competences"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["coach", "ttt"], "the usual one stays");
    let body = json!({"employee_id": employee, "kind": "coach", "issuer": "ICF", "starts_on": "2026-01-01"});
    admin.post(CERTIFICATES, body.clone()).await.expect(201);
    let mut wrong = body;
    wrong["kind"] = json!("caoch");
    let refused = admin.post(CERTIFICATES, wrong).await;
    assert_eq!(
        refused.body["errors"][0]["detail"],
        "there is no kind of certificate caoch; the kinds of the company are: Coach (coach), Train the trainer (TTT) (ttt)"
    );
}
